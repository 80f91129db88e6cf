import {
  ClosedError,
  Service,
  type ConcurrentOutcome,
  type Engine,
  type Message,
  type OrderlyOutcome,
  type Producer,
  type PushConsumer,
  type PushConsumerOptions,
  type ReceivedMessage,
  type SendOptions,
  type SendResult,
  type TransactionProducer,
} from '../../lib/engine/index.js';
import type { EngineStarter } from '../../lib/transport/start-engine.js';

export interface Sent {
  message: Message;
  options: SendOptions;
  kind: 'send' | 'oneway' | 'batch' | 'request' | 'reply';
}

/**
 * Keeps to the Engine interface without a broker: what is sent is written down, what is consumed a
 * test delivers by hand and gets the outcome of. For tests of the layer above the engine.
 */
export class FakeEngine implements Engine {
  readonly kind = 'embedded';
  readonly admin = undefined as never; // nothing above the engine asks it yet
  readonly sent: Sent[] = [];
  readonly consumers: FakePushConsumer[] = [];
  isStopped = false;
  /** Makes every send fail. */
  sendError?: Error;
  /** What comes back to a request. */
  answer: () => ReceivedMessage | Promise<ReceivedMessage> = () => Promise.reject(new Error('nobody replies'));
  /** Makes the start of a group's consumer fail. */
  readonly startErrors = new Map<string, Error>();

  /** Override the provider ENGINE_STARTER by it. */
  readonly starter: EngineStarter = () => Promise.resolve(this);

  createProducer(): Producer {
    return new FakeProducer(this) as unknown as Producer;
  }

  createTransactionProducer(): TransactionProducer {
    throw new Error('FakeEngine has no transactions');
  }

  createPushConsumer(options: PushConsumerOptions): PushConsumer {
    const consumer = new FakePushConsumer(options, this.startErrors.get(options.group));
    this.consumers.push(consumer);
    return consumer as unknown as PushConsumer;
  }

  createLitePullConsumer(): never {
    throw new Error('FakeEngine delivers to push consumers only');
  }

  createPopConsumer(): never {
    throw new Error('FakeEngine delivers to push consumers only');
  }

  createPullConsumer(): never {
    throw new Error('FakeEngine delivers to push consumers only');
  }

  async stop(): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.stop()));
    this.isStopped = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** The running consumer of a group. */
  consumer(group: string): FakePushConsumer {
    const running = this.consumers.filter((one) => one.options.group === group && one.isRunning);
    if (running.length !== 1) throw new Error(`group ${group} has ${running.length} running consumers`);
    return running[0];
  }

  /** Hands messages to a group's listener. @returns what became of them */
  deliver(group: string, ...messages: Partial<ReceivedMessage>[]): Promise<ConcurrentOutcome | OrderlyOutcome> {
    return this.consumer(group).deliver(messages.map(received));
  }
}

export class FakePushConsumer extends Service {
  isPaused = false;

  constructor(
    readonly options: PushConsumerOptions,
    private readonly startError?: Error,
  ) {
    super();
  }

  deliver(messages: readonly ReceivedMessage[]): Promise<ConcurrentOutcome | OrderlyOutcome> {
    const { topic, brokerName, queueId } = messages[0];
    const queue = { topic, brokerName, queueId };
    return this.options.listener.consume(messages, { queue, signal: new AbortController().signal });
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  protected async onStart(): Promise<void> {
    if (this.startError !== undefined) throw this.startError;
  }

  protected async onStop(): Promise<void> {}
}

class FakeProducer extends Service {
  constructor(private readonly engine: FakeEngine) {
    super();
  }

  async send(message: Message, options: SendOptions = {}): Promise<SendResult> {
    return this.record('send', message, options);
  }

  async sendOneway(message: Message, options: SendOptions = {}): Promise<void> {
    this.record('oneway', message, options);
  }

  async sendBatch(messages: readonly Message[], options: SendOptions = {}): Promise<SendResult> {
    return messages.map((message) => this.record('batch', message, options))[0];
  }

  async request(message: Message, options: SendOptions = {}): Promise<ReceivedMessage> {
    this.record('request', message, options);
    return this.engine.answer();
  }

  async reply({ topic }: ReceivedMessage, reply: Omit<Message, 'topic'>): Promise<void> {
    this.record('reply', { ...reply, topic }, {});
  }

  protected async onStart(): Promise<void> {}
  protected async onStop(): Promise<void> {}

  private record(kind: Sent['kind'], message: Message, options: SendOptions): SendResult {
    if (this.isStopping) throw new ClosedError('the producer was stopped');
    if (this.engine.sendError !== undefined) throw this.engine.sendError;
    this.engine.sent.push({ kind, message, options });
    const queue = { topic: message.topic, brokerName: 'fake', queueId: 0 };
    const id = `M${this.engine.sent.length}`;
    return { status: 'SEND_OK', messageId: id, offsetMessageId: id, queue, queueOffset: this.engine.sent.length - 1 };
  }
}

/** A message as a broker would deliver it for the first time. */
export function received(given: Partial<ReceivedMessage>): ReceivedMessage {
  return {
    topic: 'topic',
    brokerName: 'fake',
    queueId: 0,
    queueOffset: 0,
    body: Buffer.from('{}'),
    keys: [],
    flag: 0,
    properties: new Map(),
    messageId: 'M1',
    offsetMessageId: 'M1',
    reconsumeTimes: 0,
    bornTimestamp: 0,
    bornHost: '127.0.0.1:1',
    storeTimestamp: 0,
    storeHost: '127.0.0.1:2',
    sysFlag: 0,
    physicalOffset: 0,
    preparedTransactionOffset: 0,
    ...given,
  };
}

/** A message with a JSON body, marked as such. */
export function jsonMessage(payload: unknown, given: Partial<ReceivedMessage> = {}): Partial<ReceivedMessage> {
  return {
    body: Buffer.from(JSON.stringify(payload)),
    ...given,
    properties: new Map([['contentType', 'application/json'], ...(given.properties ?? [])]),
  };
}
