import { Topic } from '../decorators/topic.js';
import { InvalidMessageError, type Message } from '../engine/index.js';
import { CONTENT_TYPE, type PayloadCodec } from './payload-codec.js';

/** `topic`, `topic:tag`, or a typed topic. */
export type Destination<Payload = unknown> = string | Topic<Payload>;

/** What can be said about a message beside its payload. */
export interface MessageSettings {
  /** Instead of the destination's. */
  tag?: string;
  /** To find the message by; without blanks. */
  keys?: string | readonly string[];
  /** Messages with equal keys keep their order. */
  shardingKey?: string;
  /** Milliseconds until delivery, or the time of it. */
  delay?: number | Date;
  /** RocketMQ's delay level 1..18 instead of `delay`. */
  delayLevel?: number;
  /** The application's own properties. */
  headers?: Readonly<Record<string, string>>;
}

export interface RecordSettings extends MessageSettings {
  /** Of the send; of a request: until the reply is there. Default: the producer's sendMsgTimeoutMs. */
  timeoutMs?: number;
}

/** A payload with its settings, for emit(), send() and sendBatch(). Built by RocketRecordBuilder. */
export class RocketRecord<Payload = unknown> {
  constructor(
    readonly payload: Payload,
    readonly settings: RecordSettings = {},
  ) {}
}

/** `new RocketRecordBuilder(order).setKeys(order.id).setShardingKey(order.userId).build()` */
export class RocketRecordBuilder<Payload = unknown> {
  private settings: RecordSettings = {};

  constructor(private payload: Payload) {}

  setPayload(payload: Payload): this {
    this.payload = payload;
    return this;
  }

  setTag(tag: string): this {
    return this.set({ tag });
  }

  setKeys(...keys: string[]): this {
    return this.set({ keys });
  }

  setShardingKey(shardingKey: string): this {
    return this.set({ shardingKey });
  }

  /** @param delay milliseconds, or the time of delivery */
  setDelay(delay: number | Date): this {
    return this.set({ delay });
  }

  setDelayLevel(delayLevel: number): this {
    return this.set({ delayLevel });
  }

  setHeader(name: string, value: string): this {
    return this.set({ headers: { ...this.settings.headers, [name]: value } });
  }

  setTimeout(timeoutMs: number): this {
    return this.set({ timeoutMs });
  }

  build(): RocketRecord<Payload> {
    return new RocketRecord(this.payload, this.settings);
  }

  private set(settings: RecordSettings): this {
    this.settings = { ...this.settings, ...settings };
    return this;
  }
}

/** @param now milliseconds since the epoch, for delays */
export function toMessage(
  destination: Destination,
  payload: unknown,
  settings: MessageSettings,
  { codec, now }: { codec: PayloadCodec; now: number },
): Message {
  if (payload instanceof RocketRecord) {
    const headers = { ...settings.headers, ...payload.settings.headers };
    return toMessage(destination, payload.payload, { ...settings, ...payload.settings, headers }, { codec, now });
  }
  const { topic, tag } = parseDestination(destination);
  const { body, contentType } = codec.encode(payload);
  const message: Message = { topic, body, tag: settings.tag ?? tag };
  if (settings.keys !== undefined) message.keys = settings.keys;
  if (settings.shardingKey !== undefined) message.shardingKey = settings.shardingKey;
  if (settings.delayLevel !== undefined) message.delayLevel = settings.delayLevel;
  if (settings.delay !== undefined) message.deliverAt = deliveryTime(settings.delay, now);
  message.properties =
    contentType === undefined ? settings.headers : { ...settings.headers, [CONTENT_TYPE]: contentType };
  return message;
}

export function parseDestination(destination: Destination): { topic: string; tag?: string } {
  if (destination instanceof Topic) return { topic: destination.name, tag: destination.tag };
  if (typeof destination !== 'string' || destination === '')
    throw new InvalidMessageError('topic', "is missing; send to 'topic', 'topic:tag' or a Topic");
  const colon = destination.indexOf(':');
  return colon < 0 ? { topic: destination } : { topic: destination.slice(0, colon), tag: destination.slice(colon + 1) };
}

function deliveryTime(delay: number | Date, now: number): number {
  const time = delay instanceof Date ? delay.getTime() : now + delay;
  if (!Number.isFinite(time)) throw new InvalidMessageError('delay', 'must be milliseconds or a valid Date');
  return Math.round(time);
}
