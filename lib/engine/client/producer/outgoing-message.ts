import { InvalidMessageError } from '../../common/errors.js';
import { MAX_PROPERTIES_BYTES } from '../../message/message-codec.js';
import type { Message } from '../../message/message.js';
import { isPropertyText } from '../../message/properties-codec.js';
import { isReservedProperty, PropertyName } from '../../message/property-names.js';
import { isSendingForbidden, topicNameProblem } from '../../message/topic-names.js';
import type { CompressionType } from '../../message/system-flag.js';
import { compressionFlags, type BodyWriter } from '../compression/body-codecs.js';

/** A message as a send request carries it. */
export interface OutgoingMessage {
  readonly topic: string;
  /** Perhaps compressed; `sysFlag` says so. */
  readonly body: Buffer;
  readonly sysFlag: number;
  readonly flag: number;
  /** Text of encodeProperties(). */
  readonly properties: string;
  /** UNIQ_KEY; of a batch: all, joined by commas. */
  readonly messageId: string;
  readonly isBatch?: boolean;
  /** The broker hands it to the client that waits for it. */
  readonly isReply?: boolean;
  /** Of a retry that is sent as a message: attempts so far, and how many there may be. */
  readonly reconsumeTimes?: number;
  readonly maxReconsumeTimes?: number;
}

export interface BodyEncoding {
  readonly maxMessageSize: number;
  readonly compressMsgBodyOverHowmuch: number;
  readonly compressType: CompressionType;
  readonly compressLevel: number;
  /** Of compressType. */
  readonly compress: BodyWriter;
}

/** @throws InvalidMessageError when nothing may be sent to a topic of this name */
export function checkTopic(topic: string): void {
  if (typeof topic !== 'string') throw new InvalidMessageError('topic', 'is missing; name the topic to send to');
  const problem = topicNameProblem(topic);
  if (problem !== undefined) throw new InvalidMessageError('topic', problem);
  if (isSendingForbidden(topic)) {
    throw new InvalidMessageError('topic', `'${topic}' belongs to the broker; send to a topic of your own`);
  }
}

/** Body and flags as they travel. Source: Apache 5.3 Validators#checkMessage, DefaultMQProducerImpl#tryToCompressMessage. */
export function encodeBody(body: Buffer, encoding: BodyEncoding): { body: Buffer; sysFlag: number } {
  checkBody(body, encoding.maxMessageSize);
  if (body.length < encoding.compressMsgBodyOverHowmuch) return { body, sysFlag: 0 };
  const compressed = encoding.compress(body, encoding.compressLevel);
  if (compressed.length >= body.length) return { body, sysFlag: 0 };
  return { body: compressed, sysFlag: compressionFlags[encoding.compressType] };
}

export function checkBody(body: Buffer, maxMessageSize: number): void {
  if (!Buffer.isBuffer(body)) throw new InvalidMessageError('body', 'is no Buffer; encode the value first');
  if (body.length === 0) throw new InvalidMessageError('body', 'is empty; RocketMQ stores no message without a body');
  if (body.length > maxMessageSize) {
    throw new InvalidMessageError(
      'body',
      `has ${body.length} bytes; at most maxMessageSize (${maxMessageSize}) are allowed: send a reference to the data, or raise the limit here and on the brokers`,
    );
  }
}

/**
 * The properties' text. `extra` is text of encodeProperties() and put in front.
 * @throws InvalidMessageError naming the field
 */
export function encodeMessageProperties(message: Message, messageId: string, extra = ''): string {
  const { tag, keys, shardingKey, delayLevel, deliverAt, properties } = message;
  let text = extra;
  text +=
    message.messageId === undefined ? uniqKeyText(messageId) : property(PropertyName.uniqKey, 'messageId', messageId);
  text += message.waitStoreOk === false ? WAIT_FALSE : WAIT_TRUE;
  if (tag !== undefined && tag !== '') text += property(PropertyName.tags, 'tag', tag);
  if (keys !== undefined && keys.length > 0) text += property(PropertyName.keys, 'keys', keysText(keys));
  if (shardingKey !== undefined) text += property(PropertyName.shardingKey, 'shardingKey', shardingKey);
  if (delayLevel !== undefined || deliverAt !== undefined) text += delayText(delayLevel, deliverAt);
  if (properties !== undefined) {
    for (const [name, value] of Object.entries(properties)) {
      checkPropertyName(name);
      text += property(name, `properties.${name}`, value);
    }
  }
  checkLength(text);
  return text;
}

/** Of an id that was made here, so that it needs no check. */
function uniqKeyText(messageId: string): string {
  return `${PropertyName.uniqKey}\x01${messageId}\x02`;
}

const WAIT_TRUE = `${PropertyName.waitStoreOk}\x01true\x02`;
const WAIT_FALSE = `${PropertyName.waitStoreOk}\x01false\x02`;

/** What a batch as a whole carries besides its messages' own properties. */
export function batchProperties(waitStoreOk: boolean): string {
  return waitStoreOk ? WAIT_TRUE : WAIT_FALSE;
}

/** @throws InvalidMessageError */
export function checkFlag(flag = 0): number {
  if (flag !== (flag | 0)) throw new InvalidMessageError('flag', `${flag} is no 32-bit integer`);
  return flag;
}

function property(name: string, field: string, value: string): string {
  if (typeof value !== 'string' || value === '') {
    throw new InvalidMessageError(field, 'is empty or no text; the format cannot store it: leave it out');
  }
  if (!isPropertyText(value)) {
    throw new InvalidMessageError(
      field,
      'holds the character U+0001 or U+0002, which separate properties; encode the value, for example as base64',
    );
  }
  return `${name}\x01${value}\x02`;
}

function checkPropertyName(name: string): void {
  if (name === '' || !isPropertyText(name)) {
    throw new InvalidMessageError('properties', `the name ${JSON.stringify(name)} is empty or holds U+0001 or U+0002`);
  }
  if (isReservedProperty(name)) {
    throw new InvalidMessageError(
      'properties',
      `'${name}' is a name of RocketMQ's own; use the message's field for it, or another name`,
    );
  }
}

function keysText(keys: string | readonly string[]): string {
  if (typeof keys === 'string') return keys;
  const broken = keys.find((key) => key === '' || key.includes(' '));
  if (broken !== undefined) {
    throw new InvalidMessageError(
      'keys',
      `${JSON.stringify(broken)} is empty or holds a space, which separates keys; replace the space`,
    );
  }
  return keys.join(' ');
}

function delayText(delayLevel: number | undefined, deliverAt: number | undefined): string {
  if (delayLevel !== undefined && (!Number.isInteger(delayLevel) || delayLevel < 0)) {
    throw new InvalidMessageError('delayLevel', `${delayLevel} is no level; 1 to 18 by default, 0 for none`);
  }
  if (deliverAt === undefined) return delayLevel === undefined || delayLevel === 0 ? '' : delayProperty(delayLevel);
  if (delayLevel !== undefined && delayLevel > 0) {
    throw new InvalidMessageError('deliverAt', 'excludes delayLevel; set one of the two');
  }
  if (!Number.isSafeInteger(deliverAt) || deliverAt < 0) {
    throw new InvalidMessageError('deliverAt', `${deliverAt} is no time in milliseconds since the epoch`);
  }
  return `${PropertyName.timerDeliverMs}\x01${deliverAt}\x02`;
}

function delayProperty(level: number): string {
  return `${PropertyName.delayLevel}\x01${level}\x02`;
}

function checkLength(text: string): void {
  // A UTF-16 code unit takes three bytes at most, so short texts need no counting.
  if (text.length * 3 <= MAX_PROPERTIES_BYTES) return;
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_PROPERTIES_BYTES) {
    throw new InvalidMessageError(
      'properties',
      `take ${bytes} bytes together with tag and keys; at most ${MAX_PROPERTIES_BYTES} can be stored: put data into the body`,
    );
  }
}
