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
}

const FILE_BYTES = 4096;
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
  };
}

export async function writeCheckpoint(fileSystem: FileSystem, path: string, checkpoint: Checkpoint): Promise<void> {
  const bytes = Buffer.alloc(FILE_BYTES);
  writeInt64(bytes, checkpoint.physicMsgTimestamp, 0);
  writeInt64(bytes, checkpoint.logicsMsgTimestamp, 8);
  writeInt64(bytes, checkpoint.indexMsgTimestamp, 16);
  writeInt64(bytes, checkpoint.masterFlushedOffset, 24);
  writeInt64(bytes, checkpoint.confirmPhyOffset, 32);
  const file = await fileSystem.open(path, { create: true });
  try {
    await file.write([bytes], 0);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Everything stored before this time is on the disk, log and queues. */
export function durableUntil(checkpoint: Checkpoint): number {
  return Math.max(0, Math.min(checkpoint.physicMsgTimestamp, checkpoint.logicsMsgTimestamp) - MARGIN_MS);
}
