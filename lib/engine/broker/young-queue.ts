import { readInt64 } from '../common/byte-reader.js';
import { RecordPosition } from '../message/message-codec.js';
import type { MessageStore } from '../store/message-store.js';

/**
 * Whether a queue's first message is there and counts as still in memory: a new group begins with it.
 * @param memoryBytes so much at the log's end counts as in memory
 * Source: Apache 5.3 DefaultMessageStore#checkInMemByConsumeOffset.
 */
export async function isYoungQueue(
  store: Pick<MessageStore, 'minQueueOffset' | 'maxPhysicalOffset' | 'get'>,
  topic: string,
  queueId: number,
  memoryBytes: number,
): Promise<boolean> {
  if (queueId < 0 || store.minQueueOffset(topic, queueId) > 0) return false;
  const { records } = await store.get({ topic, queueId, queueOffset: 0, maxCount: 1 });
  if (records.length === 0) return false;
  return store.maxPhysicalOffset() - readInt64(records[0], RecordPosition.physicalOffset) <= memoryBytes;
}
