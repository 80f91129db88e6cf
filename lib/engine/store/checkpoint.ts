import { readInt64, writeInt64 } from '../common/byte-reader.js';
import type { FileSystem } from '../ports/file-system.js';
import { readWhole } from './crash-safe-file.js';

/**
 * Times up to which a store's files are on the disk, as Apache keeps and reads them. A file of
 * 4096 bytes, of which these five are used; being in one sector they are written as one.
 *
 *   0 physicMsgTimestamp 8 | 8 logicsMsgTimestamp 8 | 16 indexMsgTimestamp 8
 *  24 masterFlushedOffset 8 | 32 confirmPhyOffset 8
 *
 * Behind them, where Apache's broker never looks, ours notes now and then how far the log was on the
 * disk: 40 flushedOffset 8 | 48 the same, its bits inverted 8. The note itself is not synced: it may
 * be an old one, but it is never ahead.
 *
 * Source: Apache 5.3 StoreCheckpoint.
 */
export interface Checkpoint {
  /** Store timestamp of the last record of the commit log that is on the disk. */
  physicMsgTimestamp: number;
  /** … whose consume queue entry is. */
  logicsMsgTimestamp: number;
  /** … that the last complete index file holds. */
  indexMsgTimestamp: number;
  masterFlushedOffset: number;
  confirmPhyOffset: number;
  /** The note; 0 when there is none. */
  flushedOffset: number;
}

const FILE_BYTES = 4096;
const NOTE_AT = 40;
/** Apache goes so far back, for stores made in one go by several threads. */
const MARGIN_MS = 3000;

export async function readCheckpoint(fileSystem: FileSystem, path: string): Promise<Checkpoint> {
  const bytes = Buffer.alloc(FILE_BYTES);
  (await readWhole(fileSystem, path))?.copy(bytes);
  return {
    physicMsgTimestamp: readInt64(bytes, 0),
    logicsMsgTimestamp: readInt64(bytes, 8),
    indexMsgTimestamp: readInt64(bytes, 16),
    masterFlushedOffset: readInt64(bytes, 24),
    confirmPhyOffset: readInt64(bytes, 32),
    flushedOffset: readNote(bytes),
  };
}

export async function writeCheckpoint(fileSystem: FileSystem, path: string, checkpoint: Checkpoint): Promise<void> {
  const bytes = Buffer.alloc(FILE_BYTES);
  writeInt64(bytes, checkpoint.physicMsgTimestamp, 0);
  writeInt64(bytes, checkpoint.logicsMsgTimestamp, 8);
  writeInt64(bytes, checkpoint.indexMsgTimestamp, 16);
  writeInt64(bytes, checkpoint.masterFlushedOffset, 24);
  writeInt64(bytes, checkpoint.confirmPhyOffset, 32);
  bytes.set(encodeNote(checkpoint.flushedOffset), NOTE_AT);
  const file = await fileSystem.open(path, { create: true });
  try {
    await file.write([bytes], 0);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Notes how far the log is on the disk. */
export async function noteFlushed(fileSystem: FileSystem, path: string, flushedOffset: number): Promise<void> {
  const file = await fileSystem.open(path, { create: true });
  try {
    await file.write([encodeNote(flushedOffset)], NOTE_AT);
  } finally {
    await file.close();
  }
}

function encodeNote(flushedOffset: number): Buffer {
  const bytes = Buffer.alloc(16);
  writeInt64(bytes, flushedOffset, 0);
  for (let i = 0; i < 8; i++) bytes[8 + i] = ~bytes[i];
  return bytes;
}

function readNote(bytes: Buffer): number {
  for (let i = NOTE_AT; i < NOTE_AT + 8; i++) if (bytes[i] !== (~bytes[i + 8] & 0xff)) return 0;
  return readInt64(bytes, NOTE_AT);
}

/** Everything stored before this time is on the disk, log and queues. */
export function durableUntil(checkpoint: Checkpoint): number {
  return Math.max(0, Math.min(checkpoint.physicMsgTimestamp, checkpoint.logicsMsgTimestamp) - MARGIN_MS);
}
