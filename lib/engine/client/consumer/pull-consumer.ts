import { ConfigurationError, TopicNotFoundError } from '../../common/errors.js';
import { Service } from '../../common/lifecycle.js';
import { untilAborted, type WaitOptions } from '../../common/on-abort.js';
import { viewRecords } from '../../message/record-view.js';
import type { ReceivedMessage } from '../../message/message.js';
import { compareMessageQueues, type MessageQueue } from '../../message/message-queue.js';
import { PropertyName } from '../../message/property-names.js';
import { matchesTag } from '../../message/tags.js';
import { retryTopic } from '../../message/topic-names.js';
import type { MessageModel } from '../../protocol/bodies/heartbeat-data.js';
import { MASTER_ID } from '../../protocol/bodies/topic-route-data.js';
import { RequestCode } from '../../protocol/request-code.js';
import { PullSysFlag } from '../../protocol/requests/pull-message.js';
import type { PullStatus } from '../broker-api.js';
import type { ClientInstance } from '../client-instance.js';
import { checkGroup, checkInteger } from '../option-checks.js';
import { originalTopic, StoredMessage } from '../received-message.js';
import { createOffsetStore } from './create-offset-store.js';
import type { MessageFilter } from './lite-pull-consumer-options.js';
import type { OffsetStore } from './offset-store.js';
import { QueueBounds } from './queue-bounds.js';
import { SendBack } from './send-back.js';
import { parseSubscription } from './subscription.js';

/** Of a consumer that pulls from the queues it names itself. */
export interface PullConsumerOptions {
  /** Consumer group: whose progress is read and written. */
  group: string;
  /** Default CLUSTERING: progress is kept by the brokers. */
  messageModel?: MessageModel;
  /** For messages sent back: beyond it they are dead letters. Default 16. */
  maxReconsumeTimes?: number;
}

export interface PullOptions extends MessageFilter {
  /** Default 32; at most what the broker allows. */
  maxMessages?: number;
  /** How long pullBlockIfNotFound() lets the broker wait. Default 20000. */
  suspendTimeoutMs?: number;
  signal?: AbortSignal;
}

/** What one pull has brought. */
export interface PullOutcome {
  readonly status: PullStatus;
  /** Empty unless status is FOUND. */
  readonly messages: readonly ReceivedMessage[];
  /** Where the next pull begins. */
  readonly nextBeginOffset: number;
  readonly minOffset: number;
  readonly maxOffset: number;
}

/** Source: Apache 5.3 DefaultMQPullConsumer. */
const DEFAULTS = { maxMessages: 32, suspendTimeoutMs: 20_000, maxReconsumeTimes: 16 };
const PULL_TIMEOUT_MS = 10_000;

/**
 * Pulls what it is told to, queue by queue; which queues, where and whether it was consumed is all its
 * user's business. Source: Apache 5.3 DefaultMQPullConsumer.
 */
export class PullConsumer extends Service {
  private readonly group: string;
  private readonly offsets: OffsetStore;
  private readonly bounds: QueueBounds;
  private readonly sendBack: SendBack;
  /** Broker ids to read from, as brokers suggested. */
  private readonly readFrom = new Map<string, number>();

  /** @throws ConfigurationError naming the option */
  constructor(
    private readonly client: ClientInstance,
    options: PullConsumerOptions,
  ) {
    super();
    checkGroup(options.group);
    this.group = client.namespace.wrap(options.group);
    const { maxReconsumeTimes = DEFAULTS.maxReconsumeTimes } = options;
    checkInteger('maxReconsumeTimes', maxReconsumeTimes, 0);
    this.offsets = createOffsetStore(client, this.group, options.messageModel ?? 'CLUSTERING', true);
    this.bounds = new QueueBounds(client);
    this.sendBack = new SendBack(client, this.group, maxReconsumeTimes);
  }

  /** Sorted. @throws TopicNotFoundError */
  async fetchSubscribeMessageQueues(topic: string, { signal }: WaitOptions = {}): Promise<MessageQueue[]> {
    const { routes, namespace } = this.client;
    const route = await untilAborted(routes.refresh(namespace.wrap(topic)), signal);
    if (!route || route.isProvisional) throw new TopicNotFoundError(topic, 'create it first');
    return [...route.subscribeQueues].sort(compareMessageQueues);
  }

  /**
   * The messages at `queueOffset` and behind it; answers at once.
   * @throws BrokerResponseError | RequestTimeoutError | ConnectError | AbortedError
   */
  pull(queue: MessageQueue, queueOffset: number, options: PullOptions = {}): Promise<PullOutcome> {
    return this.pullWith(queue, queueOffset, 0, options);
  }

  /** The same; where there is nothing the broker waits for the next message up to suspendTimeoutMs. */
  async pullBlockIfNotFound(queue: MessageQueue, queueOffset: number, options: PullOptions = {}): Promise<PullOutcome> {
    const { suspendTimeoutMs = DEFAULTS.suspendTimeoutMs } = options;
    checkInteger('suspendTimeoutMs', suspendTimeoutMs, 1);
    return this.pullWith(queue, queueOffset, suspendTimeoutMs, options);
  }

  /** Where the group stands; undefined when nothing was committed. */
  fetchConsumeOffset(queue: MessageQueue, { signal }: WaitOptions = {}): Promise<number | undefined> {
    return untilAborted(this.offsets.read(queue), signal);
  }

  /** Resolves when it is stored. @param queueOffset of the next message that is to be consumed */
  async updateConsumeOffset(queue: MessageQueue, queueOffset: number, { signal }: WaitOptions = {}): Promise<void> {
    checkInteger('queueOffset', queueOffset, 0);
    await untilAborted(this.offsets.write(queue, queueOffset), signal);
  }

  minOffset(queue: MessageQueue, options?: WaitOptions): Promise<number> {
    return this.bounds.min(queue, options);
  }

  maxOffset(queue: MessageQueue, options?: WaitOptions): Promise<number> {
    return this.bounds.max(queue, options);
  }

  /** Of the first message stored at `timestamp` (milliseconds) or later. */
  searchOffset(queue: MessageQueue, timestamp: number, options?: WaitOptions): Promise<number> {
    return this.bounds.at(queue, timestamp, options);
  }

  /**
   * Has the group's retry topic bring a message again later.
   * @param delayLevel 1..18; 0: grows with each attempt; -1: to the dead letters
   */
  async sendMessageBack(message: ReceivedMessage, delayLevel = 0, { signal }: WaitOptions = {}): Promise<void> {
    checkInteger('delayLevel', delayLevel, -1);
    if (!(message instanceof StoredMessage)) {
      throw new ConfigurationError('message', 'was not pulled by a consumer; give one back as it came');
    }
    await untilAborted(this.sendBack.send(message, delayLevel), signal);
  }

  protected async onStart(): Promise<void> {
    // Routes and connections come when they are needed; a group of pulls has no members.
  }

  protected async onStop(): Promise<void> {
    // Nothing is held: pulls end with their signals or time limits.
  }

  private async pullWith(
    queue: MessageQueue,
    queueOffset: number,
    suspendTimeoutMs: number,
    { maxMessages = DEFAULTS.maxMessages, signal, ...filter }: PullOptions,
  ): Promise<PullOutcome> {
    checkInteger('queueOffset', queueOffset, 0);
    checkInteger('maxMessages', maxMessages, 1);
    const { client, group } = this;
    const { clock, brokers, namespace } = client;
    const { topic, brokerName, queueId } = queue;
    const { data, tags } = parseSubscription({ topic, ...filter }, clock.now());
    const header = {
      consumerGroup: group,
      topic,
      queueId,
      queueOffset,
      maxMsgNums: maxMessages,
      sysFlag: PullSysFlag.subscription | (suspendTimeoutMs > 0 ? PullSysFlag.suspend : 0),
      commitOffset: 0,
      suspendTimeoutMillis: suspendTimeoutMs,
      subscription: data.subString,
      subVersion: data.subVersion,
      expressionType: data.expressionType,
      brokerName,
    };
    const result = await brokers.pullMessage(await this.addressOf(queue), header, {
      code: RequestCode.PULL_MESSAGE,
      timeoutMs: PULL_TIMEOUT_MS + suspendTimeoutMs,
      signal,
    });
    this.readFrom.set(brokerName, result.suggestWhichBrokerId);
    const { status, nextBeginOffset, minOffset, maxOffset, records } = result;
    const messages = (records === undefined ? [] : viewRecords(records))
      .filter(({ properties }) => !tags || matchesTag(tags, properties.get(PropertyName.tags)))
      .map((record) => {
        const sentTo = namespace.unwrap(originalTopic(record, retryTopic(group)));
        return new StoredMessage(record, brokerName, sentTo);
      });
    // Brokers filter by a tag's hash; what is left out here may have been everything.
    const isNothingLeft = status === 'FOUND' && messages.length === 0;
    return { status: isNothingLeft ? 'NO_MATCHED_MSG' : status, messages, nextBeginOffset, minOffset, maxOffset };
  }

  private async addressOf(queue: MessageQueue): Promise<string> {
    const { routes } = this.client;
    const wished = this.readFrom.get(queue.brokerName) ?? MASTER_ID;
    return routes.readAddress(queue.brokerName, wished)?.address ?? (await routes.findMasterAddress(queue));
  }
}
