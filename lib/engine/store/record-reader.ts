import { readInt64 } from '../common/byte-reader.js';
import { RecordPosition } from '../message/message-codec.js';
import type { Logger } from '../ports/logger.js';
import type { CommitLog } from './commit-log.js';
import { Copies } from './copies.js';
import type { LogFileQueue } from './log-file-queue.js';
import { ReadCache } from './read-cache.js';
import type { CacheFigures } from './store-figures.js';
import { bodyProblem, checkRecord, type RecordLayout } from './record-check.js';

export interface StoredRecord {
  /** A copy; for a RecordTest a view. */
  readonly bytes: Buffer;
  readonly layout: RecordLayout;
}

/** Whether a record is wanted; asked before it is copied and its body is checked. */
export type RecordTest = (record: StoredRecord) => boolean;

export interface QueuePlace {
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
}

interface WantedRecord {
  readonly physicalOffset: number;
  readonly size: number;
  readonly wantedAt: QueuePlace | undefined;
  readonly isWanted: RecordTest | undefined;
  /** Whether it comes from the log's tail in memory, whose CRC needs no check. */
  readonly isRecent: boolean;
}

/** Reads whole records: the newest from memory, others from the files, where each is checked. */
export class RecordReader {
  private readonly cache: ReadCache;
  private readonly copies = new Copies();

  constructor(
    private readonly log: CommitLog,
    private readonly files: LogFileQueue,
    cacheBytes: number,
    private readonly logger: Logger,
  ) {
    this.cache = new ReadCache(files, cacheBytes);
  }

  get cacheFigures(): CacheFigures {
    return this.cache.figures;
  }

  /** The bytes of a recent record, copied; undefined when it is to be read by read(). */
  recent(physicalOffset: number, size: number): Buffer | undefined {
    const view = this.log.recent(physicalOffset, size);
    return view && this.copies.copyOf(view);
  }

  /**
   * 'gone': there is no such record, or not what was written (which is reported), or not that of the
   * place it is wanted for; 'other': not one that `isWanted`.
   */
  async read(
    physicalOffset: number,
    size: number,
    wantedAt?: QueuePlace,
    isWanted?: RecordTest,
  ): Promise<StoredRecord | 'gone' | 'other'> {
    const found = this.readNow(physicalOffset, size, wantedAt, isWanted);
    if (found !== 'elsewhere') return found;
    const bytes = await this.cache.read(physicalOffset, size, this.log.writtenOffset);
    return this.checked(bytes, { physicalOffset, size, wantedAt, isWanted, isRecent: false });
  }

  /** As read(), if the record is in memory; 'elsewhere': it is not. */
  readNow(
    physicalOffset: number,
    size: number,
    wantedAt?: QueuePlace,
    isWanted?: RecordTest,
  ): StoredRecord | 'gone' | 'other' | 'elsewhere' {
    const recent = this.log.recent(physicalOffset, size);
    const view = recent ?? this.cache.view(physicalOffset, size, this.log.writtenOffset);
    if (view === undefined) return 'elsewhere';
    const isRecent = recent !== undefined;
    const record = this.checked(view, { physicalOffset, size, wantedAt, isWanted, isRecent });
    return typeof record === 'string' ? record : { bytes: this.copies.copyOf(view), layout: record.layout };
  }

  /** The record that begins at `physicalOffset`; undefined when none does. */
  async readAt(physicalOffset: number): Promise<Buffer | undefined> {
    const head = await this.headAt(physicalOffset);
    const size = head?.readInt32BE(RecordPosition.totalSize) ?? 0;
    const isHead = head !== undefined && readInt64(head, RecordPosition.physicalOffset) === physicalOffset;
    const left = this.files.startOf(physicalOffset) + this.files.fileSize - physicalOffset;
    if (!isHead || size <= head.length || size > left) return undefined;
    const record = await this.read(physicalOffset, size);
    return typeof record === 'string' ? undefined : record.bytes;
  }

  forgetBefore(physicalOffset: number): void {
    this.cache.forgetBefore(physicalOffset);
  }

  private checked(bytes: Buffer, wanted: WantedRecord): StoredRecord | 'gone' | 'other' {
    const { physicalOffset, size, wantedAt, isWanted, isRecent } = wanted;
    if (bytes.length < size || physicalOffset < this.log.minOffset) return 'gone';
    const start = this.files.startOf(physicalOffset);
    const positionInFile = physicalOffset - start;
    const place = { physicalOffset, positionInFile, left: this.files.fileSize - positionInFile };
    const check = checkRecord(bytes, 0, place, { checkCrc: false });
    let reason = check.kind === 'damaged' ? check.reason : 'there is no record of this size';
    if (check.kind === 'record' && check.layout.totalSize === size) {
      const record = { bytes, layout: check.layout };
      if (wantedAt !== undefined && !isAt(record, wantedAt)) return 'gone';
      if (isWanted !== undefined && !isWanted(record)) return 'other';
      const problem = isRecent ? undefined : bodyProblem(bytes, 0, check.layout);
      if (problem === undefined) return record;
      reason = problem;
    }
    this.logger.error('a stored record is damaged; it is left out', {
      file: this.files.pathOf(start),
      position: positionInFile,
      reason,
    });
    return 'gone';
  }

  /** Its sizes and offsets; undefined where no record can be. */
  private async headAt(physicalOffset: number): Promise<Buffer | undefined> {
    const length = RecordPosition.sysFlag;
    if (physicalOffset < this.log.minOffset || physicalOffset + length > this.log.writtenOffset) return undefined;
    const recent = this.recent(physicalOffset, length);
    const head = recent ?? (await this.cache.read(physicalOffset, length, this.log.writtenOffset));
    return head.length < length ? undefined : head;
  }
}

/** Not so for what repair has put where a record was lost. */
function isAt({ bytes, layout }: StoredRecord, { topic, queueId, queueOffset }: QueuePlace): boolean {
  if (readInt64(bytes, RecordPosition.queueOffset) !== queueOffset) return false;
  if (bytes.readInt32BE(RecordPosition.queueId) !== queueId || layout.topicLength !== topic.length) return false;
  for (let i = 0; i < topic.length; i++) {
    if (bytes[layout.topicAt + i] !== topic.charCodeAt(i)) return false; // a topic's characters are ASCII
  }
  return true;
}
