import { PROTOCOL_VERSION } from '../protocol/remoting-command.js';
import type { Clock } from '../ports/clock.js';
import type { DiskSpace } from '../ports/file-system.js';
import type { MessageStore } from '../store/message-store.js';
import type { BrokerOptions } from './broker-options.js';
import type { BrokerStats } from './broker-stats.js';
import { javaDouble } from './java-double.js';
import { lookUpRecord } from './record-lookup.js';
import type { DelayOffsetTable } from './tables/delay-offset-table.js';
import type { TimerHeap } from './timer-heap.js';

/** Where the store's files are. */
export interface StoreDisk {
  /** The commit log's. */
  readonly directory: string;
  space(): Promise<DiskSpace>;
}

export interface RuntimeInfoParts {
  options: BrokerOptions;
  store: MessageStore;
  stats: BrokerStats;
  delayOffsets: DelayOffsetTable;
  timers: TimerHeap;
  clock: Clock;
  /** Absent when the store has no files. */
  disk?: StoreDisk;
}

/**
 * Apache's pools of threads, with the capacities of their queues: tools divide by them. Here requests never wait for
 * a thread, so each is empty.
 */
const POOLS = { litePull: 100_000, query: 20_000, ack: 100_000 };
const UNLIMITED = 2 ** 31 - 1;

/**
 * The state of a broker, all texts, under the names that Apache's tools read.
 * Source: Apache 5.3 AdminBrokerProcessor#prepareRuntimeInfo, StoreStatsService#getRuntimeInfo.
 */
export async function runtimeInfo(parts: RuntimeInfoParts): Promise<Record<string, string>> {
  const { stats, store, clock, options, timers } = parts;
  const now = clock.now();
  for (const total of [stats.puts, stats.gets]) total.moveTo(now);
  const info: Record<string, string | number | boolean> = {
    bootTimestamp: stats.bootTimestamp,
    runtime: describeDuration(now - stats.bootTimestamp),
    brokerActive: true,
    brokerVersionDesc: 'V5_3_3',
    brokerVersion: PROTOCOL_VERSION,
    msgPutTotalYesterdayMorning: stats.puts.yesterdayMorning,
    msgPutTotalTodayMorning: stats.puts.todayMorning,
    msgPutTotalTodayNow: stats.puts.total,
    msgGetTotalYesterdayMorning: stats.gets.yesterdayMorning,
    msgGetTotalTodayMorning: stats.gets.todayMorning,
    msgGetTotalTodayNow: stats.gets.total,
    putMessageTimesTotal: Math.max(1, stats.puts.total),
    putMessageSizeTotal: stats.putBytes,
    putMessageAverageSize: javaDouble(stats.putBytes / Math.max(1, stats.puts.total)),
    putTps: stats.puts.rates(now),
    getFoundTps: stats.gets.rates(now),
    getTotalTps: stats.gets.rates(now),
    getTransferredTps: stats.gets.rates(now),
    commitLogMinOffset: store.minPhysicalOffset(),
    commitLogMaxOffset: store.maxPhysicalOffset(),
    earliestMessageTimeStamp: (await lookUpRecord(store, store.minPhysicalOffset()))?.storeTimestamp ?? -1,
    remainHowManyDataToFlush: describeBytes(store.maxPhysicalOffset() - store.flushedPhysicalOffset()),
    startAcceptSendRequestTimeStamp: options.startAcceptSendRequestTimeStamp,
    timerCongestNum: timers.size,
    ...NOT_MEASURED,
  };
  const { sendThreadPoolQueueCapacity: send, pullThreadPoolQueueCapacity: pull } = options;
  for (const [pool, capacity] of Object.entries({ send, pull, ...POOLS })) {
    info[`${pool}ThreadPoolQueueSize`] = 0;
    info[`${pool}ThreadPoolQueueCapacity`] = capacity;
    info[`${pool}ThreadPoolQueueHeadWaitTimeMills`] = 0;
  }
  for (const [level, queueOffset] of parts.delayOffsets.all()) {
    const max = store.maxQueueOffset('SCHEDULE_TOPIC_XXXX', level - 1);
    if (max > 0) info[`scheduleMessageOffset_${level}`] = `${queueOffset},${max}`;
  }
  if (parts.disk !== undefined) Object.assign(info, await diskInfo(parts.disk));
  return Object.fromEntries(Object.entries(info).map(([name, value]) => [name, String(value)]));
}

/** Names that tools may look for; what they would tell is about Java's threads or isn't counted here. */
const NOT_MEASURED = {
  EndTransactionQueueSize: 0,
  EndTransactionThreadPoolQueueCapacity: 100_000,
  dispatchBehindBytes: 0,
  dispatchMaxBuffer: 0,
  getMessageEntireTimeMax: 0,
  getMissTps: '0.0 0.0 0.0',
  pageCacheLockTimeMills: 0,
  putLatency99: '0.00',
  putLatency999: '0.00',
  putMessageDistributeTime: 'null',
  putMessageEntireTimeMax: 0,
  putMessageFailedTimes: 0,
  remainTransientStoreBufferNumbs: UNLIMITED,
  timerDequeueTps: '0.0',
  timerEnqueueTps: '0.0',
  timerOffsetBehind: 0,
  timerReadBehind: 0,
};

async function diskInfo(disk: StoreDisk): Promise<Record<string, string>> {
  const { totalBytes, freeBytes } = await disk.space();
  const ratio = totalBytes > 0 ? ((totalBytes - freeBytes) / totalBytes).toFixed(2) : '-1';
  return {
    commitLogDiskRatio: ratio,
    [`commitLogDiskRatio_${disk.directory}`]: ratio,
    consumeQueueDiskRatio: ratio,
    commitLogDirCapacity: `Total : ${describeBytes(totalBytes)}, Free : ${describeBytes(freeBytes)}.`,
  };
}

/** `[ 1 days, 2 hours, 3 minutes, 4 seconds ]`. Source: Apache 5.3 StoreStatsService#getFormatRuntime. */
function describeDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [days, hours, minutes] = [seconds / 86_400, (seconds / 3600) % 24, (seconds / 60) % 60].map(Math.floor);
  return `[ ${days} days, ${hours} hours, ${minutes} minutes, ${seconds % 60} seconds ]`;
}

/** `512 B`, `1.5 KiB`. Source: Apache 5.3 MixAll#humanReadableByteCount. */
function describeBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const power = Math.min(6, Math.floor(Math.log(bytes) / Math.log(1024)));
  return `${(bytes / 1024 ** power).toFixed(1)} ${'KMGTPE'.charAt(power - 1)}iB`;
}
