import type { LogFileQueue } from './log-file-queue.js';
import { checkRecord, type RecordLayout } from './record-check.js';

const CHUNK_BYTES = 1024 * 1024;

/** Called for each record; the bytes are reused afterwards. */
export type RecordVisitor = (bytes: Buffer, position: number, physicalOffset: number, layout: RecordLayout) => void;

export interface ScanEnd {
  /** Behind the last record that is whole. */
  readonly offset: number;
  /** Why it is not whole, when something is there that is no record. */
  readonly damage?: string;
}

/**
 * Visits every record from `from`, which must be the first byte of one or of a file, to `to` or the
 * log's end. `afterChunk` is waited for whenever some have been visited, but not at the end.
 */
export async function scanLog(
  files: LogFileQueue,
  from: number,
  to: number,
  options: { checkCrc: boolean; afterChunk?: (physicalOffset: number) => Promise<void> },
  visit: RecordVisitor,
): Promise<ScanEnd> {
  let chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, files.fileSize));
  let offset = from;
  while (offset < to && files.hasFile(files.startOf(offset))) {
    const fileStart = files.startOf(offset);
    const fileEnd = fileStart + files.fileSize;
    const read = await files.read(chunk.subarray(0, Math.min(chunk.length, fileEnd - offset)), offset);
    const bytes = chunk.subarray(0, read);
    let position = 0;
    for (;;) {
      const place = { physicalOffset: offset, positionInFile: offset - fileStart, left: fileEnd - offset };
      const check = checkRecord(bytes, position, place, options);
      if (check.kind === 'empty') return { offset };
      if (check.kind === 'damaged') return { offset, damage: check.reason };
      if (check.kind === 'short') {
        if (position === 0 && check.size <= chunk.length) return { offset, damage: 'the file is shorter than it was' };
        if (check.size > chunk.length) chunk = Buffer.allocUnsafe(check.size);
        break;
      }
      if (check.kind === 'fileEnd') {
        offset = fileEnd;
        break;
      }
      visit(bytes, position, offset, check.layout);
      position += check.layout.totalSize;
      offset += check.layout.totalSize;
      if (offset >= to) break;
    }
    await options.afterChunk?.(offset);
  }
  return { offset };
}
