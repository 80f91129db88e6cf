import { readInt64, writeInt64 } from '../common/byte-reader.js';

/**
 * One entry of a consume queue. Entry N of a queue is at byte N * 20 of its files.
 *
 *   0 physicalOffset 8 | 8 size 4 | 12 tagsCode 8
 *
 * tagsCode: the tag's Java hash, sign-extended; in SCHEDULE_TOPIC_XXXX the time to deliver at.
 * Source: Apache 5.3 ConsumeQueue.
 */
export const CONSUME_QUEUE_ENTRY_BYTES = 20;

/** Size of the entries that stand for messages this queue no longer, or never, had: (0, 0x7fffffff, 0). */
const BLANK_SIZE = 0x7fffffff;

export interface ConsumeQueueEntry {
  physicalOffset: number;
  /** Bytes of the record. */
  size: number;
  tagsCode: number;
}

export function writeEntry(bytes: Buffer, position: number, entry: ConsumeQueueEntry): void {
  writeInt64(bytes, entry.physicalOffset, position);
  bytes.writeInt32BE(entry.size, position + 8);
  writeInt64(bytes, entry.tagsCode, position + 12);
}

export function readEntry(bytes: Buffer, position: number): ConsumeQueueEntry {
  return {
    physicalOffset: readInt64(bytes, position),
    size: bytes.readInt32BE(position + 8),
    tagsCode: readInt64(bytes, position + 12),
  };
}

export function writeBlankEntries(bytes: Buffer, from: number, to: number): void {
  const blank = { physicalOffset: 0, size: BLANK_SIZE, tagsCode: 0 };
  for (let position = from; position < to; position += CONSUME_QUEUE_ENTRY_BYTES) writeEntry(bytes, position, blank);
}

/** False for the zeros behind a queue's end. */
export function isEntry(entry: ConsumeQueueEntry): boolean {
  return entry.physicalOffset >= 0 && entry.size > 0;
}

/** True for an entry that stands for no message. */
export function isBlank(entry: ConsumeQueueEntry): boolean {
  return entry.size === BLANK_SIZE;
}
