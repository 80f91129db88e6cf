// Keys and shapes of what the decorators leave behind. Keys are texts or Symbol.for, so that the
// ES module and the CommonJS copy of this library read each other's.

/** The connection of an application that has only one. */
export const DEFAULT_CONNECTION = 'default';

/** Transport id of our handlers: other transports of a hybrid application leave them alone. */
export const ROCKET_TRANSPORT = Symbol.for('nestjs-rocketmq');

/** On a method: its ListenerDefinition[]. */
export const ROCKET_LISTENERS = 'nestjs-rocketmq:listeners';

/** On a method: its IdempotencyOptions. */
export const IDEMPOTENCY = 'nestjs-rocketmq:idempotency';

/** On a method: its TransactionCheckDefinition[]. */
export const TRANSACTION_CHECKS = 'nestjs-rocketmq:transaction-checks';

/** On a method: its TransactionalDefinition. */
export const TRANSACTIONAL = 'nestjs-rocketmq:transactional';

/** On a method: the position of its `@TransactionContext` parameter. */
export const TRANSACTION_CONTEXT = 'nestjs-rocketmq:transaction-context';

/** Which messages of a topic are wanted; the broker filters. */
export interface Selector {
  type: 'TAG' | 'SQL92';
  /** Tags: `*` or `paid || refunded`. SQL92: `amount > 100 AND region = 'EU'`. */
  expression: string;
}

/** A validator that speaks Standard Schema, as those of zod, valibot and arktype do. */
export interface StandardSchema {
  readonly '~standard': {
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>;
  };
}

export type SchemaResult =
  { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[];
}

/** Milliseconds until the next delivery; `attempt` is 1 for the first retry. */
export type Backoff = readonly number[] | ((attempt: number, error: unknown) => number);

/** Options of one handler and, marked as such, of its whole consumer group: listeners of a group may not contradict. */
export interface RocketListenerOptions {
  /** Name in the ListenerRegistry. Default: Class.method. */
  id?: string;
  /** Default: the only connection. */
  connection?: string;
  /** Instead of the tag argument. */
  selector?: Selector;
  /** Group. Default concurrent; orderly: one message of a queue after the other. */
  mode?: 'concurrent' | 'orderly';
  /** Group. Default clustering: each message goes to one member; broadcasting: to every one. */
  model?: 'clustering' | 'broadcasting';
  /** Group: handlers running at a time. Default 20. */
  concurrency?: number;
  /** Group: messages fetched at a time. Default 32. */
  pullBatchSize?: number;
  /**
   * Group: the handler gets up to `size` payloads as an array, and settles them all at once. A
   * concurrent one may wait until there are so many, at most `waitMs` (default 0).
   */
  batch?: { size: number; waitMs?: number };
  /** Group: at most so many messages begin to be handled within any `perMs` milliseconds, in this process. */
  rateLimit?: { messages: number; perMs: number };
  /** Group: writes down what became of each message, for `MqAdmin.traces`. Default false. */
  enableTrace?: boolean;
  /** Group: where that is written. Default RMQ_SYS_TRACE_TOPIC. */
  traceTopic?: string;
  /** Group: deliveries before a message goes to the dead letters. Default 16; orderly: endless. */
  maxReconsumeTimes?: number;
  /** Group: pause of an orderly queue after a failure, milliseconds. Default 1000. */
  suspendMs?: number;
  /** Group: where a group without progress begins. Default 'last'. */
  consumeFrom?: 'first' | 'last' | Date;
  /** Group: false leaves it to ListenerRegistry.start(). Default true. */
  autoStartup?: boolean;
  /** Longest time for one delivery, then it counts as failed. Default 15 minutes; orderly: no limit. */
  consumeTimeoutMs?: number;
  /** Delays between deliveries. Default: RocketMQ's, growing from 10 s to 2 h. */
  backoff?: Backoff;
  /** False for an error sends the message to the dead letters at once. Default: every error is retried. */
  retryOn?: (error: unknown) => boolean;
  /** Topic for messages that are given up, instead of RocketMQ's `%DLQ%group`. */
  deadLetter?: string;
  /** Instead of the payload codec. */
  deserializer?: (body: Buffer, properties: ReadonlyMap<string, string>) => unknown;
  /**
   * What the handler returns is the reply to RocketTemplate.request() and ClientProxy.send(); of an
   * Observable its last value. An error is replied, too, and its message not delivered again.
   * Default: false; true for @MessagePattern.
   */
  reply?: boolean;
  /** Applies a message once, see `@Idempotent`. Default false. */
  idempotency?: boolean | IdempotencyOptions;
  /** Checks the payload; the handler gets what the schema makes of it. A payload that fails goes to the dead letters. */
  schema?: StandardSchema;
}

/** What a key can be made of: the message as a handler sees it. */
export interface IdempotencySubject {
  readonly topic: string;
  readonly tag?: string;
  readonly keys: readonly string[];
  readonly body: Buffer;
  readonly properties: ReadonlyMap<string, string>;
  readonly messageId: string;
}

/** What makes two deliveries the same. */
export interface IdempotencyOptions {
  /**
   * The business key: messages of one topic and tag with equal keys have one effect in a consumer
   * group. Default: the message's UNIQ_KEY.
   */
  key?: (message: IdempotencySubject) => string | undefined;
}

export interface ListenerDefinition {
  /** Nest's pattern of this definition. */
  pattern: string;
  /** Where it was written, such as `OrderController.onPaid`. */
  source: string;
  topics: readonly string[];
  selector: Selector;
  group?: string;
  options: Readonly<RocketListenerOptions>;
}

/** Which transactions a method of `@TransactionCheck` answers for. */
export interface TransactionCheckOptions {
  /** Answers for this topic only. Default: every topic of the producer group. */
  topic?: string;
  producerGroup?: string;
  connection?: string;
}

export interface TransactionCheckDefinition extends TransactionCheckOptions {
  /** Where it was written, such as `OrderService.check`. */
  source: string;
}

/** Token of a connection's RocketTemplate; that of the default connection is the class itself, too. */
export function rocketTemplateToken(connection = DEFAULT_CONNECTION): string {
  return `nestjs-rocketmq:template:${connection}`;
}

/** Token of the TopicSender of a topic, tag included. */
export function topicSenderToken(
  { name, tag = '' }: { name: string; tag?: string },
  connection = DEFAULT_CONNECTION,
): string {
  return `nestjs-rocketmq:topic:${connection}:${name}:${tag}`;
}

/** What is written above a method, for messages. */
export function sourceOf(target: object, method: string | symbol): string {
  return `${target.constructor.name}.${String(method)}`;
}
