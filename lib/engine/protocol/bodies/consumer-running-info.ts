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

export function encodeConsumerRunningInfo({ properties, subscriptionSet, queues }: ConsumerRunningInfo): Buffer {
  const mqTable = new Map(queues.map(({ queue, info }) => [queueKey(queue), info]));
  return Buffer.from(
    writeFastjson({ mqPopTable: {}, mqTable, properties, statusTable: {}, subscriptionSet, userConsumerInfo: {} }),
  );
}

/** What a consumer tells of itself, whoever wrote it. */
export interface ConsumerStatus {
  readonly properties: Readonly<Record<string, string>>;
  readonly subscriptions: readonly GroupSubscription[];
  readonly queues: readonly ({ readonly queue: MessageQueue } & ProcessQueueInfo)[];
  /** By topic: pullRT, pullTPS, consumeRT, consumeOKTPS, consumeFailedTPS, consumeFailedMsgs. */
  readonly rates: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Stack traces of a Java consumer that was asked for them. */
  readonly jstack?: string;
}

/** @throws ProtocolError */
export function readConsumerStatus(body: FastjsonObject): ConsumerStatus {
  const rates = Object.entries(objectOf(body.statusTable ?? {}, 'statusTable')).map(([topic, values]) => [
    topic,
    Object.fromEntries(Object.entries(objectOf(values, topic)).map(([name, value]) => [name, Number(value)])),
  ]);
  return {
    properties: textsOf(body.properties, 'properties'),
    subscriptions: arrayOf(body.subscriptionSet, 'subscriptionSet').map(readSubscription),
    queues: readQueueTable(body.mqTable, readProcessQueueInfo),
    rates: Object.fromEntries(rates) as ConsumerStatus['rates'],
    ...(typeof body.jstack === 'string' ? { jstack: body.jstack } : {}),
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
