import { readInt64, writeInt64 } from '../common/byte-reader.js';
import { javaHash } from '../common/java-hash.js';

/**
 * An index file finds records by key: a header, a table of slots, and entries chained per slot.
 *
 *   header:  0 beginTimestamp 8 | 8 endTimestamp 8 | 16 beginPhyOffset 8 | 24 endPhyOffset 8
 *           32 hashSlotCount 4 | 36 indexCount 4
 *   slot i:  at 40 + 4 * i: number of the newest entry of its chain, 0 for none
 *   entry j: at 40 + 4 * slots + 20 * j: 0 keyHash 4 | 4 physicalOffset 8 | 12 seconds 4 | 16 previous entry 4
 *
 * indexCount is the number of the next entry; it begins at 1, so entry 0 is never used.
 * Source: Apache 5.3 IndexFile, IndexHeader.
 */
export const INDEX_HEADER_BYTES = 40;
export const INDEX_SLOT_BYTES = 4;
export const INDEX_ENTRY_BYTES = 20;

export interface IndexHeader {
  /** Store timestamps and physical offsets of the first and the last record. */
  beginTimestamp: number;
  endTimestamp: number;
  beginPhyOffset: number;
  endPhyOffset: number;
  /** Slots that are in use. */
  hashSlotCount: number;
  /** Number of the next entry. */
  indexCount: number;
}

export interface IndexEntry {
  keyHash: number;
  physicalOffset: number;
  /** Since the header's beginTimestamp. */
  seconds: number;
  /** Number of the next older entry of the slot; 0: none. */
  previous: number;
}

export interface IndexSize {
  slots: number;
  entries: number;
}

export function indexFileBytes({ slots, entries }: IndexSize): number {
  return entryPosition(slots, entries);
}

export function slotPosition(slot: number): number {
  return INDEX_HEADER_BYTES + slot * INDEX_SLOT_BYTES;
}

export function entryPosition(slots: number, entry: number): number {
  return slotPosition(slots) + entry * INDEX_ENTRY_BYTES;
}

export function encodeIndexHeader(header: IndexHeader): Buffer {
  const bytes = Buffer.allocUnsafe(INDEX_HEADER_BYTES);
  writeInt64(bytes, header.beginTimestamp, 0);
  writeInt64(bytes, header.endTimestamp, 8);
  writeInt64(bytes, header.beginPhyOffset, 16);
  writeInt64(bytes, header.endPhyOffset, 24);
  bytes.writeInt32BE(header.hashSlotCount, 32);
  bytes.writeInt32BE(header.indexCount, 36);
  return bytes;
}

export function decodeIndexHeader(bytes: Buffer): IndexHeader {
  return {
    beginTimestamp: readInt64(bytes, 0),
    endTimestamp: readInt64(bytes, 8),
    beginPhyOffset: readInt64(bytes, 16),
    endPhyOffset: readInt64(bytes, 24),
    hashSlotCount: bytes.readInt32BE(32),
    indexCount: Math.max(1, bytes.readInt32BE(36)),
  };
}

export function writeIndexEntry(bytes: Buffer, position: number, entry: IndexEntry): void {
  bytes.writeInt32BE(entry.keyHash, position);
  writeInt64(bytes, entry.physicalOffset, position + 4);
  bytes.writeInt32BE(entry.seconds, position + 12);
  bytes.writeInt32BE(entry.previous, position + 16);
}

export function readIndexEntry(bytes: Buffer, position: number): IndexEntry {
  return {
    keyHash: bytes.readInt32BE(position),
    physicalOffset: readInt64(bytes, position + 4),
    seconds: bytes.readInt32BE(position + 12),
    previous: bytes.readInt32BE(position + 16),
  };
}

/** Hash of a topic's key. Java's abs() of its smallest integer is negative: then 0. */
export function indexKeyHash(topic: string, key: string): number {
  const hash = javaHash(key, javaHash('#', javaHash(topic)));
  return hash === -0x80000000 ? 0 : Math.abs(hash);
}

/** Local time as yyyyMMddHHmmssSSS. Source: Apache 5.3 UtilAll#timeMillisToHumanString. */
export function indexFileName(timestamp: number): string {
  const time = new Date(timestamp);
  const parts = [time.getMonth() + 1, time.getDate(), time.getHours(), time.getMinutes(), time.getSeconds()];
  const digits = (value: number, count: number): string => String(value).padStart(count, '0');
  return (
    digits(time.getFullYear(), 4) + parts.map((part) => digits(part, 2)).join('') + digits(time.getMilliseconds(), 3)
  );
}
