import { attempt } from '../../common/attempt.js';
import {
  AbortedError,
  BrokerResponseError,
  ClosedError,
  InvalidMessageError,
  type RocketMqError,
} from '../../common/errors.js';
import { Service } from '../../common/lifecycle.js';
import type { Message, ReceivedMessage } from '../../message/message.js';
import type { MessageQueue } from '../../message/message-queue.js';
import { parseRecallHandle } from '../../message/recall-handle.js';
import type { ClientInstance } from '../client-instance.js';
import type { ProducerMember } from '../group-member.js';
import { callHooks } from '../hooks/call-hooks.js';
import type { ProducerHook } from '../hooks/producer-hook.js';
import { TraceDispatcher } from '../trace/trace-dispatcher.js';
import { producerTrace } from '../trace/trace-hooks.js';
import { AutoBatch, type JoinedSend } from './auto-batch.js';
import { batchParts, checkBatchMember, mergeBatchResults, outgoingBatch } from './batch.js';
import { MessageEncoder } from './message-encoder.js';
import { MessageSender, type Attempt } from './message-sender.js';
import { OpenedTopics } from './opened-topics.js';
import { checkTopic } from './outgoing-message.js';
import {
  resolveProducerOptions,
  type ProducerOptions,
  type Reply,
  type RequestOptions,
  type ResolvedProducerOptions,
  type SendOptions,
  type WaitOptions,
} from './producer-options.js';
import { chooseQueue } from './queue-selector.js';
import { replyProperties, replyTopic, requestProperties } from './request-reply.js';
import { SendBudget } from './send-budget.js';
import type { SendResult } from './send-result.js';

const noOptions: SendOptions = {};

/**
 * Sends messages. Every send is checked before it leaves: one that cannot be stored is an
 * InvalidMessageError and disturbs nobody else. Source: Apache 5.3 DefaultMQProducer.
 */
export class Producer extends Service {
  protected readonly options: ResolvedProducerOptions;
  protected readonly encoder: MessageEncoder;
  protected readonly sender: MessageSender;
  protected readonly hooks: readonly ProducerHook[];
  private readonly trace?: TraceDispatcher;
  private readonly topics: OpenedTopics;
  private readonly budget: SendBudget;
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
    this.options = resolveProducerOptions(options, client.namespace);
    if (this.options.enableTrace)
      this.trace = new TraceDispatcher(client, 'PRODUCE', options.group, options.traceTopic);
    this.hooks = this.trace ? [...this.options.hooks, producerTrace(client, this.trace)] : this.options.hooks;
    this.encoder = new MessageEncoder(client, this.options);
    this.sender = new MessageSender(client, { ...this.options, hooks: this.hooks });
    this.topics = new OpenedTopics(client.clock, async (topic) => {
      checkTopic(topic);
      await this.sender.loadRoute(topic);
    });
    const { backPressureForAsyncSendNum: count, backPressureForAsyncSendSize: bytes } = this.options;
    this.budget = new SendBudget(client.clock, { count, bytes });
    if (this.options.autoBatch) this.batches = new AutoBatch(client.clock, (joined) => this.sendJoined(joined));
  }

  /**
   * Resolves when the broker has stored the message as its configuration promises. By default a
   * failed attempt is repeated on another queue; on a chosen queue there is one attempt, since a
   * repetition could overtake or follow what was sent behind it.
   * @throws InvalidMessageError nothing was sent; BrokerResponseError, RequestTimeoutError, ClosedError, ConnectError
   */
  send(message: Message, options: SendOptions = noOptions): Promise<SendResult> {
    return attempt(() => {
      const inner = this.inward(message);
      const sent = this.perform(inner.topic, bodyBytes(message), options, (circumstances) => {
        const waitsAsOthers = options.timeoutMs === undefined && options.signal === undefined;
        return this.leave(inner, this.directed(circumstances, message, options), waitsAsOthers);
      });
      return this.isNamespaced ? sent.then((result) => this.outward(result)) : sent;
    });
  }

  /** Resolves when the request has left; nothing says whether it was stored. */
  async sendOneway(message: Message, options: SendOptions = noOptions): Promise<void> {
    const inner = this.inward(message);
    await this.perform(inner.topic, bodyBytes(message), options, async ({ queues }) => {
      this.batches?.flush();
      await this.sender.sendOneway(this.encoder.encode(inner), queues, this.choose(queues, message, options));
    });
  }

  /**
   * Messages of one topic, stored side by side in one queue. A batch beyond maxMessageSize is sent
   * in parts, one after the other; when one fails, those before it are stored.
   * @throws as send()
   */
  async sendBatch(messages: readonly Message[], options: SendOptions = noOptions): Promise<SendResult> {
    const first = messages.at(0);
    if (!first) throw new InvalidMessageError('messages', 'is empty; a batch has at least one message');
    const inner = messages.map((message) => this.inward(message));
    const bytes = messages.reduce((sum, message) => sum + bodyBytes(message), 0);
    const result = await this.perform(inner[0].topic, bytes, options, async (circumstances) => {
      const parts = batchParts(
        inner.map((message) => {
          checkBatchMember(message, inner[0]);
          return this.encoder.member(message);
        }),
        this.options.maxMessageSize,
      );
      let queue: MessageQueue | undefined = this.choose(circumstances.queues, first, options);
      this.batches?.flush();
      const results: SendResult[] = [];
      for (const part of parts) {
        const partResult = await this.sender.send(outgoingBatch(inner[0], part), { ...circumstances, queue });
        results.push(partResult);
        queue ??= partResult.queue;
      }
      return mergeBatchResults(results);
    });
    return this.outward(result);
  }

  /**
   * Sends a message and waits for the reply of whoever consumes it, sending and waiting within one
   * timeout. @throws RequestTimeoutError no reply; and as send()
   */
  request(message: Message, options: RequestOptions = noOptions): Promise<ReceivedMessage> {
    return attempt(() => {
      const inner = this.inward(message);
      const { timeoutMs = this.options.sendMsgTimeoutMs, signal } = options;
      return this.perform(inner.topic, bodyBytes(message), options, (circumstances) => {
        const { replies, random, clientId } = this.client;
        const correlationId = random.bytes(16).toString('hex');
        const properties = requestProperties(correlationId, clientId, timeoutMs);
        const directed = this.directed(circumstances, message, options);
        // What waits is the reply, so that the request may leave with others.
        const sending = this.leave(inner, directed, signal?.aborted !== true, properties);
        // The reply may be here before the broker has acknowledged its request.
        sending.catch((error: unknown) => replies.fail(correlationId, error));
        const reply = replies.wait(correlationId, timeoutMs, signal);
        options.onWaiting?.(() => replies.fail(correlationId, new AbortedError('the request was given up')));
        return reply;
      });
    });
  }

  /**
   * Answers a request that a consumer has received; the broker the request came by hands the reply on.
   * @throws InvalidMessageError the message is no request; BrokerResponseError its sender is gone; and as send()
   */
  async reply(request: ReceivedMessage, reply: Reply, options: WaitOptions = noOptions): Promise<void> {
    const { body, tag, properties } = reply;
    const message = { topic: replyTopic(request), body, tag, properties }; // of the cluster, so in no namespace
    await this.perform(message.topic, bodyBytes(message), options, ({ queues, deadline, signal }) => {
      const queue = queues.find(({ brokerName }) => brokerName === request.brokerName) ?? queues[0];
      const outgoing = this.encoder.encode(message, replyProperties(request), 0, true);
      return this.sender.send(outgoing, { queues, deadline, signal, queue });
    });
  }

  /**
   * Takes back a message that was sent with `deliverAt` and is not due yet.
   * @param recallHandle of its SendResult
   * @returns the message's unique id
   * @throws InvalidMessageError no such handle; BrokerResponseError it is too late, or the broker recalls nothing
   */
  async recall(topic: string, recallHandle: string, options: WaitOptions = noOptions): Promise<string> {
    const handle = parseRecallHandle(recallHandle);
    if (!handle) throw new InvalidMessageError('recallHandle', 'is none; give that of the result of the send');
    const { group: producerGroup } = this.options;
    const recalled = { producerGroup, topic: this.client.namespace.wrap(topic), messageId: handle.uniqKey };
    const tell = (success: boolean): void =>
      callHooks(this.hooks, this.client.logger, (hook) => hook.afterRecall?.({ ...recalled, success }));
    return this.perform(recalled.topic, 0, options, async () => {
      try {
        const messageId = await this.sender.recall(recalled.topic, handle.brokerName, recallHandle, options);
        tell(true);
        return messageId;
      } catch (error) {
        if (error instanceof BrokerResponseError) tell(false);
        throw error;
      }
    });
  }

  /** An id for Message.messageId, also before start(). */
  newMessageId(): string {
    return this.client.messageIds.next();
  }

  /** For those who store a message before they send it. @throws InvalidMessageError what send() would refuse as well */
  check(message: Message): void {
    this.encoder.check(this.inward(message));
  }

  /** The queues that messages of a topic can be sent to, in the order selectors see them. @throws TopicNotFoundError */
  async publishQueues(topic: string, options: WaitOptions = noOptions): Promise<readonly MessageQueue[]> {
    return this.perform(this.client.namespace.wrap(topic), 0, options, async ({ queues }) =>
      this.outwardQueues(queues),
    );
  }

  protected override async onStart(): Promise<void> {
    await this.encoder.open();
    this.sender.start();
    this.member = this.describe();
    await this.client.registerProducer(this.member);
  }

  /** Sends under way are finished; each has its own timeout. */
  protected override async onStop(): Promise<void> {
    if (this.sending > 0) await new Promise<void>((resolve) => (this.whenSent = resolve));
    await this.sender.stop();
    await this.trace?.stop();
    if (this.member) await this.client.unregisterProducer(this.member);
  }

  /** How brokers' requests reach this producer. */
  protected describe(): ProducerMember {
    return { group: this.options.group };
  }

  /**
   * One call of the application: waited for by stop(), let in when there is room for its bytes, and
   * begun when the topic is known: at once, when there is nothing to wait for.
   */
  protected perform<T>(
    topic: string,
    bytes: number,
    options: WaitOptions,
    work: (circumstances: Attempt) => Promise<T>,
  ): Promise<T> {
    if (!this.isRunning || !this.topics.has(topic) || !this.budget.tryEnter(bytes))
      return this.performInTurn(topic, bytes, options, work);
    this.begin();
    const end = (): void => {
      this.budget.leave(bytes);
      this.finish();
    };
    const { timeoutMs, signal } = options;
    const done = attempt(() => {
      const deadline = this.sender.deadline(timeoutMs);
      return work({ deadline, signal, queues: this.sender.publishQueues(topic) });
    });
    void done.then(end, end); // before whoever waits for it goes on
    return done;
  }

  private async performInTurn<T>(
    topic: string,
    bytes: number,
    { timeoutMs, signal }: WaitOptions,
    work: (circumstances: Attempt) => Promise<T>,
  ): Promise<T> {
    this.begin();
    try {
      const patience = { deadline: this.sender.deadline(timeoutMs), signal };
      const turn = this.budget.enter(bytes, patience);
      if (turn) await turn;
      try {
        if (!this.topics.has(topic)) await this.topics.open(topic, patience);
        return await work({ ...patience, queues: this.sender.publishQueues(topic) });
      } finally {
        this.budget.leave(bytes);
      }
    } finally {
      this.finish();
    }
  }

  protected begin(): void {
    if (!this.isRunning) throw this.notRunning();
    this.sending++;
  }

  protected finish(): void {
    this.sending--;
    if (this.sending === 0) this.whenSent?.();
  }

  /** The message as the cluster is to see it. */
  protected inward<M extends Message>(message: M): M {
    const { namespace } = this.client;
    if (namespace.name === '' || typeof message.topic !== 'string') return message;
    return { ...message, topic: namespace.wrap(message.topic) };
  }

  /** The result as the application is to see it. */
  protected outward(result: SendResult): SendResult {
    if (!this.isNamespaced) return result;
    return { ...result, queue: this.outwardQueues([result.queue])[0] };
  }

  private outwardQueues(queues: readonly MessageQueue[]): readonly MessageQueue[] {
    if (!this.isNamespaced) return queues;
    const { namespace } = this.client;
    return queues.map((queue) => ({ ...queue, topic: namespace.unwrap(queue.topic) }));
  }

  private get isNamespaced(): boolean {
    return this.client.namespace.name !== '';
  }

  private directed({ queues, deadline, signal }: Attempt, message: Message, options: SendOptions): Attempt {
    return { queues, deadline, signal, queue: this.choose(queues, message, options) };
  }

  private choose(queues: readonly MessageQueue[], message: Message, options: SendOptions): MessageQueue | undefined {
    if (!this.isNamespaced) return chooseQueue(queues, message, options);
    const chosen = chooseQueue(this.outwardQueues(queues), message, options);
    return chosen && { ...chosen, topic: this.client.namespace.wrap(chosen.topic) };
  }

  /** @param waitsAsOthers neither its deadline nor its signal differ from those of messages it may leave with */
  private leave(message: Message, attempt: Attempt, waitsAsOthers: boolean, extraProperties = ''): Promise<SendResult> {
    if (this.batches && waitsAsOthers && this.encoder.mayJoin(message)) {
      const member = this.encoder.member(message, extraProperties);
      return this.batches.add(message.topic, attempt.queue, message.waitStoreOk ?? true, member);
    }
    this.batches?.flush(); // what came before
    return this.sender.send(this.encoder.encode(message, extraProperties), attempt);
  }

  private sendJoined({ topic, queue, waitStoreOk, members }: JoinedSend): Promise<SendResult> {
    const [only] = members;
    const outgoing =
      members.length === 1 ? { ...only, topic, sysFlag: 0 } : outgoingBatch({ topic, waitStoreOk }, members);
    return this.sender.send(outgoing, {
      queues: this.sender.publishQueues(topic),
      deadline: this.sender.deadline(),
      queue,
    });
  }

  private notRunning(): RocketMqError {
    const remedy = this.isStopping ? 'create a new one' : 'call start() first';
    return new ClosedError(`the producer of group ${this.options.group} is not running; ${remedy}`);
  }
}

/** What is no Buffer is refused when it is encoded. */
function bodyBytes({ body }: { body?: Buffer }): number {
  return Buffer.isBuffer(body) ? body.length : 0;
}
