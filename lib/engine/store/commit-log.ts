import { MAGIC_BLANK } from '../message/message-codec.js';
import type { Cancellable, Clock } from '../ports/clock.js';
import { hasErrorCode } from '../ports/file-system.js';
import { FlushService } from './flush-service.js';
import type { LogFileQueue } from './log-file-queue.js';
import type { StoreOptions } from './store-options.js';
import { TailBuffer, type Room } from './tail-buffer.js';

/** Left behind the last record of a file: int32 bytes left, int32 MAGIC_BLANK. */
export const FILE_END_BYTES = 8;

/** More is written by several writes, one after the other. */
const LONGEST_WRITE = 1024 * 1024;
/** So much is written while the turn that appended it goes on; less in files that are small themselves. */
const EARLY_WRITE = 64 * 1024;
const EARLY_WRITES_PER_FILE = 8;

/** How long after a full disk it is looked at again. */
const FULL_DISK_RETRY_MS = 1000;

export interface CommitLogEvents {
  /** Everything in front of `offset` is with the operating system. */
  onWritten(offset: number): void;
  /** Everything in front of `offset` is on the disk. */
  onFlushed(offset: number): void;
  /** Nothing from `offset` on was stored: the disk is full. The log goes on from there. */
  onRolledBack(offset: number, cause: unknown): void;
  /** The disk failed; the log takes nothing more. */
  onFailed(cause: unknown): void;
}

/**
 * The one truth of the store: records one behind the other, in files of one size. A record that
 * would not leave FILE_END_BYTES behind it in its file goes to the next. What is appended in one
 * turn of the event loop is written by one write (or by some, if it is much), one at a time.
 * Source: Apache 5.3 CommitLog.
 */
export class CommitLog {
  private readonly tail: TailBuffer;
  private readonly flushService: FlushService;
  private appended: number;
  private written: number;
  private writing?: Promise<void>;
  private isWriteDue = false;
  private readonly earlyWrite: number;
  /** Ends of records at which a long write is divided, so that the first are answered while the last are written. */
  private marks: number[] = [];
  private preparing: Promise<void> = Promise.resolve();
  private isHealing = false;
  private hasFailed = false;
  private healTimer?: Cancellable;

  /** @param startOffset where recovery found the log's end; everything behind it is zeros */
  constructor(
    private readonly files: LogFileQueue,
    startOffset: number,
    options: StoreOptions,
    private readonly clock: Clock,
    private readonly events: CommitLogEvents,
  ) {
    this.tail = new TailBuffer(options.readCacheBytes);
    this.appended = this.written = startOffset;
    this.earlyWrite = Math.min(EARLY_WRITE, files.fileSize / EARLY_WRITES_PER_FILE);
    this.flushService = new FlushService(
      options,
      {
        clock,
        gather: () => this.gather(),
        sync: (from, to) => files.datasync(from, to),
        onFlushed: (offset) => this.events.onFlushed(offset),
        onFailed: (error) => this.fail(error),
      },
      startOffset,
    );
  }

  /** First byte there is. */
  get minOffset(): number {
    return this.files.isEmpty ? this.written : this.files.startOffset;
  }

  /** Where the next record goes. */
  get appendedOffset(): number {
    return this.appended;
  }

  get writtenOffset(): number {
    return this.written;
  }

  get flushedOffset(): number {
    return this.flushService.flushedOffset;
  }

  get flushes(): Pick<FlushService, 'durations' | 'unflushedMs'> {
    return this.flushService;
  }

  /** False while the disk is full or after it failed. */
  get isWriteable(): boolean {
    return !this.isHealing && !this.hasFailed;
  }

  /** Largest record or batch that a file can hold. */
  get maxRecordBytes(): number {
    return this.files.fileSize - FILE_END_BYTES;
  }

  /** What append() gives to whoever needs no more; may be filled before. Undefined: none is at hand. */
  free(): Room | undefined {
    const left = this.files.startOf(this.appended) + this.files.fileSize - this.appended;
    return this.tail.free(this.appended, left - FILE_END_BYTES);
  }

  /**
   * Takes the next `size` bytes (at most maxRecordBytes) of the log, to be filled before the next
   * call. Written when the turn has ended, or earlier.
   */
  append(size: number): Room {
    if (this.appended - this.written >= this.earlyWrite) this.write(); // what was appended before is filled by now
    const left = this.files.startOf(this.appended) + this.files.fileSize - this.appended;
    if (size + FILE_END_BYTES > left) this.endFile(left);
    const physicalOffset = this.appended;
    if (physicalOffset - (this.marks.at(-1) ?? this.written) >= LONGEST_WRITE) this.marks.push(physicalOffset);
    const room = this.tail.reserve(physicalOffset, size, this.written);
    this.appended += size;
    this.writeSoon();
    return room;
  }

  /** Recent bytes, to be copied in this turn; undefined when they are to be read from the file. */
  recent(physicalOffset: number, size: number): Buffer | undefined {
    return this.tail.view(physicalOffset, size);
  }

  /** @returns bytes read; fewer than asked at the end of the files, or when retention took them */
  read(target: Buffer, physicalOffset: number): Promise<number> {
    return this.files.read(target, physicalOffset);
  }

  /** Resolves when everything appended so far is on the disk, or the log has failed. */
  async flushAll(): Promise<void> {
    await this.writeAll();
    if (!this.hasFailed) await this.flushService.flushAll();
  }

  async stop(): Promise<void> {
    await this.flushAll();
    this.healTimer?.cancel();
    await this.flushService.stop();
    await this.preparing;
  }

  /** Stops taking records for good. */
  fail(cause: unknown): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.events.onFailed(cause);
  }

  private endFile(left: number): void {
    const { memory, position } = this.tail.reserve(this.appended, FILE_END_BYTES, this.written);
    memory.view.setInt32(position, left);
    memory.view.setInt32(position + 4, MAGIC_BLANK);
    this.appended += left;
  }

  /** Whoever the last fsync has answered may append again in this turn. */
  private async gather(): Promise<void> {
    await new Promise<void>((resolve) => this.clock.schedule(0, resolve));
    await this.writeAll();
  }

  /** Resolves when everything appended so far is written, or was rolled back. */
  private async writeAll(): Promise<void> {
    const target = this.appended;
    while (this.written < Math.min(target, this.appended) && this.isWriteable) {
      this.write();
      await this.writing;
    }
  }

  private writeSoon(): void {
    if (this.writing || this.isWriteDue) return;
    this.isWriteDue = true;
    this.clock.schedule(0, () => {
      this.isWriteDue = false;
      this.write();
    });
  }

  /** Writes what is there, unless a write runs: its end starts the next. */
  private write(): void {
    if (this.writing || this.appended === this.written || !this.isWriteable) return;
    this.writing = this.writeRound(this.marks.shift() ?? this.appended);
  }

  /** Never rejects: what goes wrong ends in a roll-back or a failure. */
  private async writeRound(target: number): Promise<void> {
    try {
      await this.writeFiles(this.written, target);
    } catch (error) {
      await this.rollBack(error);
      this.writing = undefined;
      return;
    }
    this.written = target;
    this.flushService.noteWritten(target);
    this.writing = undefined;
    this.write(); // the disk goes on while what was written is made visible
    this.events.onWritten(target);
    this.prepareNextFile();
  }

  private async writeFiles(from: number, to: number): Promise<void> {
    while (from < to) {
      const start = this.files.startOf(from);
      const end = Math.min(to, start + this.files.fileSize);
      await this.files.create(start, { durable: true });
      await this.files.write(this.tail.chunks(from, end), from);
      from = end;
    }
  }

  /** So that the step into the next file waits for no directory. */
  private prepareNextFile(): void {
    const next = this.files.startOf(this.written) + this.files.fileSize;
    if (this.files.hasFile(next)) return;
    // If it can't be made now, the write that needs it tries again and reports.
    this.preparing = this.files.create(next, { durable: true }).catch(() => undefined);
  }

  /** A full disk is survived: what had got to it is cleared away. Anything else is not. */
  private async rollBack(cause: unknown): Promise<void> {
    if (!hasErrorCode(cause, 'ENOSPC', 'EDQUOT')) {
      this.fail(cause);
      return;
    }
    this.isHealing = true;
    this.appended = this.written;
    this.marks = [];
    this.tail.rollback(this.written);
    this.events.onRolledBack(this.written, cause);
    try {
      await this.files.clearFrom(this.written, { durable: true });
    } catch (error) {
      this.fail(error);
      return;
    }
    this.healTimer = this.clock.schedule(FULL_DISK_RETRY_MS, () => (this.isHealing = false));
  }
}
