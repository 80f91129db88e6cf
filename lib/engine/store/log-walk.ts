import { MAGIC_V1, MAGIC_V2 } from '../message/message-codec.js';
import type { LogFileQueue } from './log-file-queue.js';
import { scanLog, type RecordVisitor, type ScanEnd } from './log-scanner.js';
import { checkRecord } from './record-check.js';

const CHUNK_BYTES = 1024 * 1024;
/** From a record's first byte to behind its magic. */
const HEAD_BYTES = 8;

/** Bytes between two records, or behind the last, that are no record. */
export interface LogDamage {
  from: number;
  /** The next record; undefined when none follows. */
  to?: number;
  reason: string;
}

export interface LogWalk {
  /** Behind the last record. */
  endOffset: number;
  damages: readonly LogDamage[];
}

/**
 * Goes through the whole log as recovery does, but does not stop at damage: it looks for the next
 * bytes that are a record and say that they are at this place. `afterChunk` is waited for whenever
 * some records have been visited.
 */
export async function walkLog(
  files: LogFileQueue,
  visit: RecordVisitor,
  afterChunk: (physicalOffset: number) => Promise<void>,
): Promise<LogWalk> {
  const damages: LogDamage[] = [];
  let endOffset = files.startOffset;
  const watch: RecordVisitor = (bytes, position, physicalOffset, layout) => {
    visit(bytes, position, physicalOffset, layout);
    endOffset = physicalOffset + layout.totalSize;
  };
  for (let offset: number | undefined = files.startOffset; offset !== undefined;) {
    const end: ScanEnd = await scanLog(files, offset, Infinity, { checkCrc: true, afterChunk }, watch);
    await afterChunk(end.offset);
    offset = await nextRecord(files, end.offset);
    if (offset === undefined && end.damage === undefined) break;
    damages.push({ from: end.offset, to: offset, reason: end.damage ?? 'zeros, though records follow' });
  }
  return { endOffset, damages };
}

/** The first offset behind `from` at which a whole record is. */
async function nextRecord(files: LogFileQueue, from: number): Promise<number | undefined> {
  for (const start of files.fileStarts) {
    const end = start + files.fileSize;
    if (end <= from) continue;
    const found = await nextRecordInFile(files, Math.max(start, from + 1), end, start);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function nextRecordInFile(
  files: LogFileQueue,
  from: number,
  end: number,
  start: number,
): Promise<number | undefined> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES + HEAD_BYTES);
  for (let offset = from; offset < end; offset += CHUNK_BYTES) {
    const bytes = chunk.subarray(0, await files.read(chunk.subarray(0, Math.min(chunk.length, end - offset)), offset));
    for (const at of magicsIn(bytes)) {
      if (at < 4) continue;
      const physicalOffset = offset + at - 4;
      if (await isRecord(files, physicalOffset, start)) return physicalOffset;
    }
  }
  return undefined;
}

function* magicsIn(bytes: Buffer): Generator<number> {
  // Both magics begin with the same three bytes.
  const begin = Buffer.alloc(4);
  begin.writeInt32BE(MAGIC_V1);
  for (let at = bytes.indexOf(begin.subarray(0, 3)); at >= 0; at = bytes.indexOf(begin.subarray(0, 3), at + 1)) {
    if (at + 4 > bytes.length) return;
    const magic = bytes.readInt32BE(at);
    if (magic === MAGIC_V1 || magic === MAGIC_V2) yield at;
  }
}

async function isRecord(files: LogFileQueue, physicalOffset: number, start: number): Promise<boolean> {
  const left = start + files.fileSize - physicalOffset;
  const place = { physicalOffset, positionInFile: physicalOffset - start, left };
  const head = Buffer.alloc(Math.min(4, left));
  await files.read(head, physicalOffset);
  const size = head.length < 4 ? 0 : head.readInt32BE(0);
  if (size <= 0 || size > left) return false;
  const bytes = Buffer.allocUnsafe(size);
  const read = await files.read(bytes, physicalOffset);
  return checkRecord(bytes.subarray(0, read), 0, place, { checkCrc: true }).kind === 'record';
}
