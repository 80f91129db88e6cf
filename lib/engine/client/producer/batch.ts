import { InvalidMessageError } from '../../common/errors.js';
import { batchedSize, encodeBatch, type BatchedMessage } from '../../message/batch-codec.js';
import type { Message } from '../../message/message.js';
import { isRetryTopic } from '../../message/topic-names.js';
import { batchProperties, type OutgoingMessage } from './outgoing-message.js';
import type { SendResult } from './send-result.js';

/** A message of a batch, encoded. */
export interface BatchMember extends BatchedMessage {
  readonly messageId: string;
}

/** What holds for a batch as one request holds for each of its messages. Source: Apache 5.3 MessageBatch#generateFromList. */
export function checkBatchMember(message: Message, first: Message): void {
  if (message.topic !== first.topic) {
    throw new InvalidMessageError(
      'topic',
      `a batch goes to one topic, but has ${first.topic} and ${message.topic}; send two`,
    );
  }
  if (isRetryTopic(message.topic)) {
    throw new InvalidMessageError('topic', `'${message.topic}' is a retry topic; send its messages one by one`);
  }
  if ((message.waitStoreOk ?? true) !== (first.waitStoreOk ?? true)) {
    throw new InvalidMessageError('waitStoreOk', 'differs inside the batch; give all messages the same');
  }
  if ((message.delayLevel ?? 0) !== 0 || message.deliverAt !== undefined) {
    throw new InvalidMessageError('delayLevel', 'a batch cannot be delayed; send delayed messages one by one');
  }
}

/** Cuts into parts whose bodies stay within `maxBytes`; a single message beyond it is a part of its own. */
export function batchParts(members: readonly BatchMember[], maxBytes: number): BatchMember[][] {
  const parts: BatchMember[][] = [];
  let bytes = Infinity;
  for (const member of members) {
    const size = batchedSize(member);
    if (bytes + size > maxBytes) {
      parts.push([]);
      bytes = 0;
    }
    parts[parts.length - 1].push(member);
    bytes += size;
  }
  return parts;
}

/** The request's own properties name no UNIQ_KEY: a consumer would see it in place of the members'. */
export function outgoingBatch(
  { topic, waitStoreOk }: Pick<Message, 'topic' | 'waitStoreOk'>,
  members: readonly BatchMember[],
): OutgoingMessage {
  return {
    topic,
    body: encodeBatch(members),
    sysFlag: 0,
    flag: 0,
    properties: batchProperties(waitStoreOk ?? true),
    messageId: members.map(({ messageId }) => messageId).join(','),
    isBatch: true,
  };
}

/** One result for all parts; the weakest status speaks for them. */
export function mergeBatchResults(results: readonly SendResult[]): SendResult {
  const weakest = results.find(({ status }) => status !== 'SEND_OK') ?? results[0];
  return {
    ...results[0],
    status: weakest.status,
    messageId: results.map(({ messageId }) => messageId).join(','),
    offsetMessageId: results.map(({ offsetMessageId }) => offsetMessageId).join(','),
  };
}
