import { writeFastjson, type FastjsonObject } from '../../common/fastjson.js';
import { arrayOf, integerOf, objectOf, textsOf } from '../../common/json-fields.js';
import type { MessageQueue } from '../../message/message-queue.js';
import type { SubscriptionData } from './heartbeat-data.js';
import { readSubscription, type GroupSubscription } from './client-connections.js';
import { queueKey, readQueueTable } from './queue-offsets.js';

/** Answer of GET_CONSUMER_RUNNING_INFO (307). Source: Apache 5.3 ConsumerRunningInfo. */
export interface ConsumerRunningInfo {
  properties: Record<string, string>;
  subscriptionSet: readonly SubscriptionData[];
  queues: readonly { queue: MessageQueue; info: ProcessQueueInfo }[];
  /** By topic. */
  statusTable: ReadonlyMap<string, ConsumeStatus>;
}

/** How a consumer fares with a topic: of the last minute, but for the failures. Source: Apache 5.3 ConsumeStatus. */
export interface ConsumeStatus {
  /** Milliseconds of a pull that found messages, on average. */
  pullRT: number;
  /** Messages pulled in a second. */
  pullTPS: number;
  /** Milliseconds of a listener call, on average. */
  consumeRT: number;
  consumeOKTPS: number;
  consumeFailedTPS: number;
  /** Messages in the last hour, of which the ten minutes that run are left out. */
  consumeFailedMsgs: number;
}

/** Source: Apache 5.3 ProcessQueueInfo. */
export interface ProcessQueueInfo {
  commitOffset: number;
  cachedMsgMinOffset: number;
  cachedMsgMaxOffset: number;
  cachedMsgCount: number;
  cachedMsgSizeInMiB: number;
  locked: boolean;
  /** Milliseconds since the epoch. */
  lastLockTimestamp: number;
  droped: boolean;
  lastPullTimestamp: number;
  lastConsumeTimestamp: number;
}

export function encodeConsumerRunningInfo(info: ConsumerRunningInfo): Buffer {
  const { properties, subscriptionSet, queues, statusTable } = info;
  const mqTable = new Map(queues.map((owned) => [queueKey(owned.queue), owned.info]));
  return Buffer.from(
    writeFastjson({ mqPopTable: {}, mqTable, properties, statusTable, subscriptionSet, userConsumerInfo: {} }),
  );
}

/** What a consumer tells of itself, whoever wrote it. */
export interface ConsumerStatus {
  readonly properties: Readonly<Record<string, string>>;
  readonly subscriptions: readonly GroupSubscription[];
  readonly queues: readonly ({ readonly queue: MessageQueue } & ProcessQueueInfo)[];
  /** By topic; nothing of a consumer without listener. */
  readonly rates: Readonly<Record<string, Readonly<ConsumeStatus>>>;
  /** Stack traces of a Java consumer that was asked for them. */
  readonly jstack?: string;
}

/** @throws ProtocolError */
export function readConsumerStatus(body: FastjsonObject): ConsumerStatus {
  const rates = Object.entries(objectOf(body.statusTable ?? {}, 'statusTable')).map(
    ([topic, status]) => [topic, readConsumeStatus(objectOf(status, topic))] as const,
  );
  return {
    properties: textsOf(body.properties, 'properties'),
    subscriptions: arrayOf(body.subscriptionSet, 'subscriptionSet').map(readSubscription),
    queues: readQueueTable(body.mqTable, readProcessQueueInfo),
    rates: Object.fromEntries(rates),
    ...(typeof body.jstack === 'string' ? { jstack: body.jstack } : {}),
  };
}

function readConsumeStatus(status: FastjsonObject): ConsumeStatus {
  const number = (name: keyof ConsumeStatus): number => Number(status[name] ?? 0);
  return {
    pullRT: number('pullRT'),
    pullTPS: number('pullTPS'),
    consumeRT: number('consumeRT'),
    consumeOKTPS: number('consumeOKTPS'),
    consumeFailedTPS: number('consumeFailedTPS'),
    consumeFailedMsgs: number('consumeFailedMsgs'),
  };
}

function readProcessQueueInfo(info: FastjsonObject): ProcessQueueInfo {
  const integer = (name: keyof ProcessQueueInfo): number => integerOf(info[name], name, 0);
  return {
    commitOffset: integer('commitOffset'),
    cachedMsgMinOffset: integer('cachedMsgMinOffset'),
    cachedMsgMaxOffset: integer('cachedMsgMaxOffset'),
    cachedMsgCount: integer('cachedMsgCount'),
    cachedMsgSizeInMiB: integer('cachedMsgSizeInMiB'),
    locked: info.locked === true,
    lastLockTimestamp: integer('lastLockTimestamp'),
    droped: info.droped === true,
    lastPullTimestamp: integer('lastPullTimestamp'),
    lastConsumeTimestamp: integer('lastConsumeTimestamp'),
  };
}

/** Answer of CONSUME_MESSAGE_DIRECTLY (309). Source: Apache 5.3 ConsumeMessageDirectlyResult. */
export interface DirectConsumeResult {
  order: boolean;
  autoCommit: boolean;
  consumeResult: 'CR_SUCCESS' | 'CR_LATER' | 'CR_THROW_EXCEPTION';
  remark?: string;
  spentTimeMills: number;
}
