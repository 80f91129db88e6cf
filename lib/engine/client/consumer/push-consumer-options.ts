import { ConfigurationError } from '../../common/errors.js';
import type { ReceivedMessage } from '../../message/message.js';
import type { MessageQueue } from '../../message/message-queue.js';
import type { ConsumerHook } from '../hooks/consumer-hook.js';
import { checkGroup, checkInteger } from '../option-checks.js';
import type { RateLimit } from './call-pace.js';
import type { AllocateStrategy, AllocateStrategyName } from './allocate/index.js';
import type { ConsumeFromWhere, ExpressionType, MessageModel } from '../../protocol/bodies/heartbeat-data.js';

/** What a group wants of a topic. */
export interface Subscription {
  topic: string;
  /** `*`, `TagA || TagB`, or an SQL92 expression. Default `*`. */
  expression?: string;
  /** Default TAG. */
  type?: ExpressionType;
}

/** What a listener is told besides its messages. */
export interface ConsumeContext {
  queue: MessageQueue;
  /**
   * Fires when the outcome no longer counts: the consumer is stopped and its drain deadline has
   * passed, the call took longer than consumeTimeoutMs (concurrent), or the queue was given to another
   * consumer (orderly).
   */
  signal: AbortSignal;
}

/**
 * Outcome of concurrent consumption. LATER: the broker delivers the messages again after a delay;
 * a listener that throws says the same. REJECT: straight to the dead letters.
 */
export type ConcurrentOutcome =
  | {
      status: 'SUCCESS';
      /** Index of the last message that was consumed; those behind it come again. Default: all were. */ ackIndex?: number;
      delayLevel?: number;
    }
  | { status: 'LATER'; /** 0 (default): grows with each attempt; 1..18: that delay level. */ delayLevel?: number }
  | { status: 'REJECT' };

/** SUSPEND: the queue pauses, then the same messages come again; nothing behind them overtakes. */
export type OrderlyOutcome = { status: 'SUCCESS' } | { status: 'SUSPEND'; suspendMs?: number } | { status: 'REJECT' };

/** Handles messages side by side. One that throws has them delivered again. */
export type ConcurrentListener = (
  messages: readonly ReceivedMessage[],
  context: ConsumeContext,
) => Promise<ConcurrentOutcome>;
/** Handles the messages of a queue one after the other. One that throws suspends the queue. */
export type OrderlyListener = (
  messages: readonly ReceivedMessage[],
  context: ConsumeContext,
) => Promise<OrderlyOutcome>;

/** A listener call that has been under way for 30 s, or for consumeTimeoutMs if that is less. */
export interface SlowListener {
  readonly group: string;
  readonly queue: MessageQueue;
  readonly messageIds: readonly string[];
  readonly runningMs: number;
}

/** Of a consumer whose messages are brought to a listener. Source: Apache 5.3 DefaultMQPushConsumer. */
export interface PushConsumerOptions {
  /** Consumer group. */
  group: string;
  subscriptions: readonly Subscription[];
  listener: { mode: 'concurrent'; consume: ConcurrentListener } | { mode: 'orderly'; consume: OrderlyListener };
  /** Default CLUSTERING. */
  messageModel?: MessageModel;
  /** For a group without committed offsets. Default CONSUME_FROM_LAST_OFFSET. */
  consumeFromWhere?: ConsumeFromWhere;
  /** For CONSUME_FROM_TIMESTAMP: milliseconds since the epoch. Default: 30 minutes before the start. */
  consumeTimestamp?: number;
  /** Listener calls in flight. Default 20. */
  concurrency?: number;
  /** Messages in one listener call. Default 1. */
  consumeMessageBatchMaxSize?: number;
  /** How long a call may wait until it has that many, concurrent listeners only. Default 0: it takes what is there. */
  consumeMessageBatchWaitMs?: number;
  /** Of all listener calls of this consumer. Default: none. */
  rateLimit?: RateLimit;
  /** Default 32. */
  pullBatchSize?: number;
  /** Messages cached per queue before pulling pauses. Default 1000. */
  pullThresholdForQueue?: number;
  /** Bytes cached per queue before pulling pauses. Default 100 MiB. */
  pullThresholdSizeForQueue?: number;
  /** Messages cached per topic before pulling pauses, shared out to its queues. Default -1: no such limit. */
  pullThresholdForTopic?: number;
  /** Bytes cached per topic, likewise. Default -1. */
  pullThresholdSizeForTopic?: number;
  /** Distance between first and last cached offset before pulling pauses (concurrent). Default 2000. */
  consumeConcurrentlyMaxSpan?: number;
  /** -1 (default): 16 when concurrent, endless when orderly. */
  maxReconsumeTimes?: number;
  /** Default 1000; 10..30000. */
  suspendCurrentQueueTimeMs?: number;
  /** How long stop() waits for running listeners. Default 30000. */
  drainTimeoutMs?: number;
  /**
   * A message whose listener takes longer is given back for a later attempt, and another call may take
   * its place; an orderly one is only warned of. Default 15 minutes.
   */
  consumeTimeoutMs?: number;
  /** Told every 30 s of each listener call that takes long, beside the warning in the log: for metrics. */
  onSlowListener?: (slow: SlowListener) => void;
  /**
   * Whether a group without committed offset begins where consumeFromWhere says also in a young queue.
   * By default brokers say 0 of a queue that still has its first message in memory, for every group,
   * and consumption begins there, as that of Apache's clients. Default false.
   */
  startExactly?: boolean;
  /** Write down what became of each message, in messages of traceTopic. Default false. */
  enableTrace?: boolean;
  /** Default RMQ_SYS_TRACE_TOPIC. */
  traceTopic?: string;
  /** Watch this consumer's listener calls. Default: none. */
  hooks?: readonly ConsumerHook[];
  /** Who gets which queue; all consumers of a group need the same. Default AVG. */
  allocateStrategy?: AllocateStrategyName | AllocateStrategy;
  /**
   * False: brokers of 5.x say which queues are ours (strategies AVG and AVG_BY_CIRCLE), and whether they
   * are pulled or popped, as `admin.groups.setRequestMode()` has set it. For concurrent listeners in
   * CLUSTERING. Default true.
   */
  clientRebalance?: boolean;
  /** How long popped messages are nobody else's. Default 60000; 5000..300000. */
  popInvisibleTimeMs?: number;
  /** Messages of one pop. Default 32, which is also the most. */
  popBatchNums?: number;
  /** Popped messages per queue before popping pauses. Default 96. */
  popThresholdForQueue?: number;
  /** Pauses before the next attempts at a popped message, the last for all further ones. Default 10 s to 2 h, as Apache's. */
  popRetryDelaysMs?: readonly number[];
}

type Defaulted = Omit<
  PushConsumerOptions,
  'group' | 'subscriptions' | 'listener' | 'consumeTimestamp' | 'traceTopic' | 'rateLimit'
>;

/** What a push consumer does where its options say nothing. */
export const pushConsumerDefaults: Required<Defaulted> = {
  messageModel: 'CLUSTERING',
  consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
  concurrency: 20,
  consumeMessageBatchMaxSize: 1,
  consumeMessageBatchWaitMs: 0,
  pullBatchSize: 32,
  pullThresholdForQueue: 1000,
  pullThresholdSizeForQueue: 100 * 1024 * 1024,
  pullThresholdForTopic: -1,
  pullThresholdSizeForTopic: -1,
  consumeConcurrentlyMaxSpan: 2000,
  maxReconsumeTimes: -1,
  suspendCurrentQueueTimeMs: 1000,
  drainTimeoutMs: 30_000,
  consumeTimeoutMs: 15 * 60_000,
  onSlowListener: () => undefined,
  startExactly: false,
  enableTrace: false,
  hooks: [],
  allocateStrategy: 'AVG',
  clientRebalance: true,
  popInvisibleTimeMs: 60_000,
  popBatchNums: 32,
  popThresholdForQueue: 96,
  popRetryDelaysMs: [10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1200, 1800, 3600, 7200].map(
    (seconds) => seconds * 1000,
  ),
};

/** A push consumer's options with the defaults filled in. */
export type PushConsumerSettings = PushConsumerOptions & typeof pushConsumerDefaults;

/** Whether they are within their limits. @throws ConfigurationError naming the option */
export function checkPushConsumerOptions(settings: PushConsumerSettings): void {
  checkGroup(settings.group);
  if (settings.subscriptions.length === 0) {
    throw new ConfigurationError('subscriptions', 'is empty; name at least one topic');
  }
  checkInteger('concurrency', settings.concurrency, 1);
  checkInteger('consumeMessageBatchMaxSize', settings.consumeMessageBatchMaxSize, 1, 1024);
  checkInteger('consumeMessageBatchWaitMs', settings.consumeMessageBatchWaitMs, 0, 60_000);
  if (settings.rateLimit) {
    checkInteger('rateLimit.messages', settings.rateLimit.messages, 1, 100_000);
    checkInteger('rateLimit.perMs', settings.rateLimit.perMs, 1, 3_600_000);
  }
  checkInteger('pullBatchSize', settings.pullBatchSize, 1, 1024);
  checkInteger('pullThresholdForQueue', settings.pullThresholdForQueue, 1);
  checkInteger('pullThresholdSizeForQueue', settings.pullThresholdSizeForQueue, 1);
  checkInteger('pullThresholdForTopic', settings.pullThresholdForTopic, -1);
  checkInteger('pullThresholdSizeForTopic', settings.pullThresholdSizeForTopic, -1);
  checkInteger('consumeConcurrentlyMaxSpan', settings.consumeConcurrentlyMaxSpan, 1);
  checkInteger('maxReconsumeTimes', settings.maxReconsumeTimes, -1);
  checkInteger('suspendCurrentQueueTimeMs', settings.suspendCurrentQueueTimeMs, 10, 30_000);
  checkInteger('popInvisibleTimeMs', settings.popInvisibleTimeMs, 5000, 300_000);
  checkInteger('popBatchNums', settings.popBatchNums, 1, 32);
  checkInteger('popThresholdForQueue', settings.popThresholdForQueue, 1);
  if (settings.popRetryDelaysMs.length === 0) {
    throw new ConfigurationError('popRetryDelaysMs', 'is empty; name at least one pause, such as 10000');
  }
  for (const delayMs of settings.popRetryDelaysMs) checkInteger('popRetryDelaysMs', delayMs, 0);
  checkInteger('drainTimeoutMs', settings.drainTimeoutMs, 0);
  checkInteger('consumeTimeoutMs', settings.consumeTimeoutMs, 1);
}
