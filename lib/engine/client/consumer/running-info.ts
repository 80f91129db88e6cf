import type {
  ConsumerRunningInfo,
  ConsumeStatus,
  ProcessQueueInfo,
} from '../../protocol/bodies/consumer-running-info.js';
import type { ConsumeType } from '../../protocol/bodies/heartbeat-data.js';
import type { ConsumeStatistics } from './consume-statistics.js';
import type { ProcessQueue } from './process-queue.js';
import type { QueueLocks } from './queue-locks.js';
import type { ParsedSubscription } from './subscription.js';

export interface RunningConsumer {
  readonly consumeType: ConsumeType;
  readonly isOrderly: boolean;
  readonly concurrency: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly subscriptions: ReadonlyMap<string, ParsedSubscription>;
  readonly queues: readonly ProcessQueue[];
  readonly locks?: QueueLocks;
  /** Of a consumer with a listener. */
  readonly statistics?: ConsumeStatistics;
}

/** What `mqadmin consumerStatus` shows of a consumer. Source: Apache 5.3 DefaultMQPushConsumerImpl#consumerRunningInfo. */
export function runningInfoOf(consumer: RunningConsumer): ConsumerRunningInfo {
  const { subscriptions, statistics } = consumer;
  const statusTable = new Map<string, ConsumeStatus>();
  if (statistics) for (const topic of subscriptions.keys()) statusTable.set(topic, statistics.statusOf(topic));
  return {
    properties: {
      PROP_CONSUMEORDERLY: String(consumer.isOrderly),
      PROP_CONSUME_TYPE: consumer.consumeType,
      PROP_THREADPOOL_CORE_SIZE: String(consumer.concurrency),
      PROP_CONSUMER_START_TIMESTAMP: String(consumer.startedAt),
    },
    subscriptionSet: [...subscriptions.values()].map(({ data }) => data),
    queues: consumer.queues.map((owned) => ({ queue: owned.queue, info: infoOf(owned, consumer.locks) })),
    statusTable,
  };
}

function infoOf(owned: ProcessQueue, locks: QueueLocks | undefined): ProcessQueueInfo {
  const isEmpty = owned.count === 0;
  return {
    commitOffset: owned.commitOffset,
    cachedMsgMinOffset: isEmpty ? 0 : owned.position,
    cachedMsgMaxOffset: isEmpty ? 0 : owned.lastOffset,
    cachedMsgCount: owned.count,
    cachedMsgSizeInMiB: Math.floor(owned.cachedBytes / (1024 * 1024)),
    locked: locks?.isHeld(owned.key) ?? false,
    lastLockTimestamp: locks?.takenAt(owned.key) ?? 0,
    droped: owned.isDropped,
    lastPullTimestamp: owned.lastPullTimestamp,
    lastConsumeTimestamp: owned.lastConsumeTimestamp,
  };
}
