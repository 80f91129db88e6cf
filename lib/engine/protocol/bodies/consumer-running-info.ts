import { writeFastjson } from '../../common/fastjson.js';
import type { MessageQueue } from '../../message/message-queue.js';
import type { SubscriptionData } from './heartbeat-data.js';
import { queueKey } from './queue-offsets.js';

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

/** Answer of CONSUME_MESSAGE_DIRECTLY (309). Source: Apache 5.3 ConsumeMessageDirectlyResult. */
export interface DirectConsumeResult {
  order: boolean;
  autoCommit: boolean;
  consumeResult: 'CR_SUCCESS' | 'CR_LATER' | 'CR_THROW_EXCEPTION';
  remark?: string;
  spentTimeMills: number;
}
