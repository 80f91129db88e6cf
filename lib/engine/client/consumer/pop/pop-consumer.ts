import { ClosedError, ConfigurationError } from '../../../common/errors.js';
import { onAbort, untilAborted, type WaitOptions } from '../../../common/on-abort.js';
import { Service } from '../../../common/lifecycle.js';
import type { ReceivedMessage } from '../../../message/message.js';
import type { MessageQueue } from '../../../message/message-queue.js';
import type { ConsumeFromWhere } from '../../../protocol/bodies/heartbeat-data.js';
import type { ClientInstance } from '../../client-instance.js';
import type { ConsumerMember } from '../../group-member.js';
import { checkGroup, checkInteger, withDefaults } from '../../option-checks.js';
import { consumerMember } from '../consumer-member.js';
import { parseSubscriptions, type ParsedSubscription } from '../subscription.js';
import type { Subscription } from '../push-consumer-options.js';
import { PopClient } from './pop-client.js';
import { asPopped } from './popped-message.js';

/** Of a consumer that takes single messages from shared queues. */
export interface PopConsumerOptions {
  /** Consumer group. */
  group: string;
  subscriptions: readonly Subscription[];
  /** For a group that has consumed nothing yet: the first message there is, or the next that comes. Default CONSUME_FROM_LAST_OFFSET. */
  consumeFromWhere?: Exclude<ConsumeFromWhere, 'CONSUME_FROM_TIMESTAMP'>;
  /** How long popped messages are nobody else's. Default 60000. */
  invisibleTimeMs?: number;
  /** Messages of one pop. Default 32, which is also the most. */
  popBatchSize?: number;
  /** How long pop() waits. Default 15000. */
  popTimeoutMs?: number;
  /**
   * In order: while messages popped from a queue are not acknowledged, and their time is not over, nobody of the group
   * gets more of that queue; then the same come again first. For all members alike. Default false.
   */
  isOrderly?: boolean;
}

/** Of one pop(). */
export interface PopOptions {
  maxMessages?: number;
  invisibleTimeMs?: number;
  /** 0: does not wait. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** Source: Apache 5.3 DefaultMQPushConsumer, its pop settings. */
const popConsumerDefaults = {
  consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
  invisibleTimeMs: 60_000,
  popBatchSize: 32,
  popTimeoutMs: 15_000,
  isOrderly: false,
} as const satisfies Partial<PopConsumerOptions>;

const MAX_BATCH = 32;
/** With several brokers or topics none is waited for longer while another may have something. */
const TURN_MS = 1000;

type Settings = PopConsumerOptions & Required<Omit<PopConsumerOptions, 'group' | 'subscriptions'>>;

/**
 * Takes messages one by one from what all members of its group share: nobody owns a queue, so no member
 * holds up the others. What is not acknowledged in time comes again. Needs a broker of 5.x.
 * Source: Apache 5.3 PopMessageProcessor; org.apache.rocketmq.client.apis.consumer.SimpleConsumer is its like.
 */
export class PopConsumer extends Service {
  private readonly settings: Settings;
  private readonly subscriptions: ReadonlyMap<string, ParsedSubscription>;
  private readonly pops: PopClient;
  private readonly member: ConsumerMember;
  private readonly stopped = new AbortController();
  private turn: number;

  /** @throws ConfigurationError naming the option */
  constructor(
    private readonly client: ClientInstance,
    options: PopConsumerOptions,
  ) {
    super();
    const settings: Settings = withDefaults(client.namespace.ofConsumer(options), popConsumerDefaults);
    this.settings = settings;
    checkGroup(settings.group);
    if (settings.subscriptions.length === 0) {
      throw new ConfigurationError('subscriptions', 'is empty; name at least one topic');
    }
    checkInteger('invisibleTimeMs', settings.invisibleTimeMs, 1);
    checkInteger('popBatchSize', settings.popBatchSize, 1, MAX_BATCH);
    checkInteger('popTimeoutMs', settings.popTimeoutMs, 0);
    const startedAt = client.clock.now();
    this.subscriptions = parseSubscriptions(settings.subscriptions, startedAt);
    this.pops = new PopClient(client, settings.group, settings.consumeFromWhere, settings.isOrderly);
    this.turn = client.random.nextInt(1024);
    this.member = consumerMember({
      client,
      settings,
      consumeType: 'CONSUME_POP',
      isOrderly: settings.isOrderly,
      concurrency: () => 1,
      startedAt,
      subscriptions: this.subscriptions,
      consumeDirectly: 'this consumer has no listener: it pops',
    });
  }

  /**
   * Messages that are ours for invisibleTimeMs; none when the time is up or the consumer is stopped.
   * Brokers and topics take turns.
   * @throws BrokerResponseError | RequestTimeoutError | ConnectError | AbortedError; ClosedError when it is not running
   */
  async pop({
    maxMessages = this.settings.popBatchSize,
    invisibleTimeMs = this.settings.invisibleTimeMs,
    timeoutMs = this.settings.popTimeoutMs,
    signal,
  }: PopOptions = {}): Promise<ReceivedMessage[]> {
    this.assertRunning();
    checkInteger('maxMessages', maxMessages, 1, MAX_BATCH);
    checkInteger('invisibleTimeMs', invisibleTimeMs, 1);
    checkInteger('timeoutMs', timeoutMs, 0);
    const { clock } = this.client;
    const deadline = clock.monotonic() + timeoutMs;
    const ended = new AbortController();
    const listening = [signal, this.stopped.signal].map(
      (source) => source && onAbort(source, () => ended.abort(source.reason)),
    );
    if (signal?.aborted) ended.abort(signal.reason);
    const call = { maxMessages, invisibleTimeMs, signal: ended.signal };
    try {
      const targets = await this.targets();
      for (let tries = 0; ; tries++) {
        const leftMs = Math.max(0, Math.ceil(deadline - clock.monotonic()));
        // Each is asked once whether it has something at hand before any is waited for.
        const pollTimeMs = tries < targets.length ? 0 : Math.min(leftMs, targets.length > 1 ? TURN_MS : leftMs);
        const { queue, subscription } = targets[this.turn++ % targets.length];
        const popped = await this.pops.pop(queue, subscription, { ...call, pollTimeMs });
        if (popped.length > 0 || (leftMs === 0 && tries >= targets.length - 1)) return popped;
      }
    } catch (error) {
      if (this.isStopping && signal?.aborted !== true) return [];
      throw error;
    } finally {
      for (const stopListening of listening) stopListening?.();
    }
  }

  /** Consumed: it does not come again. @throws ConfigurationError when it was not popped; BrokerResponseError and the like */
  async ack(message: ReceivedMessage, { signal }: WaitOptions = {}): Promise<void> {
    await untilAborted(this.pops.ack(asPopped(message)), signal);
  }

  /** It stays ours for so long from now on, then it comes again: to have more time, or for a later attempt. */
  async changeInvisibleTime(
    message: ReceivedMessage,
    invisibleTimeMs: number,
    { signal }: WaitOptions = {},
  ): Promise<void> {
    checkInteger('invisibleTimeMs', invisibleTimeMs, 0);
    await untilAborted(this.pops.changeInvisibleTime(asPopped(message), invisibleTimeMs), signal);
  }

  protected override async onStart(): Promise<void> {
    const { routes } = this.client;
    const topics = [...this.subscriptions.keys()];
    await Promise.allSettled(topics.map((topic) => routes.refresh(topic))); // what fails is tried again while watching
    for (const topic of topics) routes.watch(topic);
    await this.client.registerConsumer(this.member);
  }

  /** Ends pops that wait, leaves the group. What is not acknowledged comes again when its time is over. */
  protected override async onStop(): Promise<void> {
    this.stopped.abort();
    await this.client.unregisterConsumer(this.member);
    for (const topic of this.subscriptions.keys()) this.client.routes.unwatch(topic);
  }

  private assertRunning(): void {
    if (!this.isRunning) throw new ClosedError('the consumer is not running; start it first');
  }

  /** Every broker of every topic. @throws TopicNotFoundError as loading the route does */
  private async targets(): Promise<{ queue: MessageQueue; subscription: ParsedSubscription }[]> {
    const { routes } = this.client;
    const targets: { queue: MessageQueue; subscription: ParsedSubscription }[] = [];
    for (const [topic, subscription] of this.subscriptions) {
      const route = routes.find(topic) ?? (await routes.refresh(topic));
      const names = new Set(route?.subscribeQueues.map(({ brokerName }) => brokerName));
      for (const brokerName of names) targets.push({ queue: { topic, brokerName, queueId: -1 }, subscription });
    }
    if (targets.length > 0) return targets;
    throw new ConfigurationError('subscriptions', 'names no topic that can be read; create it first');
  }
}
