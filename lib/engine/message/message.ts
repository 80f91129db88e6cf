import type { HostAddress } from './host-address.js';
import type { Properties } from './properties-codec.js';
import { PropertyName } from './property-names.js';

/** What an application sends. */
export interface Message {
  topic: string;
  body: Buffer;
  /** The one tag; consumers subscribe by it. */
  tag?: string;
  /** Keys to find the message by; stored separated by spaces, so a key may not hold one. */
  keys?: string | readonly string[];
  /** The application's own flag, stored untouched. Default 0. */
  flag?: number;
  /** The application's own properties; RocketMQ's names are refused. */
  properties?: Readonly<Record<string, string>>;
  /** 1..18, see messageDelayLevel; absent or 0: at once. */
  delayLevel?: number;
  /** Deliver at this time (milliseconds since the epoch); excludes delayLevel. */
  deliverAt?: number;
  /** False: answer without waiting for flush and replicas. Default true. */
  waitStoreOk?: boolean;
  /** Kept as a property for information; ordering follows the queue the producer picks by it. */
  shardingKey?: string;
  /**
   * Its unique id (UNIQ_KEY), for those who may have to send the same message again; of
   * Producer.newMessageId(), since tools read a time out of it. Default: a new one.
   */
  messageId?: string;
}

/** A record of the commit log, decoded. */
export interface MessageRecord {
  topic: string;
  queueId: number;
  /** The application's flag. */
  flag: number;
  /** Position in the queue, counted in messages. */
  queueOffset: number;
  /** Position in the commit log, in bytes. */
  physicalOffset: number;
  /** Bits of SystemFlag. */
  sysFlag: number;
  bornTimestamp: number;
  bornHost: HostAddress;
  storeTimestamp: number;
  storeHost: HostAddress;
  reconsumeTimes: number;
  /** Physical offset of the half message a committed one came from, else 0. */
  preparedTransactionOffset: number;
  /** As stored, so perhaps compressed. */
  body: Buffer;
  bodyCrc: number;
  properties: Properties;
  /** Bytes of the whole record. */
  totalSize: number;
}

/** A message as a consumer's listener gets it. */
export interface ReceivedMessage {
  /** The original topic, also for a retried message. */
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
  readonly queueOffset: number;
  /** Inflated. */
  readonly body: Buffer;
  readonly tag?: string;
  readonly keys: readonly string[];
  readonly flag: number;
  readonly properties: ReadonlyMap<string, string>;
  /** UNIQ_KEY when the message has one, else the offset message id. */
  readonly messageId: string;
  readonly offsetMessageId: string;
  readonly reconsumeTimes: number;
  readonly bornTimestamp: number;
  readonly bornHost: string;
  readonly storeTimestamp: number;
  readonly storeHost: string;
  readonly sysFlag: number;
  readonly physicalOffset: number;
  readonly preparedTransactionOffset: number;
  readonly transactionId?: string;
}

/** KEYS are stored as one text, separated by spaces. */
export function splitKeys(keys: string | undefined): string[] {
  return keys === undefined ? [] : keys.split(' ').filter((key) => key !== '');
}

/** The level of DELAY, 0 for none or an unreadable one. */
export function delayLevelOf(properties: ReadonlyMap<string, string>): number {
  const text = properties.get(PropertyName.delayLevel);
  const level = text === undefined ? 0 : Number(text);
  return Number.isInteger(level) && level > 0 ? level : 0;
}
