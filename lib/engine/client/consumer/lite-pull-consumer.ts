import { ClosedError, ConfigurationError, TopicNotFoundError } from '../../common/errors.js';
import { Service } from '../../common/lifecycle.js';
import { untilAborted, type WaitOptions } from '../../common/on-abort.js';
import type { ReceivedMessage } from '../../message/message.js';
import { compareMessageQueues, messageQueueKey, type MessageQueue } from '../../message/message-queue.js';
import { retryTopic } from '../../message/topic-names.js';
import type { QueueOffset } from '../../protocol/bodies/queue-offsets.js';
import type { ClientInstance } from '../client-instance.js';
import type { ConsumerMember } from '../group-member.js';
import { checkInteger, withDefaults } from '../option-checks.js';
import { strategyOf } from './allocate/index.js';
import { AssignedQueues } from './assigned-queues.js';
import { consumerMember } from './consumer-member.js';
import { createOffsetStore } from './create-offset-store.js';
import { groupShare } from './group-share.js';
import { HandOut } from './hand-out.js';
import {
  checkLitePullOptions,
  litePullConsumerDefaults,
  type LitePullConsumerOptions,
  type LitePullSettings,
  type MessageFilter,
  type PollOptions,
} from './lite-pull-consumer-options.js';
import type { OffsetStore } from './offset-store.js';
import type { ProcessQueue } from './process-queue.js';
import { pullLoop } from './pull-loop.js';
import { QueueBounds } from './queue-bounds.js';
import { Rebalancer } from './rebalance.js';
import { HALF_HOUR_MS, startOffset } from './start-offset.js';
import { parseSubscription, parseSubscriptions, type ParsedSubscription } from './subscription.js';

/**
 * Consumes when it is asked to: messages are fetched ahead, and poll() hands them out, in the order of
 * each queue. For one reader: a poll says that what the polls before have brought is done.
 * Source: Apache 5.3 DefaultLitePullConsumer.
 */
export class LitePullConsumer extends Service implements AsyncIterable<ReceivedMessage> {
  private readonly settings: LitePullSettings;
  private readonly subscriptions: Map<string, ParsedSubscription>;
  /** Queues by topic as assign() was told. */
  private readonly assignedByHand = new Map<string, readonly MessageQueue[]>();
  private readonly offsets: OffsetStore;
  private readonly bounds: QueueBounds;
  private readonly queues: AssignedQueues;
  private readonly rebalancer: Rebalancer;
  private readonly handOut: HandOut;
  private readonly member: ConsumerMember;
  private readonly startedAt: number;

  /** @throws ConfigurationError naming the option */
  constructor(
    private readonly client: ClientInstance,
    options: LitePullConsumerOptions,
  ) {
    super();
    this.settings = withDefaults(client.namespace.ofConsumer(options), litePullConsumerDefaults);
    checkLitePullOptions(this.settings);
    this.startedAt = client.clock.now();
    const { group, messageModel, startExactly, subscriptions = [] } = this.settings;
    this.subscriptions = parseSubscriptions(subscriptions, this.startedAt);
    this.offsets = createOffsetStore(client, group, messageModel, startExactly);
    this.bounds = new QueueBounds(client);
    this.queues = new AssignedQueues({
      client,
      group,
      offsets: this.offsets,
      startOffset: (queue) => this.startOffsetOf(queue),
      pull: (queue) => this.pull(queue),
      retryLater: (delayMs) => this.rebalancer.requestLater(delayMs),
    });
    this.handOut = new HandOut(this.queues, this.settings.pullThresholdForAll);
    const strategy = strategyOf(this.settings.allocateStrategy);
    this.rebalancer = new Rebalancer({
      client,
      group,
      topics: () => this.subscriptions.keys(),
      share: async (topic, queues) =>
        this.isByHand
          ? (this.assignedByHand.get(topic) ?? [])
          : groupShare({ client, group, model: messageModel, strategy }, topic, queues),
      assign: (topic, queues) => this.take(topic, queues),
    });
    this.member = consumerMember({
      client,
      settings: this.settings,
      consumeType: 'CONSUME_ACTIVELY',
      isOrderly: false,
      concurrency: () => 1,
      startedAt: this.startedAt,
      subscriptions: this.subscriptions,
      isSharing: !this.isByHand,
      queues: this.queues,
      rebalanceSoon: () => {
        if (!this.isStopping) void this.rebalancer.request();
      },
      onBrokerLost: () => {
        if (this.settings.autoCommit) for (const queue of this.queues.all) queue.persistedOffset = undefined;
      },
      consumeDirectly: 'this consumer has no listener: it polls',
    });
  }

  /**
   * Some messages of one queue, in order; none when the time is up or the consumer is stopped meanwhile.
   * What earlier polls have brought counts as consumed from now on, unless autoCommit is off.
   * @throws AbortedError; ClosedError when it is not running
   */
  async poll({
    timeoutMs = this.settings.pollTimeoutMs,
    maxMessages = this.settings.pullBatchSize,
    signal,
  }: PollOptions = {}): Promise<ReceivedMessage[]> {
    this.assertRunning();
    checkInteger('timeoutMs', timeoutMs, 0);
    checkInteger('maxMessages', maxMessages, 1);
    if (this.settings.autoCommit) this.handOut.settle();
    const { clock } = this.client;
    const deadline = clock.monotonic() + timeoutMs;
    for (;;) {
      const messages = this.handOut.take(maxMessages);
      const leftMs = deadline - clock.monotonic();
      if (messages.length > 0 || leftMs <= 0 || this.isStopping) return messages;
      await this.handOut.buffer.wait(clock, leftMs, signal);
    }
  }

  /**
   * Message by message until the consumer is stopped. A message counts as consumed when the next is
   * asked for: one whose loop was left comes again, unless it is committed.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<ReceivedMessage, void, undefined> {
    while (this.isRunning) yield* await this.poll({ maxMessages: 1 });
  }

  /**
   * These queues and no others are ours, until the next call; `filter` says what of them is wanted.
   * @throws ConfigurationError when the consumer has subscriptions; TopicNotFoundError
   */
  async assign(
    queues: readonly MessageQueue[],
    { signal, ...filter }: MessageFilter & WaitOptions = {},
  ): Promise<void> {
    if (!this.isByHand) {
      throw new ConfigurationError('queues', 'cannot be assigned to a consumer with subscriptions; leave those out');
    }
    this.assertRunning();
    const { routes } = this.client;
    const topics = new Set(queues.map(({ topic }) => topic));
    const parsed = [...topics].map((topic) => parseSubscription({ topic, ...filter }, this.startedAt));
    for (const topic of topics) {
      if (!(await untilAborted(routes.refresh(topic), signal))) throw new TopicNotFoundError(topic, 'create it first');
    }
    for (const topic of this.subscriptions.keys()) this.assignedByHand.set(topic, []);
    for (const subscription of parsed) {
      const { topic } = subscription.data;
      this.subscriptions.set(topic, subscription);
      this.assignedByHand.set(
        topic,
        queues.filter((queue) => queue.topic === topic),
      );
      routes.watch(topic);
    }
    await this.rebalancer.request();
  }

  /** Queues this consumer has at the moment. */
  assignment(): MessageQueue[] {
    return this.queues.all.map(({ queue }) => queue);
  }

  /** All queues of a topic that can be read, sorted. @throws TopicNotFoundError */
  async fetchMessageQueues(topic: string, { signal }: WaitOptions = {}): Promise<MessageQueue[]> {
    const { routes, namespace } = this.client;
    const route = await untilAborted(routes.refresh(namespace.wrap(topic)), signal);
    if (!route || route.isProvisional) throw new TopicNotFoundError(topic, 'create it first');
    return [...route.subscribeQueues].sort(compareMessageQueues);
  }

  /**
   * The next message of the queue that is handed out is the one at `queueOffset`, or the first behind it.
   * @throws ConfigurationError when the queue is not ours, or has no such offset
   */
  async seek(queue: MessageQueue, queueOffset: number, options?: WaitOptions): Promise<void> {
    this.find(queue);
    const [min, max] = await Promise.all([this.bounds.min(queue, options), this.bounds.max(queue, options)]);
    checkInteger('queueOffset', queueOffset, min, max);
    this.goTo(queue, queueOffset);
  }

  /** Source of this and the next two: Apache 5.3 DefaultLitePullConsumer#seekToBegin, #seekToEnd. */
  async seekToBegin(queue: MessageQueue, options?: WaitOptions): Promise<void> {
    this.find(queue);
    this.goTo(queue, await this.bounds.min(queue, options));
  }

  async seekToEnd(queue: MessageQueue, options?: WaitOptions): Promise<void> {
    this.find(queue);
    this.goTo(queue, await this.bounds.max(queue, options));
  }

  /** To the first message stored at `timestamp` (milliseconds) or later. */
  async seekToTimestamp(queue: MessageQueue, timestamp: number, options?: WaitOptions): Promise<void> {
    this.find(queue);
    this.goTo(queue, await this.offsetForTimestamp(queue, timestamp, options));
  }

  /** Nothing more of these queues is fetched or handed out; they stay ours. */
  pause(queues: readonly MessageQueue[]): void {
    this.handOut.pause(queues);
  }

  resume(queues: readonly MessageQueue[]): void {
    this.handOut.resume(queues);
  }

  /**
   * Commits what the polls have brought, or these offsets: of the next message that is to be consumed.
   * @throws ConfigurationError a queue that is not ours; whatever keeps the broker from storing it
   */
  async commit(offsets?: readonly QueueOffset[], { signal }: WaitOptions = {}): Promise<void> {
    this.assertRunning();
    const owned = offsets === undefined ? this.handOut.settle() : this.holdAt(offsets);
    await untilAborted(Promise.all(owned.map((queue) => this.queues.commitNow(queue))), signal);
  }

  /** What the group has committed; undefined when nothing. */
  committed(queue: MessageQueue, { signal }: WaitOptions = {}): Promise<number | undefined> {
    return untilAborted(this.offsets.read(queue), signal);
  }

  /** Offset of the message of this queue that is handed out next. @throws ConfigurationError when it is not ours */
  position(queue: MessageQueue): number {
    return this.find(queue).position;
  }

  /** Of the first message stored at `timestamp` (milliseconds) or later; of the next one when there is none. */
  offsetForTimestamp(queue: MessageQueue, timestamp: number, options?: WaitOptions): Promise<number> {
    return this.bounds.at(queue, timestamp, options);
  }

  /** Resolves when the queues there are have been shared out once. */
  protected override async onStart(): Promise<void> {
    const { routes } = this.client;
    const topics = [...this.subscriptions.keys()];
    await Promise.allSettled(topics.map((topic) => routes.refresh(topic))); // what fails is tried again while watching
    for (const topic of topics) routes.watch(topic);
    await this.client.registerConsumer(this.member);
    await this.rebalancer.request();
  }

  /** Ends polls that wait, commits what counts as consumed, leaves the group. */
  protected override async onStop(): Promise<void> {
    await this.rebalancer.stop();
    this.handOut.buffer.wake();
    await this.queues.close();
    await this.client.unregisterConsumer(this.member);
    for (const topic of this.subscriptions.keys()) this.client.routes.unwatch(topic);
  }

  private get isByHand(): boolean {
    return this.settings.subscriptions === undefined;
  }

  private assertRunning(): void {
    if (!this.isRunning) throw new ClosedError('the consumer is not running; start it first');
  }

  /** @throws ConfigurationError when the queue is not ours */
  private find(queue: MessageQueue): ProcessQueue {
    const owned = this.queues.get(queue);
    if (owned) return owned;
    const remedy = this.isByHand ? 'assign it first' : 'assignment() tells which are';
    throw new ConfigurationError('queue', `${messageQueueKey(queue)} is not assigned to this consumer; ${remedy}`);
  }

  private holdAt(offsets: readonly QueueOffset[]): ProcessQueue[] {
    const owned = offsets.map(({ queue }) => this.find(queue));
    for (const [index, { offset }] of offsets.entries()) {
      checkInteger('offset', offset, 0);
      owned[index].holdCommitAt(offset);
      this.handOut.forget(owned[index]);
    }
    return owned;
  }

  private goTo(queue: MessageQueue, offset: number): void {
    const before = this.find(queue);
    const fresh = this.queues.restartAt(queue, offset);
    this.handOut.forget(before);
    if (this.settings.autoCommit || !fresh) return;
    fresh.holdCommitAt(before.commitOffset);
    fresh.persistedOffset = before.persistedOffset;
  }

  private async take(topic: string, queues: readonly MessageQueue[]): Promise<void> {
    const keys = (): string => JSON.stringify(this.queues.ofTopic(topic).map(({ key }) => key));
    const before = keys();
    await this.queues.assign(topic, queues);
    if (keys() === before) return;
    const all = this.client.routes.find(topic)?.subscribeQueues ?? [];
    this.settings.messageQueueListener(
      topic,
      all,
      this.queues.ofTopic(topic).map(({ queue }) => queue),
    );
  }

  private startOffsetOf(queue: MessageQueue): Promise<number> {
    const { consumeFromWhere, consumeTimestamp } = this.settings;
    return startOffset(this.client, queue, consumeFromWhere, consumeTimestamp ?? this.startedAt - HALF_HOUR_MS);
  }

  private async pull(queue: ProcessQueue): Promise<void> {
    const subscription = this.subscriptions.get(queue.queue.topic);
    if (!subscription) return;
    const { group, pullBatchSize, autoCommit } = this.settings;
    queue.holdCommitAt(queue.position);
    if (!autoCommit) queue.persistedOffset = queue.commitOffset; // not ours to write before commit()
    await pullLoop(queue, subscription, {
      client: this.client,
      group,
      groupRetryTopic: retryTopic(group),
      pullBatchSize,
      limits: () => ({
        messages: this.settings.pullThresholdForQueue,
        bytes: this.settings.pullThresholdSizeForQueue,
        span: this.settings.consumeMaxSpan,
      }),
      offsets: this.offsets,
      commitsByPull: false,
      kind: 'LITE_PULL',
      dispatch: this.handOut.buffer,
      isPaused: (owned) => this.handOut.isPaused(owned),
    });
  }
}
