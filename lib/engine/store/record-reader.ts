import { readInt64 } from '../common/byte-reader.js';
import { RecordPosition } from '../message/message-codec.js';
import type { Logger } from '../ports/logger.js';
import type { CommitLog } from './commit-log.js';
import { Copies } from './copies.js';
import type { LogFileQueue } from './log-file-queue.js';
import { ReadCache } from './read-cache.js';
import type { CacheFigures } from './store-figures.js';
import { checkRecord, type RecordLayout } from './record-check.js';

export interface StoredRecord {
  /** A copy. */
  readonly bytes: Buffer;
  readonly layout: RecordLayout;
}

export interface QueuePlace {
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
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
   * Undefined when the record is gone, not what was written (which is reported), or not that of the
   * place it is wanted for.
   */
  async read(physicalOffset: number, size: number, wantedAt?: QueuePlace): Promise<StoredRecord | undefined> {
    const found = this.readNow(physicalOffset, size, wantedAt);
    if (found !== 'elsewhere') return found;
    const bytes = await this.cache.read(physicalOffset, size, this.log.writtenOffset);
    return this.checked(bytes, physicalOffset, size, wantedAt);
  }

  /** As read(), if the record is in memory; 'elsewhere': it is not. */
  readNow(physicalOffset: number, size: number, wantedAt?: QueuePlace): StoredRecord | undefined | 'elsewhere' {
    const recent = this.recent(physicalOffset, size);
    if (recent) return this.checked(recent, physicalOffset, size, wantedAt, { isRecent: true });
    const view = this.cache.view(physicalOffset, size, this.log.writtenOffset);
    return view ? this.checked(this.copies.copyOf(view), physicalOffset, size, wantedAt) : 'elsewhere';
  }

  /** The record that begins at `physicalOffset`; undefined when none does. */
  async readAt(physicalOffset: number): Promise<Buffer | undefined> {
    const head = await this.headAt(physicalOffset);
    const size = head?.readInt32BE(RecordPosition.totalSize) ?? 0;
    const isHead = head !== undefined && readInt64(head, RecordPosition.physicalOffset) === physicalOffset;
    const left = this.files.startOf(physicalOffset) + this.files.fileSize - physicalOffset;
    if (!isHead || size <= head.length || size > left) return undefined;
    return (await this.read(physicalOffset, size))?.bytes;
  }

  forgetBefore(physicalOffset: number): void {
    this.cache.forgetBefore(physicalOffset);
  }

  private checked(
    bytes: Buffer,
    physicalOffset: number,
    size: number,
    wantedAt: QueuePlace | undefined,
    { isRecent }: { isRecent: boolean } = { isRecent: false },
  ): StoredRecord | undefined {
    if (bytes.length < size || physicalOffset < this.log.minOffset) return undefined;
    const start = this.files.startOf(physicalOffset);
    const positionInFile = physicalOffset - start;
    const place = { physicalOffset, positionInFile, left: this.files.fileSize - positionInFile };
    const check = checkRecord(bytes, 0, place, { checkCrc: !isRecent });
    if (check.kind === 'record' && check.layout.totalSize === size) {
      const record = { bytes, layout: check.layout };
      return wantedAt === undefined || isAt(record, wantedAt) ? record : undefined;
    }
    this.logger.error('a stored record is damaged; it is left out', {
      file: this.files.pathOf(start),
      position: positionInFile,
      reason: check.kind === 'damaged' ? check.reason : 'there is no record of this size',
    });
    return undefined;
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
  if (bytes.readInt32BE(RecordPosition.queueId) !== queueId) return false;
  return bytes.toString('utf8', layout.topicAt, layout.topicAt + layout.topicLength) === topic;
}
