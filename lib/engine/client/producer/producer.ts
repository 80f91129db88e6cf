import { ClosedError, InvalidMessageError, type RocketMqError } from '../../common/errors.js';
import { Service } from '../../common/lifecycle.js';
import type { Message, ReceivedMessage } from '../../message/message.js';
import type { MessageQueue } from '../../message/message-queue.js';
import { isRetryTopic } from '../../message/topic-names.js';
import type { ClientInstance } from '../client-instance.js';
import type { ProducerMember } from '../group-member.js';
import { checkGroup, checkInteger, withDefaults } from '../option-checks.js';
import { AutoBatch, type JoinedSend } from './auto-batch.js';
import { batchParts, checkBatchMember, mergeBatchResults, outgoingBatch, type BatchMember } from './batch.js';
import { MessageSender } from './message-sender.js';
import {
  checkBody,
  checkFlag,
  checkTopic,
  encodeBody,
  encodeMessageProperties,
  type OutgoingMessage,
} from './outgoing-message.js';
import { producerDefaults, type ProducerOptions, type Reply, type SendOptions } from './producer-options.js';
import { chooseQueue } from './queue-selector.js';
import { replyProperties, replyTopic, requestProperties } from './request-reply.js';
import type { SendResult } from './send-result.js';

const noOptions: SendOptions = {};

/**
 * Sends messages. Every send is checked before it leaves: one that cannot be stored is an
 * InvalidMessageError and disturbs nobody else. Source: Apache 5.3 DefaultMQProducer.
 */
export class Producer extends Service {
  protected readonly options: ProducerOptions & typeof producerDefaults;
  protected readonly sender: MessageSender;
  /** Topics whose name is checked and whose route is known. */
  private readonly opened = new Set<string>();
  private readonly opening = new Map<string, Promise<void>>();
  private readonly batches?: AutoBatch;
  private member?: ProducerMember;
  private sending = 0;
  private whenSent?: () => void;

  /** @throws ConfigurationError naming the option */
  constructor(
    protected readonly client: ClientInstance,
    options: ProducerOptions,
  ) {
    super();
    checkGroup(options.group);
    this.options = withDefaults(options, producerDefaults);
    checkInteger('sendMsgTimeoutMs', this.options.sendMsgTimeoutMs, 1);
    checkInteger('retryTimesWhenSendFailed', this.options.retryTimesWhenSendFailed, 0);
    checkInteger('compressMsgBodyOverHowmuch', this.options.compressMsgBodyOverHowmuch, 0);
    checkInteger('maxMessageSize', this.options.maxMessageSize, 1);
    checkInteger('defaultTopicQueueNums', this.options.defaultTopicQueueNums, 1);
    this.sender = new MessageSender(client, this.options);
    if (this.options.autoBatch) this.batches = new AutoBatch(client.clock, (joined) => this.sendJoined(joined));
  }

  /**
   * Resolves when the broker has stored the message as its configuration promises. By default a
   * failed attempt is repeated on another queue; on a chosen queue there is one attempt, since a
   * repetition could overtake or follow what was sent behind it.
   * @throws InvalidMessageError nothing was sent; BrokerResponseError, RequestTimeoutError, ClosedError, ConnectError
   */
  async send(message: Message, options: SendOptions = noOptions): Promise<SendResult> {
    this.begin();
    try {
      const deadline = this.deadline(options.timeoutMs);
      if (!this.isOpen(message.topic)) await this.open(message.topic);
      const queues = this.sender.publishQueues(message.topic);
      const queue = chooseQueue(queues, message, options);
      if (this.batches && this.mayJoin(message, options)) return await this.join(this.batches, message, queue);
      this.batches?.flush();
      return await this.sender.send(this.encode(message), { queues, deadline, queue, signal: options.signal });
    } finally {
      this.finish();
    }
  }

  /** Resolves when the request has left; nothing says whether it was stored. */
  async sendOneway(message: Message, options: SendOptions = noOptions): Promise<void> {
    this.begin();
    try {
      if (!this.isOpen(message.topic)) await this.open(message.topic);
      const queues = this.sender.publishQueues(message.topic);
      this.batches?.flush();
      await this.sender.sendOneway(this.encode(message), queues, chooseQueue(queues, message, options));
    } finally {
      this.finish();
    }
  }

  /**
   * Messages of one topic, stored side by side in one queue. A batch beyond maxMessageSize is sent
   * in parts, one after the other; when one fails, those before it are stored.
   * @throws as send()
   */
  async sendBatch(messages: readonly Message[], options: SendOptions = noOptions): Promise<SendResult> {
    this.begin();
    try {
      const deadline = this.deadline(options.timeoutMs);
      const first = messages.at(0);
      if (!first) throw new InvalidMessageError('messages', 'is empty; a batch has at least one message');
      if (!this.isOpen(first.topic)) await this.open(first.topic);
      const queues = this.sender.publishQueues(first.topic);
      const parts = batchParts(
        messages.map((message) => this.encodeBatched(message, first)),
        this.options.maxMessageSize,
      );
      let queue: MessageQueue | undefined = chooseQueue(queues, first, options);
      this.batches?.flush();
      const results: SendResult[] = [];
      for (const part of parts) {
        const attempt = { queues, deadline, queue, signal: options.signal };
        const result = await this.sender.send(outgoingBatch(first, part), attempt);
        results.push(result);
        queue ??= result.queue;
      }
      return mergeBatchResults(results);
    } finally {
      this.finish();
    }
  }

  /**
   * Sends a message and waits for the reply of whoever consumes it, sending and waiting within one
   * timeout. @throws RequestTimeoutError no reply; and as send()
   */
  async request(message: Message, options: SendOptions = noOptions): Promise<ReceivedMessage> {
    this.begin();
    const waiting = new AbortController();
    try {
      const timeoutMs = options.timeoutMs ?? this.options.sendMsgTimeoutMs;
      const deadline = this.deadline(timeoutMs);
      if (!this.isOpen(message.topic)) await this.open(message.topic);
      const queues = this.sender.publishQueues(message.topic);
      const correlationId = this.client.random.bytes(16).toString('hex');
      const signal = options.signal ? AbortSignal.any([options.signal, waiting.signal]) : waiting.signal;
      const outgoing = this.encode(message, requestProperties(correlationId, this.client.clientId, timeoutMs));
      const reply = this.client.replies.wait(correlationId, timeoutMs, signal);
      reply.catch(() => undefined); // when the send fails, that is what the caller hears of
      const queue = chooseQueue(queues, message, options);
      await this.sender.send(outgoing, { queues, deadline, queue, signal: options.signal });
      return await reply;
    } finally {
      waiting.abort();
      this.finish();
    }
  }

  /**
   * Answers a request that a consumer has received; the broker the request came by hands the reply on.
   * @throws InvalidMessageError the message is no request; BrokerResponseError its sender is gone; and as send()
   */
  async reply(request: ReceivedMessage, reply: Reply): Promise<void> {
    this.begin();
    try {
      const message = { ...reply, topic: replyTopic(request) };
      const deadline = this.deadline();
      if (!this.isOpen(message.topic)) await this.open(message.topic);
      const queues = this.sender.publishQueues(message.topic);
      const queue = queues.find(({ brokerName }) => brokerName === request.brokerName) ?? queues[0];
      const outgoing = { ...this.encode(message, replyProperties(request)), isReply: true };
      await this.sender.send(outgoing, { queues, deadline, queue });
    } finally {
      this.finish();
    }
  }

  /** The queues that messages of a topic can be sent to, in the order selectors see them. @throws TopicNotFoundError */
  async publishQueues(topic: string): Promise<readonly MessageQueue[]> {
    if (!this.isOpen(topic)) await this.open(topic);
    return this.sender.publishQueues(topic);
  }

  protected override async onStart(): Promise<void> {
    this.member = this.describe();
    await this.client.registerProducer(this.member);
  }

  /** Sends under way are finished; each has its own timeout. */
  protected override async onStop(): Promise<void> {
    if (this.sending > 0) await new Promise<void>((resolve) => (this.whenSent = resolve));
    if (this.member) await this.client.unregisterProducer(this.member);
  }

  /** How brokers' requests reach this producer. */
  protected describe(): ProducerMember {
    return { group: this.options.group };
  }

  protected begin(): void {
    if (!this.isRunning) throw this.notRunning();
    this.sending++;
  }

  protected finish(): void {
    this.sending--;
    if (this.sending === 0) this.whenSent?.();
  }

  protected deadline(timeoutMs = this.options.sendMsgTimeoutMs): number {
    checkInteger('timeoutMs', timeoutMs, 1);
    return this.client.clock.monotonic() + timeoutMs;
  }

  protected isOpen(topic: string): boolean {
    return this.opened.has(topic);
  }

  /**
   * Meets a topic for the first time. Sends made meanwhile wait behind each other, and none that
   * comes later overtakes them: from then on a send leaves in the turn in which it is called.
   */
  protected open(topic: string): Promise<void> {
    let opening = this.opening.get(topic);
    if (!opening) {
      checkTopic(topic);
      opening = this.sender.loadRoute(topic);
      this.opening.set(topic, opening);
      void this.settleOpening(topic, opening);
    }
    return opening;
  }

  private async settleOpening(topic: string, opening: Promise<void>): Promise<void> {
    const succeeded = await opening.then(
      () => true,
      () => false,
    );
    await Promise.resolve(); // those who wait go first
    this.opening.delete(topic);
    if (succeeded) this.opened.add(topic);
  }

  protected encode(message: Message, extraProperties = '', extraSysFlag = 0): OutgoingMessage {
    const messageId = this.client.messageIds.next();
    const { body, sysFlag } = encodeBody(message.body, this.options);
    return {
      topic: message.topic,
      body,
      sysFlag: sysFlag | extraSysFlag,
      flag: checkFlag(message.flag),
      properties: encodeMessageProperties(message, messageId, extraProperties),
      messageId,
    };
  }

  private encodeBatched(message: Message, first: Message): BatchMember {
    checkBatchMember(message, first);
    checkBody(message.body, this.options.maxMessageSize);
    const messageId = this.client.messageIds.next();
    const properties = encodeMessageProperties(message, messageId);
    return { messageId, flag: checkFlag(message.flag), body: message.body, properties };
  }

  /** A batch knows neither delay nor compression, and its messages share a timeout. */
  private mayJoin(message: Message, { timeoutMs, signal }: SendOptions): boolean {
    return (
      Buffer.isBuffer(message.body) &&
      message.body.length < this.options.compressMsgBodyOverHowmuch &&
      (message.delayLevel ?? 0) === 0 &&
      message.deliverAt === undefined &&
      timeoutMs === undefined &&
      signal === undefined &&
      !isRetryTopic(message.topic)
    );
  }

  private join(batches: AutoBatch, message: Message, queue: MessageQueue | undefined): Promise<SendResult> {
    checkBody(message.body, this.options.maxMessageSize);
    const messageId = this.client.messageIds.next();
    const properties = encodeMessageProperties(message, messageId);
    const member = { messageId, flag: checkFlag(message.flag), body: message.body, properties };
    return batches.add(message.topic, queue, message.waitStoreOk ?? true, member);
  }

  private sendJoined({ topic, queue, waitStoreOk, members }: JoinedSend): Promise<SendResult> {
    const [only] = members;
    const outgoing =
      members.length === 1 ? { ...only, topic, sysFlag: 0 } : outgoingBatch({ topic, waitStoreOk }, members);
    return this.sender.send(outgoing, {
      queues: this.sender.publishQueues(topic),
      deadline: this.deadline(),
      queue,
    });
  }

  private notRunning(): RocketMqError {
    const remedy = this.isStopping ? 'create a new one' : 'call start() first';
    return new ClosedError(`the producer of group ${this.options.group} is not running; ${remedy}`);
  }
}
