import { ConfigurationError } from '../../common/errors.js';
import type { MessageQueue } from '../../message/message-queue.js';
import type { ConsumeFromWhere, MessageModel } from '../../protocol/bodies/heartbeat-data.js';
import { checkGroup, checkInteger } from '../option-checks.js';
import type { AllocateStrategy, AllocateStrategyName } from './allocate/index.js';
import type { Subscription } from './push-consumer-options.js';

/** What of a topic is wanted, for queues that are assigned by hand. */
export type MessageFilter = Omit<Subscription, 'topic'>;

/** Of a consumer that is polled. Source: Apache 5.3 DefaultLitePullConsumer. */
export interface LitePullConsumerOptions {
  /** Consumer group. */
  group: string;
  /** With them the group's members share the queues of these topics; without, assign() says which are read. */
  subscriptions?: readonly Subscription[];
  /** Default CLUSTERING. */
  messageModel?: MessageModel;
  /** For a group without committed offsets. Default CONSUME_FROM_LAST_OFFSET. */
  consumeFromWhere?: ConsumeFromWhere;
  /** For CONSUME_FROM_TIMESTAMP: milliseconds since the epoch. Default: 30 minutes before the start. */
  consumeTimestamp?: number;
  /** As PushConsumerOptions has it. Default false. */
  startExactly?: boolean;
  /**
   * True (default): what a poll has brought counts as consumed when the next poll begins, and is
   * committed within five seconds and by stop(). False: only commit() commits.
   */
  autoCommit?: boolean;
  /** Messages of one pull, and of one poll. Default 10. */
  pullBatchSize?: number;
  /** How long a poll waits. Default 5000. */
  pollTimeoutMs?: number;
  /** Messages cached over all queues before pulling pauses. Default 10000. */
  pullThresholdForAll?: number;
  /** Messages cached per queue before pulling pauses. Default 1000. */
  pullThresholdForQueue?: number;
  /** Bytes cached per queue before pulling pauses. Default 100 MiB. */
  pullThresholdSizeForQueue?: number;
  /** Distance between first and last cached offset before pulling pauses. Default 2000. */
  consumeMaxSpan?: number;
  /** Who gets which queue; all consumers of a group need the same. Default AVG. */
  allocateStrategy?: AllocateStrategyName | AllocateStrategy;
  /** Told when the queues of a topic that this consumer has are others than before. */
  messageQueueListener?: (topic: string, all: readonly MessageQueue[], assigned: readonly MessageQueue[]) => void;
}

/** Of one poll(). */
export interface PollOptions {
  /** Default: the consumer's pollTimeoutMs; 0 does not wait. */
  timeoutMs?: number;
  /** Default: the consumer's pullBatchSize. */
  maxMessages?: number;
  signal?: AbortSignal;
}

type Defaulted = Omit<LitePullConsumerOptions, 'group' | 'subscriptions' | 'consumeTimestamp'>;

/** Source: Apache 5.3 DefaultLitePullConsumer. */
export const litePullConsumerDefaults: Required<Defaulted> = {
  messageModel: 'CLUSTERING',
  consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
  startExactly: false,
  autoCommit: true,
  pullBatchSize: 10,
  pollTimeoutMs: 5000,
  pullThresholdForAll: 10_000,
  pullThresholdForQueue: 1000,
  pullThresholdSizeForQueue: 100 * 1024 * 1024,
  consumeMaxSpan: 2000,
  allocateStrategy: 'AVG',
  messageQueueListener: () => undefined,
};

/** A lite pull consumer's options with the defaults filled in. */
export type LitePullSettings = LitePullConsumerOptions & typeof litePullConsumerDefaults;

/** Whether they are within their limits. @throws ConfigurationError naming the option */
export function checkLitePullOptions(settings: LitePullSettings): void {
  checkGroup(settings.group);
  if (settings.subscriptions?.length === 0) {
    throw new ConfigurationError('subscriptions', 'is empty; name a topic, or leave it out and assign() queues');
  }
  checkInteger('pullBatchSize', settings.pullBatchSize, 1, 1024);
  checkInteger('pollTimeoutMs', settings.pollTimeoutMs, 0);
  checkInteger('pullThresholdForAll', settings.pullThresholdForAll, 1);
  checkInteger('pullThresholdForQueue', settings.pullThresholdForQueue, 1);
  checkInteger('pullThresholdSizeForQueue', settings.pullThresholdSizeForQueue, 1);
  checkInteger('consumeMaxSpan', settings.consumeMaxSpan, 1);
}
