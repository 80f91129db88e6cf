import type { Clock, Producer, ProducerOptions, SendOptions, SendResult } from '../engine/index.js';
import type { TransactionResult } from '../transaction/index.js';
import type { EngineHost } from './engine-host.js';
import { toMessage, type Destination, type MessageSettings, type RocketRecord } from './outgoing-message.js';
import type { PayloadCodec } from './payload-codec.js';
import type { TransactionHost } from './transaction-host.js';

export interface TemplateSendOptions extends MessageSettings {
  /** For one send, its retries included. Default: the producer's sendMsgTimeoutMs. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface RocketTemplateParts {
  host: EngineHost;
  transactions: TransactionHost;
  codec: PayloadCodec;
  producer: ProducerOptions;
  clock: Pick<Clock, 'now'>;
}

/**
 * Sends payloads. A destination is `topic`, `topic:tag` or a Topic. Resolved means stored, as
 * SendResult.status says; may be used as soon as it is injected.
 */
export class RocketTemplate {
  private producer?: Producer;
  private starting?: Promise<Producer>;

  constructor(private readonly parts: RocketTemplateParts) {}

  async send<Payload>(
    destination: Destination<Payload>,
    payload: Payload | RocketRecord<Payload>,
    options: TemplateSendOptions = {},
  ): Promise<SendResult> {
    const message = this.message(destination, payload, options);
    const producer = this.producer ?? (await this.start());
    return producer.send(message, sendOptions(message.shardingKey, options));
  }

  /** Resolves when the message has left; nothing says whether it was stored. */
  async sendOneWay<Payload>(
    destination: Destination<Payload>,
    payload: Payload | RocketRecord<Payload>,
    options: TemplateSendOptions = {},
  ): Promise<void> {
    const message = this.message(destination, payload, options);
    const producer = this.producer ?? (await this.start());
    await producer.sendOneway(message, sendOptions(message.shardingKey, options));
  }

  /** Messages with equal keys come to one queue, in the order they are sent; consume them with `mode: 'orderly'`. */
  sendOrderly<Payload>(
    destination: Destination<Payload>,
    payload: Payload | RocketRecord<Payload>,
    key: string,
    options: TemplateSendOptions = {},
  ): Promise<SendResult> {
    return this.send(destination, payload, { ...options, shardingKey: key });
  }

  /** @param delay milliseconds until delivery, or the time of it */
  sendDelayed<Payload>(
    destination: Destination<Payload>,
    payload: Payload | RocketRecord<Payload>,
    delay: number | Date,
    options: TemplateSendOptions = {},
  ): Promise<SendResult> {
    return this.send(destination, payload, { ...options, delay });
  }

  /** All in one request, stored side by side in one queue. RocketRecords bring keys and headers of their own. */
  async sendBatch<Payload>(
    destination: Destination<Payload>,
    payloads: readonly (Payload | RocketRecord<Payload>)[],
    options: TemplateSendOptions = {},
  ): Promise<SendResult> {
    const messages = payloads.map((payload) => this.message(destination, payload, options));
    const producer = this.producer ?? (await this.start());
    return producer.sendBatch(messages, sendOptions(options.shardingKey, options));
  }

  /**
   * Consumers get the message if and only if the local transaction commits. `work` runs in a
   * transaction of the unit of work, whose context it gets (TypeORM: the EntityManager); what it
   * throws rolls back and is thrown on.
   * @throws ConfigurationError the module has no option `transaction`
   */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the unit of work's type is the caller's to name
  async sendInTransaction<Payload, Context = unknown, Result = void>(
    destination: Destination<Payload>,
    payload: Payload | RocketRecord<Payload>,
    work: (context: Context) => Promise<Result>,
    options: MessageSettings = {},
  ): Promise<TransactionResult<Result>> {
    const message = this.message(destination, payload, options);
    const coordinator = await this.parts.transactions.ready();
    return coordinator.run(message, (context) => work(context as Context));
  }

  /** Called by the module. */
  async stop(): Promise<void> {
    const producer = await this.starting?.catch(() => undefined); // whoever sent knows
    await producer?.stop();
  }

  private message(destination: Destination, payload: unknown, settings: MessageSettings): ReturnType<typeof toMessage> {
    return toMessage(destination, payload, settings, { codec: this.parts.codec, now: this.parts.clock.now() });
  }

  private start(): Promise<Producer> {
    this.starting ??= this.begin().catch((error: unknown) => {
      this.starting = undefined; // the next send tries again
      throw error;
    });
    return this.starting;
  }

  private async begin(): Promise<Producer> {
    const engine = await this.parts.host.ready();
    const producer = engine.createProducer(this.parts.producer);
    await producer.start();
    this.producer = producer;
    return producer;
  }
}

function sendOptions(shardingKey: string | undefined, { timeoutMs, signal }: TemplateSendOptions): SendOptions {
  const options: SendOptions = {};
  if (shardingKey !== undefined) options.shardingKey = shardingKey;
  if (timeoutMs !== undefined) options.timeoutMs = timeoutMs;
  if (signal !== undefined) options.signal = signal;
  return options;
}
