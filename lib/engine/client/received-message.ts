import { formatHostAddress } from '../message/host-address.js';
import { splitKeys, type MessageRecord, type ReceivedMessage } from '../message/message.js';
import { encodeOffsetMessageId } from '../message/message-id.js';
import { PropertyName } from '../message/property-names.js';
import { readBody } from './compression/body-codecs.js';

/** No body grows beyond this when inflated: a few kilobytes could otherwise become gigabytes. */
const MAX_INFLATED_BYTES = 64 * 1024 * 1024;

/**
 * A decoded record as applications see it. What a listener may never ask for (the inflated body,
 * ids, hosts) is made when it is asked for; so one body that cannot be inflated fails the listener
 * that reads it, not the whole pull.
 */
export class StoredMessage implements ReceivedMessage {
  readonly topic: string;
  readonly brokerName: string;
  /** Attempts so far; an orderly consumer counts its own on top. */
  reconsumeTimes: number;
  private inflated?: Buffer;

  constructor(
    private readonly record: MessageRecord,
    brokerName: string,
    /** Where the message belongs; the record of a retried message names its retry topic. */
    topic = record.topic,
  ) {
    this.topic = topic;
    this.brokerName = brokerName;
    this.reconsumeTimes = record.reconsumeTimes;
  }

  get queueId(): number {
    return this.record.queueId;
  }

  get queueOffset(): number {
    return this.record.queueOffset;
  }

  /** @throws ProtocolError when it is compressed in a way that cannot be undone here */
  get body(): Buffer {
    this.inflated ??= readBody(this.record.body, this.record.sysFlag, MAX_INFLATED_BYTES);
    return this.inflated;
  }

  get tag(): string | undefined {
    return this.record.properties.get(PropertyName.tags);
  }

  get keys(): readonly string[] {
    return splitKeys(this.record.properties.get(PropertyName.keys));
  }

  get flag(): number {
    return this.record.flag;
  }

  get properties(): ReadonlyMap<string, string> {
    return this.record.properties;
  }

  get messageId(): string {
    return this.record.properties.get(PropertyName.uniqKey) ?? this.offsetMessageId;
  }

  get offsetMessageId(): string {
    return encodeOffsetMessageId(this.record.storeHost, this.record.physicalOffset);
  }

  get bornTimestamp(): number {
    return this.record.bornTimestamp;
  }

  get bornHost(): string {
    return formatHostAddress(this.record.bornHost);
  }

  get storeTimestamp(): number {
    return this.record.storeTimestamp;
  }

  get storeHost(): string {
    return formatHostAddress(this.record.storeHost);
  }

  get sysFlag(): number {
    return this.record.sysFlag;
  }

  get physicalOffset(): number {
    return this.record.physicalOffset;
  }

  get preparedTransactionOffset(): number {
    return this.record.preparedTransactionOffset;
  }

  get transactionId(): string | undefined {
    const { properties } = this.record;
    return properties.has(PropertyName.transactionPrepared) ? properties.get(PropertyName.uniqKey) : undefined;
  }

  /** Bytes it takes in a consumer's cache. */
  get size(): number {
    return this.record.totalSize;
  }

  /** The body as it is stored, perhaps compressed. */
  get storedBody(): Buffer {
    return this.record.body;
  }
}

/** The topic a message was sent to, also when it comes by its group's retry topic. Source: Apache 5.3 DefaultMQPushConsumerImpl#resetRetryAndNamespace. */
export function originalTopic({ topic, properties }: MessageRecord, groupRetryTopic: string): string {
  return topic === groupRetryTopic ? (properties.get(PropertyName.retryTopic) ?? topic) : topic;
}
