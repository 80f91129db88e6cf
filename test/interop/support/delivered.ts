import type { ReceivedMessage } from '../../../lib/engine/message/message.js';
import { isReservedProperty } from '../../../lib/engine/message/property-names.js';

/** What a sender of any language is asked to send. */
export interface Sent {
  topic: string;
  body: Buffer;
  tag?: string;
  keys: readonly string[];
  flag: number;
  /** The application's own. */
  properties: Readonly<Record<string, string>>;
}

/** A message as a consumer of any language got it. */
export interface Delivered extends Sent {
  /** RocketMQ's. */
  systemProperties: Readonly<Record<string, string>>;
  messageId: string;
  queueId: number;
  queueOffset: number;
  physicalOffset: number;
  reconsumeTimes: number;
  bornTimestamp: number;
  storeTimestamp: number;
  /** Of a committed message: where its half is stored. */
  preparedTransactionOffset: number;
  transactionId?: string;
}

type WithoutProperties = Omit<Delivered, 'properties' | 'systemProperties'>;

/** Parts the properties into the application's and RocketMQ's. */
export function delivered(message: WithoutProperties, properties: Iterable<readonly [string, string]>): Delivered {
  const own: Record<string, string> = {};
  const system: Record<string, string> = {};
  for (const [name, value] of properties) (isReservedProperty(name) ? system : own)[name] = value;
  return { ...message, properties: own, systemProperties: system };
}

export function deliveredToUs(message: ReceivedMessage): Delivered {
  // Named one by one: a received message reads its parts when they are asked for, and has none to spread.
  const { topic, body, tag, keys, flag, messageId, queueId, queueOffset, physicalOffset, reconsumeTimes } = message;
  const { bornTimestamp, storeTimestamp, preparedTransactionOffset, transactionId } = message;
  const contents = { topic, body, tag, keys, flag, messageId, queueId, queueOffset, physicalOffset, reconsumeTimes };
  const rest = { bornTimestamp, storeTimestamp, preparedTransactionOffset, transactionId };
  return delivered({ ...contents, ...rest }, message.properties);
}

/** What must be the same on both sides, whatever carried it. */
export function contents({ topic, body, tag, keys, flag, properties }: Sent): unknown {
  return { topic, body: body.toString('base64'), tag, keys, flag, properties };
}

/** The contents of many, in an order that doesn't depend on how they came. */
export function sortedContents(messages: readonly Sent[]): unknown[] {
  return [...messages].sort((a, b) => (firstKey(a) < firstKey(b) ? -1 : 1)).map(contents);
}

/** The tests' messages are known by their first key. */
export function firstKey({ keys }: Sent): string {
  return keys[0];
}
