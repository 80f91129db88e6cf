import { createHash } from 'node:crypto';
import { InvalidMessageError, type ReceivedMessage } from '../../engine/index.js';

/** How a listener recognizes a message that it has applied before. */
export interface Idempotency {
  /**
   * The business key: messages of one topic and tag with equal keys have one effect in a consumer
   * group. Default: the message's UNIQ_KEY, which stays the same when a message is delivered, or
   * sent by the outbox, again.
   */
  key?: (message: ReceivedMessage) => string | undefined;
}

const maxKeyLength = 255;

/**
 * What the inbox remembers a message by: topic, tag and key, so that two listeners of a group do not
 * take each other's messages for copies. One that is too long is replaced by its hash.
 * @throws InvalidMessageError the message has no such key
 */
export function inboxKeyOf(message: ReceivedMessage, { key }: Idempotency): string {
  const { topic, tag = '' } = message;
  const own = key === undefined ? uniqKeyOf(message) : key(message);
  if (own === undefined || own === '')
    throw new InvalidMessageError(
      'idempotency',
      key === undefined
        ? `message ${message.messageId} has no UNIQ_KEY; give @Idempotent a key`
        : `the key of message ${message.messageId} is empty; without one it could be applied twice`,
    );
  const full = `${topic}:${tag}:${own}`;
  return full.length <= maxKeyLength ? full : `sha256:${createHash('sha256').update(full).digest('hex')}`;
}

/** Never the offset message id, which every retry changes. */
function uniqKeyOf({ messageId, offsetMessageId }: ReceivedMessage): string | undefined {
  return messageId === offsetMessageId ? undefined : messageId;
}
