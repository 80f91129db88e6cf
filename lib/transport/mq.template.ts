import {
  attempt,
  ConfigurationError,
  isReservedProperty,
  type Clock,
  type Message,
  type Producer,
  type ProducerOptions,
  type ReceivedMessage,
  type RequestOptions,
  type SendOptions,
  type SendResult,
} from '../engine/index.js';
import type { Outgoing, SentInTransaction } from '../transaction/index.js';
import { ORIGIN_MESSAGE_ID, ORIGIN_TOPIC } from './dead-letter.js';
import type { EngineHost } from './engine-host.js';
import {
  parseDestination,
  RocketRecord,
  toMessage,
  type Destination,
  type MessageSettings,
} from './outgoing-message.js';
import { CONTENT_TYPE, type PayloadCodec } from './payload-codec.js';
import { isErrorReply, REPLY_ERROR, RequestFailedError } from './reply.js';
import type { SendOperation, Telemetry } from './telemetry.js';
import type { TransactionHost } from './transaction-host.js';

export interface TemplateSendOptions extends MessageSettings {
  /** For one send, its retries included. Default: the producer's sendMsgTimeoutMs. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface TemplateRequestOptions extends TemplateSendOptions, Pick<RequestOptions, 'onWaiting'> {}

export interface RocketTemplateParts {
  host: EngineHost;
  transactions: TransactionHost;
  codec: PayloadCodec;
  producer: ProducerOptions;
  clock: Pick<Clock, 'now'>;
  connection: string;
  /** Default: nobody watches. */
  telemetry?: Telemetry;
}

const noOptions: TemplateSendOptions = {};

type Work = (context: never, out: TransactionMessages) => Promise<unknown>;

/** Takes the messages of a transaction. */
export interface TransactionMessages {
  /**
   * Sends it if and only if the transaction commits.
   * @returns its message id
   * @throws InvalidMessageError; ConfigurationError the module has no option `outbox`
   */
  add<Payload>(
    destination: Destination<Payload>,
    payload: Payload | RocketRecord<Payload>,
    settings?: MessageSettings,
  ): string;
}

/**
 * Sends payloads. A destination is `topic`, `topic:tag` or a Topic. Resolved means stored, as
 * SendResult.status says; may be used as soon as it is injected.
 */
export class RocketTemplate {
  private producer?: Producer;
  private starting?: Promise<Producer>;

  constructor(private readonly parts: RocketTemplateParts) {}

  send<Payload>(
    destination: Destination<Payload>,
    payload: Payload | RocketRecord<Payload>,
    options: TemplateSendOptions = noOptions,
  ): Promise<SendResult> {
    return attempt(() => {
      const message = this.message(destination, payload, options);
      const settings = sendOptions(message, payload, options);
      return this.withProducer((producer) => this.watched('send', [message], () => producer.send(message, settings)));
    });
  }

  /** Resolves when the message has left; nothing says whether it was stored. */
  async sendOneWay<Payload>(
    destination: Destination<Payload>,
    payload: Payload | RocketRecord<Payload>,
    options: TemplateSendOptions = {},
  ): Promise<void> {
    const message = this.message(destination, payload, options);
    const producer = this.producer ?? (await this.start());
    const settings = sendOptions(message, payload, options);
    await this.watched('oneway', [message], () => producer.sendOneway(message, settings));
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
    return this.watched('batch', messages, () =>
      producer.sendBatch(messages, sendOptions(options, undefined, options)),
    );
  }

  /**
   * Sends a request and waits for what its handler returns; a handler replies with the listener
   * option `reply`. A timeout covers both ways.
   * @throws RequestTimeoutError nobody replied in time; RequestFailedError the handler failed
   */
  request<Reply = unknown, Payload = unknown>(
    destination: Destination<Payload>,
    payload: Payload | RocketRecord<Payload>,
    options: TemplateRequestOptions = noOptions,
  ): Promise<Reply> {
    return attempt(() => {
      const message = this.message(destination, payload, options);
      const settings: RequestOptions = sendOptions(message, payload, options);
      settings.onWaiting = options.onWaiting;
      const replied = this.withProducer((producer) =>
        this.watched('request', [message], () => producer.request(message, settings)),
      );
      return replied.then((reply) => {
        const content = this.parts.codec.decode(reply.body, reply.properties.get(CONTENT_TYPE));
        if (isErrorReply(reply)) throw new RequestFailedError(parseDestination(destination).topic, content);
        return content as Reply;
      });
    });
  }

  /**
   * Replies to a request by hand, for example later than its handler returned.
   * @throws InvalidMessageError the message is no request; BrokerResponseError its requester is gone
   */
  reply(request: ReceivedMessage, payload: unknown, { isError = false } = {}): Promise<void> {
    return attempt(() => {
      const { body, contentType } = this.parts.codec.encode(payload);
      const properties: Record<string, string> = {};
      if (contentType !== undefined) properties[CONTENT_TYPE] = contentType;
      if (isError) properties[REPLY_ERROR] = 'true';
      return this.withProducer((producer) =>
        this.watched('reply', [], () => producer.reply(request, { body, properties }), request.topic),
      );
    });
  }

  /**
   * Takes back a message of sendDelayed(), from a broker of 5.3 whose setting recallMessageEnable is
   * true.
   * @param recallHandle of its SendResult
   * @returns the message's id
   * @throws InvalidMessageError no such handle; BrokerResponseError it is too late, or the broker recalls nothing
   */
  async recall(destination: Destination, recallHandle: string, options: TemplateSendOptions = {}): Promise<string> {
    const producer = this.producer ?? (await this.start());
    return producer.recall(parseDestination(destination).topic, recallHandle, sendOptions({}, undefined, options));
  }

  /**
   * The message once more, in another topic, which says where it comes from.
   * @throws as send()
   */
  async sendDeadLetter(topic: string, message: ReceivedMessage): Promise<void> {
    const { body, tag, keys } = message;
    const own = [...message.properties].filter(([name]) => !isReservedProperty(name));
    const from = { [ORIGIN_TOPIC]: message.topic, [ORIGIN_MESSAGE_ID]: message.messageId };
    const producer = this.producer ?? (await this.start());
    const copy: Message = { topic, body, tag, keys, properties: { ...Object.fromEntries(own), ...from } };
    await this.watched('send', [copy], () => producer.send(copy));
  }

  /**
   * Consumers get the message if and only if the local transaction commits. `work` runs in a
   * transaction of the unit of work, whose context it gets (TypeORM: the EntityManager); what it
   * throws rolls back and is thrown on. Further messages go to `out`.
   *
   * It goes as a half message (module option `transaction`) or by the outbox (option `outbox`). With
   * both, the outbox takes what a half message can't be: delayed, in order, or part of a transaction
   * that is open.
   * @throws ConfigurationError the module has neither option
   */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the unit of work's type is the caller's to name
  sendInTransaction<Payload, Context = unknown, Result = void>(
    destination: Destination<Payload>,
    payload: Payload | RocketRecord<Payload>,
    work: (context: Context, out: TransactionMessages) => Promise<Result>,
    options?: MessageSettings,
  ): Promise<SentInTransaction<Result>>;
  /** The same for messages that are known inside only: `work` gives them to `out`. @throws ConfigurationError the module has no option `outbox` */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the unit of work's type is the caller's to name
  sendInTransaction<Context = unknown, Result = void>(
    work: (context: Context, out: TransactionMessages) => Promise<Result>,
  ): Promise<Result>;
  async sendInTransaction(
    first: Destination | Work,
    payload?: unknown,
    work?: Work,
    options: MessageSettings = {},
  ): Promise<unknown> {
    if (typeof first === 'function') {
      const runner = await this.parts.transactions.runner();
      return runner.run((context, out) => first(context as never, this.messagesFor(out)));
    }
    if (work === undefined)
      throw new ConfigurationError('work', 'is missing; give the function that is the transaction');
    const message = this.message(first, payload, options);
    return this.watched('transaction', [message], async () => {
      const runner = await this.parts.transactions.runner();
      return runner.send(message, (context, out) => work(context as never, this.messagesFor(out)));
    });
  }

  /** Called by the module. */
  async stop(): Promise<void> {
    const producer = await this.starting?.catch(() => undefined); // whoever sent knows
    await producer?.stop();
  }

  private messagesFor(out: Outgoing): TransactionMessages {
    return {
      add: (destination, payload, settings = {}) => {
        const message = this.message(destination, payload, settings);
        this.parts.telemetry?.carry?.(message);
        return out.add(message);
      },
    };
  }

  private message(destination: Destination, payload: unknown, settings: MessageSettings): ReturnType<typeof toMessage> {
    return toMessage(destination, payload, settings, { codec: this.parts.codec, now: this.parts.clock.now() });
  }

  private watched<Result>(
    kind: SendOperation['kind'],
    messages: readonly Message[],
    work: () => Promise<Result>,
    topic = messages.at(0)?.topic ?? '',
  ): Promise<Result> {
    const { telemetry, connection, producer } = this.parts;
    if (telemetry?.send === undefined) return work();
    return telemetry.send({ kind, connection, topic, producerGroup: producer.group, messages }, work);
  }

  /** At once, when there is one: what is sent one after the other leaves in that order. */
  private withProducer<Result>(use: (producer: Producer) => Promise<Result>): Promise<Result> {
    return this.producer === undefined ? this.start().then(use) : use(this.producer);
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

function sendOptions(
  { shardingKey }: Pick<MessageSettings, 'shardingKey'>,
  payload: unknown,
  { timeoutMs = payload instanceof RocketRecord ? payload.settings.timeoutMs : undefined, signal }: TemplateSendOptions,
): SendOptions {
  const options: SendOptions = {};
  if (shardingKey !== undefined) options.shardingKey = shardingKey;
  if (timeoutMs !== undefined) options.timeoutMs = timeoutMs;
  if (signal !== undefined) options.signal = signal;
  return options;
}
