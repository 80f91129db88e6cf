import type { MessageQueue } from '../../message/message-queue.js';
import { queueKey } from '../../protocol/bodies/queue-offsets.js';
import type { TopicConfig } from '../../protocol/bodies/topic-config.js';
import { decodeHeader } from '../../protocol/field-table.js';
import { PROTOCOL_VERSION, response, type RemotingCommand } from '../../protocol/remoting-command.js';
import {
  brokerStatsRequest,
  consumeStatsRequest,
  topicAndGroupRequest,
  type ConsumeStatsRequest,
} from '../../protocol/requests/broker-admin.js';
import { topicRequest } from '../../protocol/requests/topic-admin.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { Clock } from '../../ports/clock.js';
import type { MessageStore } from '../../store/message-store.js';
import { refuse, succeedWith } from '../../protocol/answers.js';
import type { BrokerOptions } from '../broker-options.js';
import type { BrokerStats } from '../broker-stats.js';
import type { Tables } from '../tables/tables.js';

export interface StatsAdminParts extends Pick<Tables, 'topics' | 'offsets' | 'consumers' | 'delayOffsets'> {
  options: BrokerOptions;
  store: MessageStore;
  stats: BrokerStats;
  clock: Clock;
}

/**
 * GET_BROKER_CONFIG (26), GET_BROKER_RUNTIME_INFO (28), GET_TOPIC_STATS_INFO (202), GET_CONSUME_STATS (208),
 * QUERY_CONSUME_TIME_SPAN (303), VIEW_BROKER_STATS_DATA (315).
 * Source: Apache 5.3 AdminBrokerProcessor.
 */
export class StatsAdminProcessor {
  constructor(private readonly parts: StatsAdminParts) {}

  /** As lines of `name=value`, by name. */
  brokerConfig(): RemotingCommand {
    const { options, topics } = this.parts;
    const lines = Object.entries(options).map(([name, value]) => `${name}=${String(value)}\n`);
    const extFields = { version: JSON.stringify(topics.dataVersion) };
    return response(ResponseCode.SUCCESS, { extFields, body: Buffer.from(lines.sort().join('')) });
  }

  runtimeInfo(): RemotingCommand {
    const { stats, store, clock, options, delayOffsets } = this.parts;
    const now = clock.now();
    for (const total of [stats.puts, stats.gets]) total.moveTo(now);
    const table: Record<string, string | number | boolean> = {
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
      putMessageTimesTotal: stats.puts.total,
      putTps: stats.puts.rates(now),
      getFoundTps: stats.gets.rates(now),
      getMissTps: '0 0 0',
      getTotalTps: stats.gets.rates(now),
      getTransferredTps: stats.gets.rates(now),
      commitLogMinOffset: store.minPhysicalOffset(),
      commitLogMaxOffset: store.maxPhysicalOffset(),
      remainHowManyDataToFlush: `${store.maxPhysicalOffset() - store.flushedPhysicalOffset()} B`,
      startAcceptSendRequestTimeStamp: options.startAcceptSendRequestTimeStamp,
      pageCacheLockTimeMills: 0,
      dispatchBehindBytes: 0,
      sendThreadPoolQueueSize: 0,
      sendThreadPoolQueueHeadWaitTimeMills: 0,
      pullThreadPoolQueueSize: 0,
      pullThreadPoolQueueHeadWaitTimeMills: 0,
      queryThreadPoolQueueSize: 0,
      queryThreadPoolQueueHeadWaitTimeMills: 0,
      EndTransactionQueueSize: 0,
    };
    for (const [level, queueOffset] of delayOffsets.all()) {
      const max = store.maxQueueOffset('SCHEDULE_TOPIC_XXXX', level - 1);
      table[`scheduleMessageOffset_${level}`] = `${queueOffset},${max}`;
    }
    const texts = Object.entries(table).map(([name, value]) => [name, String(value)]);
    return succeedWith({ table: Object.fromEntries(texts) as Record<string, string> });
  }

  async topicStats(request: RemotingCommand): Promise<RemotingCommand> {
    const { topic } = decodeHeader(topicRequest, request.extFields);
    const config = this.parts.topics.get(topic);
    if (config === undefined) return refuse(ResponseCode.TOPIC_NOT_EXIST, `topic[${topic}] not exist`);
    const { store, stats } = this.parts;
    const offsetTable = new Map<MessageQueue, object>();
    for (const queue of this.queuesOf(config, Math.max(config.readQueueNums, config.writeQueueNums))) {
      const maxOffset = store.maxQueueOffset(topic, queue.queueId);
      const lastUpdateTimestamp = await this.storeTimeBefore(queue, maxOffset);
      offsetTable.set(queue, { lastUpdateTimestamp, maxOffset, minOffset: store.minQueueOffset(topic, queue.queueId) });
    }
    return succeedWith({ offsetTable, topicPutTps: stats.topicPutTps(topic) });
  }

  async consumeStats(request: RemotingCommand): Promise<RemotingCommand> {
    const header = decodeHeader(consumeStatsRequest, request.extFields);
    const { topics, offsets, store, stats } = this.parts;
    const { consumerGroup: group } = header;
    const offsetTable = new Map<MessageQueue, object>();
    let consumeTps = 0;
    for (const topic of this.topicsToReport(header)) {
      const config = topics.get(topic);
      if (config === undefined) continue;
      for (const queue of this.queuesOf(config, config.readQueueNums)) {
        const consumerOffset = offsets.query(group, topic, queue.queueId) ?? 0;
        offsetTable.set(queue, {
          brokerOffset: store.maxQueueOffset(topic, queue.queueId),
          consumerOffset,
          lastTimestamp: await this.storeTimeBefore(queue, consumerOffset),
          pullOffset: Math.max(consumerOffset, offsets.queryPulled(group, topic, queue.queueId) ?? 0),
        });
      }
      consumeTps += stats.groupGetTps(topic, group);
    }
    return succeedWith({ consumeTps, offsetTable });
  }

  async consumeTimeSpan(request: RemotingCommand): Promise<RemotingCommand> {
    const { topic, group } = decodeHeader(topicAndGroupRequest, request.extFields);
    const config = this.parts.topics.get(topic);
    if (config === undefined) return refuse(ResponseCode.TOPIC_NOT_EXIST, `topic[${topic}] not exist`);
    const { store, offsets, clock } = this.parts;
    const consumeTimeSpanSet: object[] = [];
    for (const queue of this.queuesOf(config, config.writeQueueNums)) {
      const { queueId } = queue;
      const consumerOffset = offsets.query(group, topic, queueId) ?? -1;
      const max = store.maxQueueOffset(topic, queueId);
      const minTimeStamp = await store.earliestStoreTimestamp(topic, queueId);
      const consumed =
        consumerOffset > 0 ? await store.storeTimestampAt(topic, queueId, consumerOffset - 1) : minTimeStamp;
      const next =
        consumerOffset < max ? await store.storeTimestampAt(topic, queueId, Math.max(0, consumerOffset)) : -1;
      consumeTimeSpanSet.push({
        consumeTimeStamp: consumed,
        delayTime: next < 0 ? 0 : clock.now() - next,
        maxTimeStamp: await this.storeTimeBefore(queue, max),
        messageQueue: queue,
        minTimeStamp,
      });
    }
    return succeedWith({ consumeTimeSpanSet });
  }

  viewStats(request: RemotingCommand): RemotingCommand {
    const { statsName, statsKey } = decodeHeader(brokerStatsRequest, request.extFields);
    const view = this.parts.stats.view(statsName, statsKey);
    return view === undefined
      ? refuse(ResponseCode.SYSTEM_ERROR, `The stats <${statsName}> <${statsKey}> not exist`)
      : succeedWith(view);
  }

  /** Those named; else the given or every one with progress, as far as the group subscribes to it. */
  private topicsToReport({ consumerGroup, topic, topicList }: ConsumeStatsRequest): string[] {
    const named = (topicList ?? '').split(';').filter((name) => name !== '');
    if (named.length > 0) return [...new Set(named)];
    const { offsets, consumers } = this.parts;
    const candidates = topic === undefined || topic.trim() === '' ? offsets.topicsOf(consumerGroup) : [topic];
    const isOnline = (consumers.get(consumerGroup)?.subscriptions.size ?? 0) > 0;
    return candidates.filter((name) => !isOnline || consumers.subscription(consumerGroup, name) !== undefined);
  }

  private queuesOf({ topicName }: TopicConfig, count: number): MessageQueue[] {
    const { brokerName } = this.parts.options;
    return Array.from({ length: count }, (_, queueId) => queueKey({ topic: topicName, brokerName, queueId }));
  }

  /** Of the message before `queueOffset`; 0 when there is none. */
  private async storeTimeBefore({ topic, queueId }: MessageQueue, queueOffset: number): Promise<number> {
    if (queueOffset <= 0) return 0;
    return Math.max(0, await this.parts.store.storeTimestampAt(topic, queueId, queueOffset - 1));
  }
}

/** `[ 1 days, 2 hours, 3 minutes, 4 seconds ]`. Source: Apache 5.3 StoreStatsService#getFormatRuntime. */
function describeDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [days, hours, minutes] = [seconds / 86_400, (seconds / 3600) % 24, (seconds / 60) % 60].map(Math.floor);
  return `[ ${days} days, ${hours} hours, ${minutes} minutes, ${seconds % 60} seconds ]`;
}
