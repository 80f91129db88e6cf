import { ConfigurationError } from '../../common/errors.js';
import { Service } from '../../common/lifecycle.js';
import { PeriodicTask } from '../../common/periodic-task.js';
import { withTimeout } from '../../common/with-timeout.js';
import type { MessageQueue } from '../../message/message-queue.js';
import { retryTopic } from '../../message/topic-names.js';
import { MASTER_ID } from '../../protocol/bodies/topic-route-data.js';
import type { ClientInstance } from '../client-instance.js';
import type { ConsumerMember } from '../group-member.js';
import { withConsumerHooks, type ConsumerHook } from '../hooks/consumer-hook.js';
import { checkInteger, withDefaults } from '../option-checks.js';
import { TraceDispatcher } from '../trace/trace-dispatcher.js';
import { consumerTrace } from '../trace/trace-hooks.js';
import { strategyOf } from './allocate/index.js';
import { AssignedQueues } from './assigned-queues.js';
import { ConcurrentDispatch } from './concurrent-dispatch.js';
import { brokerShare, type TopicShare } from './broker-share.js';
import { ConsumeStatistics } from './consume-statistics.js';
import { consumerMember } from './consumer-member.js';
import { createOffsetStore } from './create-offset-store.js';
import type { Dispatch } from './dispatch.js';
import { groupShare } from './group-share.js';
import type { OffsetStore } from './offset-store.js';
import { OrderlyDispatch } from './orderly-dispatch.js';
import type { CacheLimits, ProcessQueue } from './process-queue.js';
import { PopClient } from './pop/pop-client.js';
import { PopQueues } from './pop/pop-queues.js';
import { PopSettlement } from './pop/pop-settlement.js';
import { PoppedMessage } from './pop/popped-message.js';
import { pullLoop } from './pull-loop.js';
import {
  checkPushConsumerOptions,
  pushConsumerDefaults,
  type PushConsumerOptions,
  type PushConsumerSettings,
} from './push-consumer-options.js';
import { QueueLocks } from './queue-locks.js';
import { Rebalancer } from './rebalance.js';
import { SendBack } from './send-back.js';
import { HALF_HOUR_MS, startOffset } from './start-offset.js';
import { parseSubscription, parseSubscriptions, type ParsedSubscription } from './subscription.js';

const LOCK_REFRESH_MS = 20_000;
/** Source: Apache 5.3 DefaultMQPushConsumerImpl#getMaxReconsumeTimes. */
const DEFAULT_MAX_RECONSUME_TIMES = 16;

interface Popping {
  readonly queues: PopQueues;
  readonly dispatch: Dispatch;
}

/**
 * Consumes as one member of a consumer group: the group shares out the queues, each member pulls
 * its own and hands their messages to the listener. At least once: progress is committed only up to
 * the first message that is not settled. Source: Apache 5.3 DefaultMQPushConsumer.
 */
export class PushConsumer extends Service {
  private readonly settings: PushConsumerSettings;
  private readonly subscriptions: Map<string, ParsedSubscription>;
  private readonly trace?: TraceDispatcher;
  private readonly hooks: readonly ConsumerHook[];
  private readonly dispatch: Dispatch;
  private readonly locks?: QueueLocks;
  private readonly queues: AssignedQueues;
  private readonly popping?: Popping;
  private readonly rebalancer: Rebalancer<TopicShare | undefined>;
  private readonly lockRefresh?: PeriodicTask;
  private readonly statistics: ConsumeStatistics;
  private concurrency: number;
  private isPaused = false;
  private readonly stopped = new AbortController();
  private readonly member: ConsumerMember;
  private readonly startedAt: number;

  /** @throws ConfigurationError naming the option */
  constructor(
    private readonly client: ClientInstance,
    options: PushConsumerOptions,
  ) {
    super();
    this.settings = withDefaults(client.namespace.ofConsumer(options), pushConsumerDefaults);
    checkPushConsumerOptions(this.settings);
    const { enableTrace, traceTopic, consumeTimeoutMs, hooks } = this.settings;
    if (enableTrace) this.trace = new TraceDispatcher(client, 'CONSUME', options.group, traceTopic);
    this.hooks = this.trace ? [...hooks, consumerTrace(client, this.trace, consumeTimeoutMs)] : hooks;
    this.startedAt = client.clock.now();
    this.statistics = new ConsumeStatistics(client.clock);
    this.concurrency = this.settings.concurrency;
    const { group, listener, messageModel } = this.settings;
    const clustering = messageModel === 'CLUSTERING';
    this.subscriptions = parseSubscriptions(this.settings.subscriptions, this.startedAt);
    if (clustering) {
      const retries = retryTopic(group);
      this.subscriptions.set(retries, parseSubscription({ topic: retries }, this.startedAt));
    }
    const sendBack = clustering ? new SendBack(client, group, this.maxReconsumeTimes) : undefined;
    const offsets = createOffsetStore(client, group, messageModel, this.settings.startExactly);
    if (clustering && listener.mode === 'orderly') this.locks = new QueueLocks(client, group);
    this.dispatch = this.createDispatch(sendBack);
    this.queues = new AssignedQueues({
      client,
      group,
      offsets,
      locks: this.locks,
      startOffset: (queue) => this.startOffsetOf(queue),
      pull: (queue) => this.pull(queue, offsets),
      retryLater: (delayMs) => this.rebalancer.requestLater(delayMs),
    });
    if (!this.settings.clientRebalance && sendBack) this.popping = this.createPopping(sendBack);
    const strategy = strategyOf(this.settings.allocateStrategy);
    const common = { client, group, model: messageModel };
    this.rebalancer = new Rebalancer({
      client,
      group,
      topics: () => this.subscriptions.keys(),
      share: async (topic, queues) =>
        this.popping
          ? brokerShare({ ...common, strategyName: strategy.name }, topic)
          : { pull: await groupShare({ ...common, strategy }, topic, queues), pop: [] },
      assign: async (topic, share) => {
        if (!share) return;
        this.popping?.queues.assign(topic, share.pop);
        await this.queues.assign(topic, share.pull);
      },
    });
    if (this.locks) {
      this.lockRefresh = new PeriodicTask({
        clock: client.clock,
        intervalMs: LOCK_REFRESH_MS,
        run: () => this.refreshLocks(),
        onError: (error) => client.logger.error('locks not refreshed', { group, error }),
      });
    }
    this.member = this.createMember();
  }

  /** Stops fetching; what is cached is still handled. */
  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    for (const queue of [...this.queues.all, ...(this.popping?.queues.all ?? [])]) queue.wake();
  }

  /** Listener calls in flight from now on; those under way go on. @throws ConfigurationError */
  setConcurrency(concurrency: number): void {
    checkInteger('concurrency', concurrency, 1);
    this.concurrency = concurrency;
    for (const dispatch of this.dispatches) dispatch.setConcurrency(concurrency);
  }

  /** Queues this consumer pulls at the moment. */
  assignedQueues(): MessageQueue[] {
    return this.queues.all.map(({ queue }) => queue);
  }

  /** Resolves when the queues there are have been shared out once; topics that do not exist yet follow when they do. */
  protected override async onStart(): Promise<void> {
    const { routes } = this.client;
    const topics = [...this.subscriptions.keys()];
    await Promise.allSettled(topics.map((topic) => routes.refresh(topic))); // what fails is tried again while watching
    for (const topic of topics) routes.watch(topic);
    await this.client.registerConsumer(this.member);
    this.lockRefresh?.start();
    await this.rebalancer.request();
  }

  /**
   * Fetches no more, waits for listeners up to drainTimeoutMs, commits, unlocks, leaves the group:
   * peers take over at once, where this consumer ended.
   */
  protected override async onStop(): Promise<void> {
    await this.rebalancer.stop();
    for (const queue of this.queues.all) queue.stopPulling();
    this.popping?.queues.halt();
    for (const dispatch of this.dispatches) dispatch.halt();
    await this.drain();
    await this.lockRefresh?.stop();
    await this.popping?.queues.close();
    await this.queues.close();
    await this.trace?.stop();
    await this.client.unregisterConsumer(this.member);
    for (const topic of this.subscriptions.keys()) this.client.routes.unwatch(topic);
  }

  private get maxReconsumeTimes(): number {
    const { maxReconsumeTimes } = this.settings;
    return maxReconsumeTimes < 0 ? DEFAULT_MAX_RECONSUME_TIMES : maxReconsumeTimes;
  }

  private get dispatches(): readonly Dispatch[] {
    return this.popping ? [this.dispatch, this.popping.dispatch] : [this.dispatch];
  }

  /** For what brokers assign to be popped. */
  private createPopping(sendBack: SendBack): Popping {
    const { client, settings, subscriptions, statistics, maxReconsumeTimes } = this;
    const { clock, logger } = client;
    const { group, consumeFromWhere, listener, popRetryDelaysMs: retryDelaysMs } = settings;
    if (listener.mode === 'orderly') {
      throw new ConfigurationError('clientRebalance', 'is false; orderly listeners need it to be true');
    }
    const pops = new PopClient(client, group, consumeFromWhere);
    const settlement = new PopSettlement({ group, pops, sendBack, retryDelaysMs, maxReconsumeTimes, logger });
    const dispatch = new ConcurrentDispatch({
      ...settings,
      clock,
      logger,
      statistics,
      consume: withConsumerHooks(listener.consume, this.hooks, group, logger),
      sendBack: settlement,
      onConsumed: (entries) => settlement.consumed(entries),
      isExpired: ({ message }) => message instanceof PoppedMessage && message.invisibleUntil <= clock.monotonic(),
    });
    const isPaused = (): boolean => this.isPaused;
    const queues = new PopQueues({
      ...settings,
      client,
      pops,
      settlement,
      subscriptions,
      dispatch,
      statistics,
      isPaused,
    });
    return { queues, dispatch };
  }

  private createDispatch(sendBack: SendBack | undefined): Dispatch {
    const { clock, logger } = this.client;
    const { listener, group } = this.settings;
    const common = { ...this.settings, sendBack, clock, logger, statistics: this.statistics };
    if (listener.mode === 'concurrent') {
      const consume = withConsumerHooks(listener.consume, this.hooks, group, logger);
      return new ConcurrentDispatch({ ...common, consume });
    }
    return new OrderlyDispatch({
      ...common,
      consume: withConsumerHooks(listener.consume, this.hooks, group, logger),
      maxReconsumeTimes: common.maxReconsumeTimes < 0 ? Infinity : common.maxReconsumeTimes,
      isLocked: ({ key }) => this.locks?.isHeld(key) ?? true,
      onLockLost: ({ queue }) => this.queues.abandon(queue, 'its lock ran out'),
    });
  }

  private startOffsetOf(queue: MessageQueue): Promise<number> {
    const { consumeFromWhere, consumeTimestamp } = this.settings;
    return startOffset(this.client, queue, consumeFromWhere, consumeTimestamp ?? this.startedAt - HALF_HOUR_MS);
  }

  private async pull(queue: ProcessQueue, offsets: OffsetStore): Promise<void> {
    const subscription = this.subscriptions.get(queue.queue.topic);
    if (!subscription) return;
    const { group, pullBatchSize, listener, messageModel } = this.settings;
    await pullLoop(queue, subscription, {
      client: this.client,
      group,
      groupRetryTopic: retryTopic(group),
      pullBatchSize,
      limits: () => this.limits(queue.queue.topic, listener.mode === 'orderly'),
      offsets,
      commitsByPull: messageModel === 'CLUSTERING',
      kind: 'PULL',
      dispatch: this.dispatch,
      statistics: this.statistics,
      isPaused: () => this.isPaused,
    });
  }

  /** A topic's limits are shared out to the queues of it that we have. Source: Apache 5.3 RebalancePushImpl#messageQueueChanged. */
  private limits(topic: string, orderly: boolean): CacheLimits {
    const { pullThresholdForTopic, pullThresholdSizeForTopic, consumeConcurrentlyMaxSpan } = this.settings;
    let { pullThresholdForQueue: messages, pullThresholdSizeForQueue: bytes } = this.settings;
    if (pullThresholdForTopic > 0 || pullThresholdSizeForTopic > 0) {
      const queues = this.queues.ofTopic(topic).length;
      const share = (ofTopic: number): number => Math.max(1, Math.floor(ofTopic / Math.max(1, queues)));
      if (pullThresholdForTopic > 0) messages = share(pullThresholdForTopic);
      if (pullThresholdSizeForTopic > 0) bytes = share(pullThresholdSizeForTopic);
    }
    return { messages, bytes, span: orderly ? Infinity : consumeConcurrentlyMaxSpan };
  }

  private async refreshLocks(): Promise<void> {
    const lost = (await this.locks?.refresh()) ?? [];
    for (const queue of lost) {
      const owned = this.queues.get(queue);
      if (owned) this.dispatch.cancel('the queue was locked for another consumer', owned);
      this.queues.abandon(queue, 'it was locked for another consumer');
    }
  }

  private async drain(): Promise<void> {
    const { drainTimeoutMs, group } = this.settings;
    const { clock, logger } = this.client;
    try {
      const idle = Promise.all(this.dispatches.map((dispatch) => dispatch.whenIdle()));
      await withTimeout(idle, { clock, timeoutMs: drainTimeoutMs, what: 'listeners' });
    } catch (error) {
      const inFlight = this.dispatches.flatMap((dispatch) => dispatch.inFlight());
      const messageIds = inFlight.map(({ messageId }) => messageId);
      logger.warn('listeners did not end in time; their messages will come again', { group, messageIds, error });
      this.stopped.abort();
      for (const dispatch of this.dispatches) dispatch.cancel('the consumer was stopped');
    }
  }

  private createMember(): ConsumerMember {
    const { client, settings, startedAt, subscriptions, queues, locks, statistics } = this;
    return consumerMember({
      ...{ client, settings, startedAt, subscriptions, queues, locks, statistics },
      consumeType: 'CONSUME_PASSIVELY',
      isOrderly: settings.listener.mode === 'orderly',
      concurrency: () => this.concurrency,
      rebalanceSoon: () => {
        if (!this.isStopping) void this.rebalancer.request();
      },
      onBrokerLost: (address) => this.onBrokerLost(address),
      consumeDirectly: (message) => {
        const { topic, brokerName, queueId } = message;
        const queue = { topic, brokerName, queueId };
        return this.dispatch.consumeDirectly({ queue, signal: this.stopped.signal }, message);
      },
    });
  }

  private onBrokerLost(address: string): void {
    const lost = this.client.routes.allBrokers().find((broker) => broker.address === address);
    if (lost?.brokerId !== MASTER_ID) return;
    this.locks?.forget(lost.brokerName);
    for (const queue of this.queues.all) {
      if (queue.queue.brokerName !== lost.brokerName) continue;
      queue.persistedOffset = undefined; // the broker may come back with an older one
      if (this.locks) this.queues.suspend(queue.queue);
    }
  }
}
