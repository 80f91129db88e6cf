import type { Engine, PushConsumer, PushConsumerOptions } from '../engine/index.js';
import { GroupDelivery, type DeliveryParts } from './group-delivery.js';
import type { GroupOptions, GroupPlan } from './subscription-plan.js';

export interface ConsumerGroupParts extends DeliveryParts {
  drainTimeoutMs: number;
}

/** Whether a group of this process takes messages; paused, it keeps its queues. */
export type ConsumerGroupState = 'stopped' | 'running' | 'paused';

const CONSUMER_TIMEOUT_MARGIN_MS = 30_000;

/** One push consumer, and the listeners that share it. */
export class ConsumerGroup {
  private consumer?: PushConsumer;
  private isPaused = false;
  /** Set at runtime. */
  private concurrency?: number;
  /** Starts and stops one after the other. */
  private turn: Promise<void> = Promise.resolve();
  private readonly delivery: GroupDelivery;

  constructor(
    readonly plan: GroupPlan,
    private readonly parts: ConsumerGroupParts,
  ) {
    this.delivery = new GroupDelivery(plan, parts);
  }

  get state(): ConsumerGroupState {
    if (this.consumer === undefined) return 'stopped';
    return this.isPaused ? 'paused' : 'running';
  }

  start(engine: Engine): Promise<void> {
    return this.inTurn(async () => {
      if (this.consumer !== undefined) return;
      const consumer = engine.createPushConsumer(this.consumerOptions());
      await consumer.start();
      this.consumer = consumer;
    });
  }

  /** Resolves when the handlers have ended, or the drain deadline has passed. */
  stop(): Promise<void> {
    return this.inTurn(async () => {
      const consumer = this.consumer;
      this.consumer = undefined;
      this.isPaused = false;
      await consumer?.stop();
    });
  }

  /** Handlers running at a time, from now on. A running consumer leaves its group and joins it again. */
  async setConcurrency(concurrency: number, engine: Engine): Promise<void> {
    this.concurrency = concurrency;
    if (this.consumer === undefined) return;
    await this.stop();
    await this.start(engine);
  }

  /** Fetches nothing more; what was fetched is still handled. */
  pause(): void {
    this.consumer?.pause();
    this.isPaused = this.consumer !== undefined;
  }

  resume(): void {
    this.consumer?.resume();
    this.isPaused = false;
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined); // its caller knows
    return done;
  }

  private consumerOptions(): PushConsumerOptions {
    const { plan, parts, delivery } = this;
    const given: GroupOptions = { ...definedOf(parts.defaults), ...definedOf(plan.options) };
    const { consumeFrom } = given;
    const options: PushConsumerOptions = {
      group: plan.group,
      subscriptions: plan.subscriptions,
      listener:
        given.mode === 'orderly'
          ? { mode: 'orderly', consume: (messages, context) => delivery.consumeOrderly(messages, context) }
          : { mode: 'concurrent', consume: (messages, context) => delivery.consumeConcurrently(messages, context) },
      messageModel: given.model === 'broadcasting' ? 'BROADCASTING' : 'CLUSTERING',
      consumeFromWhere:
        consumeFrom instanceof Date
          ? 'CONSUME_FROM_TIMESTAMP'
          : consumeFrom === 'first'
            ? 'CONSUME_FROM_FIRST_OFFSET'
            : 'CONSUME_FROM_LAST_OFFSET',
      consumeTimestamp: consumeFrom instanceof Date ? consumeFrom.getTime() : undefined,
      consumeMessageBatchMaxSize: given.batch?.size ?? 1,
      consumeMessageBatchWaitMs: given.batch?.waitMs,
      rateLimit: given.rateLimit,
      enableTrace: given.enableTrace,
      traceTopic: given.traceTopic,
      concurrency: this.concurrency ?? given.concurrency,
      pullBatchSize: given.pullBatchSize,
      maxReconsumeTimes: given.maxReconsumeTimes,
      suspendCurrentQueueTimeMs: given.suspendMs,
      // The consumer's own limit comes behind those of the listeners, which can end a handler.
      consumeTimeoutMs: delivery.longestTimeoutMs + CONSUMER_TIMEOUT_MARGIN_MS,
      drainTimeoutMs: parts.drainTimeoutMs,
    };
    return definedOf(options);
  }
}

/** Without the names that are undefined, so that defaults below apply. */
function definedOf<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
