import type { LogFileQueue } from './log-file-queue.js';
import {
  CONSUME_QUEUE_ENTRY_BYTES as ENTRY_BYTES,
  isBlank,
  isEntry,
  readEntry,
  writeBlankEntries,
  writeEntry,
  type ConsumeQueueEntry,
} from './consume-queue-format.js';

/** What is known of a queue without looking at its entries. */
export interface ConsumeQueueState {
  minOffset: number;
  /** Behind the last entry. */
  maxOffset: number;
  /** End of the record of the last entry; 0 when there was none. */
  maxPhysicalOffset: number;
}

/** Entries read at once where a queue's end is looked for. */
const SCANNED_ENTRIES = 1024;
/** Entries that a reader far from the end is given without another look at the file. */
const READ_AHEAD_ENTRIES = 256;
/** Entries kept in memory behind those that are written. */
const KEPT_ENTRIES = 128;
/** A queue that jumps by more starts anew there: filling the gap would be work without an end. */
const MAX_GAP = 300_000;

/**
 * The entries of one message queue: derived from the commit log, and rebuilt from it after a crash.
 * An entry is visible as soon as it is here; the newest are in memory, written by write() and
 * durable after sync(). Positions are queue offsets throughout.
 * Source: Apache 5.3 ConsumeQueue.
 */
export class ConsumeQueue {
  /** What the next message of this queue gets; ahead of maxOffset by what is not dispatched yet. */
  nextOffset: number;
  private min: number;
  private maxPhysical: number;
  /** Entries of [windowStart, windowStart + windowCount), the written ones first. */
  private window = Buffer.alloc(0);
  private windowStart: number;
  private windowCount = 0;
  private written: number;
  private synced: number;
  /** Entries that were last read from the files for a reader who comes for the next of them. */
  private readAhead?: { readonly start: number; readonly bytes: Buffer };

  constructor(
    readonly topic: string,
    readonly queueId: number,
    readonly files: LogFileQueue,
    state: ConsumeQueueState = { minOffset: 0, maxOffset: 0, maxPhysicalOffset: 0 },
  ) {
    this.min = state.minOffset;
    this.maxPhysical = state.maxPhysicalOffset;
    this.nextOffset = this.windowStart = this.written = this.synced = state.maxOffset;
  }

  get minOffset(): number {
    return this.min;
  }

  get maxOffset(): number {
    return this.windowStart + this.windowCount;
  }

  get maxPhysicalOffset(): number {
    return this.maxPhysical;
  }

  get state(): ConsumeQueueState {
    return { minOffset: this.min, maxOffset: this.maxOffset, maxPhysicalOffset: this.maxPhysical };
  }

  get unwrittenBytes(): number {
    return (this.maxOffset - this.written) * ENTRY_BYTES;
  }

  get isSynced(): boolean {
    return this.synced === this.maxOffset;
  }

  /** Adds the entry at `queueOffset`, normally maxOffset. */
  append(queueOffset: number, entry: ConsumeQueueEntry): void {
    if (queueOffset !== this.maxOffset) this.skipTo(queueOffset);
    this.push(entry);
    this.maxPhysical = entry.physicalOffset + entry.size;
    if (this.nextOffset < this.maxOffset) this.nextOffset = this.maxOffset;
  }

  /** Bytes of up to `count` entries from `queueOffset` on, for this turn only; undefined: they are in the files. */
  recentEntries(queueOffset: number, count: number): Buffer | undefined {
    const first = queueOffset - this.windowStart;
    if (first < 0 || first >= this.windowCount) return undefined;
    const last = Math.min(first + count, this.windowCount);
    return this.window.subarray(first * ENTRY_BYTES, last * ENTRY_BYTES);
  }

  /** Bytes of up to `count` entries from `queueOffset` on, from memory or the files. */
  async entries(queueOffset: number, count: number): Promise<Buffer> {
    const recent = this.recentEntries(queueOffset, count);
    if (recent) return Buffer.from(recent);
    const wanted = Math.min(count, this.windowStart - queueOffset);
    if (wanted <= 0) return Buffer.alloc(0);
    const bytes = Buffer.allocUnsafe(wanted * ENTRY_BYTES);
    const read = await this.files.read(bytes, queueOffset * ENTRY_BYTES);
    return bytes.subarray(0, read - (read % ENTRY_BYTES));
  }

  /** Bytes of entries from `queueOffset` on, at least of one if there is one; read ahead for who goes through the queue. */
  async someEntries(queueOffset: number, count: number): Promise<Buffer> {
    const ahead = this.entriesAhead(queueOffset, count);
    if (ahead !== undefined) return ahead;
    const read = await this.entries(queueOffset, Math.max(count, READ_AHEAD_ENTRIES));
    // What a truncation has taken meanwhile must not be kept.
    const end = queueOffset + read.length / ENTRY_BYTES;
    if (end <= this.windowStart) this.readAhead = { start: queueOffset, bytes: read };
    return read.subarray(0, count * ENTRY_BYTES);
  }

  private entriesAhead(queueOffset: number, count: number): Buffer | undefined {
    if (this.readAhead === undefined) return undefined;
    const first = queueOffset - this.readAhead.start;
    const { bytes } = this.readAhead;
    if (first < 0 || first * ENTRY_BYTES >= bytes.length) return undefined;
    return bytes.subarray(first * ENTRY_BYTES, (first + count) * ENTRY_BYTES);
  }

  /** The first entry of the file behind the one that `queueOffset` is in. */
  nextFileOffset(queueOffset: number): number {
    return (this.files.startOf(queueOffset * ENTRY_BYTES) + this.files.fileSize) / ENTRY_BYTES;
  }

  /** Forgets the messages in front of `queueOffset`. */
  raiseMinOffset(queueOffset: number): void {
    this.min = Math.min(Math.max(this.min, queueOffset), this.maxOffset);
  }

  /** Writes what is in memory only. One call at a time. */
  async write(onFileMade: () => void): Promise<void> {
    while (this.written < this.maxOffset) {
      const position = this.written * ENTRY_BYTES;
      const start = this.files.startOf(position);
      const end = Math.min(this.maxOffset * ENTRY_BYTES, start + this.files.fileSize);
      const entries = Buffer.from(this.bytesOf(this.written, end / ENTRY_BYTES));
      if (!this.files.hasFile(start)) {
        await this.files.create(start, { durable: false });
        onFileMade();
        if (position > start) await this.files.write([blanks(position - start)], start);
      }
      await this.files.write([entries], position);
      // A truncation meanwhile has taken `written` back: what it left is written by the next round.
      this.written = Math.min(end / ENTRY_BYTES, this.maxOffset);
    }
    this.shrinkWindow();
  }

  /** Puts what was written on the disk. */
  async sync(): Promise<void> {
    const target = this.written;
    await this.files.datasync(this.synced * ENTRY_BYTES, target * ENTRY_BYTES);
    this.synced = Math.min(target, this.maxOffset);
  }

  /** Whether the files that its bounds speak of are there. */
  get hasItsFiles(): boolean {
    if (this.min === this.maxOffset) return true;
    return [this.min, this.maxOffset - 1].every((queueOffset) =>
      this.files.hasFile(this.files.startOf(queueOffset * ENTRY_BYTES)),
    );
  }

  /** Clears what a crash left behind the queue's end in the files. Durable by the next crash's recovery, which does it again. */
  clearTail(): Promise<void> {
    return this.files.clearFrom(this.maxOffset * ENTRY_BYTES, { durable: false });
  }

  /** Takes the entries from `queueOffset` on back. */
  truncate(queueOffset: number): void {
    this.windowCount = Math.max(0, Math.min(this.windowCount, queueOffset - this.windowStart));
    if (this.windowCount === 0) this.windowStart = Math.min(this.windowStart, queueOffset);
    this.written = Math.min(this.written, queueOffset);
    this.synced = Math.min(this.synced, queueOffset);
    this.min = Math.min(this.min, queueOffset);
    this.nextOffset = queueOffset;
    this.readAhead = undefined;
  }

  /** Has no entry in front of `queueOffset`, and goes on there. */
  startAt(queueOffset: number): void {
    this.nextOffset = this.windowStart = this.written = this.synced = this.min = queueOffset;
    this.windowCount = 0;
    this.readAhead = undefined;
  }

  /** Drops all entries whose records begin at `physicalOffset` or behind, also from the files. */
  async truncateToLog(physicalOffset: number): Promise<void> {
    const end = await this.endInFrontOf(physicalOffset);
    if (end === this.maxOffset) return;
    const last = end > this.min ? await this.entryAt(end - 1) : undefined;
    this.truncate(end);
    this.maxPhysical = last ? last.physicalOffset + last.size : 0;
    await this.clearTail();
  }

  /**
   * Finds the queue's bounds from its files alone, as Apache does: entries are valid up to the first
   * that isn't. Whether they are on the disk is not known, nor whether the log has their records.
   */
  async loadBounds(): Promise<void> {
    if (this.files.isEmpty) return;
    const end = await this.findEnd();
    this.startAt(end);
    this.min = this.synced = this.files.startOffset / ENTRY_BYTES; // a killed process may have left them unsynced
    const last = end > this.min ? await this.entryAt(end - 1) : undefined;
    this.maxPhysical = last && !isBlank(last) ? last.physicalOffset + last.size : 0;
  }

  /** Raises minOffset to the first message that the commit log still has. Source: Apache 5.3 ConsumeQueue#correctMinOffset. */
  async correctMinOffset(minPhysicalOffset: number): Promise<void> {
    let low = this.min;
    let high = this.maxOffset;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const next = await this.firstEntryFrom(middle);
      if (next && next.physicalOffset >= minPhysicalOffset) high = middle;
      else low = (next?.queueOffset ?? middle) + 1;
    }
    const first = await this.firstEntryFrom(low);
    this.raiseMinOffset(first?.queueOffset ?? low);
  }

  /** Removes the files in front of minOffset, but never the last. */
  async removeOldFiles(): Promise<void> {
    while (this.files.fileStarts.length > 1 && this.files.startOffset + this.files.fileSize <= this.min * ENTRY_BYTES) {
      await this.files.removeFirst();
    }
  }

  async entryAt(queueOffset: number): Promise<ConsumeQueueEntry | undefined> {
    const bytes = await this.entries(queueOffset, 1);
    return bytes.length < ENTRY_BYTES ? undefined : readEntry(bytes, 0);
  }

  /** Where the first entry from `queueOffset` on is that is not blank, and where its record is. */
  private async firstEntryFrom(
    queueOffset: number,
  ): Promise<{ queueOffset: number; physicalOffset: number } | undefined> {
    let from = queueOffset;
    for (let count = 1; from < this.maxOffset; count = SCANNED_ENTRIES) {
      const bytes = await this.entries(from, count);
      if (bytes.length === 0) return undefined;
      for (let position = 0; position < bytes.length; position += ENTRY_BYTES, from++) {
        const entry = readEntry(bytes, position);
        if (!isBlank(entry)) return { queueOffset: from, physicalOffset: entry.physicalOffset };
      }
    }
    return undefined;
  }

  /** Behind the last entry whose record begins in front of `physicalOffset`. */
  private async endInFrontOf(physicalOffset: number): Promise<number> {
    for (let end = this.maxOffset; end > this.min;) {
      const isInMemory = end > this.windowStart;
      const start = Math.max(this.min, end - SCANNED_ENTRIES, isInMemory ? this.windowStart : 0);
      const bytes = await this.entries(start, end - start);
      for (let position = bytes.length - ENTRY_BYTES; position >= 0; position -= ENTRY_BYTES) {
        const entry = readEntry(bytes, position);
        if (!isBlank(entry) && entry.physicalOffset < physicalOffset) return start + position / ENTRY_BYTES + 1;
      }
      end = start;
    }
    return this.min;
  }

  /** Behind the last valid entry of the last file that has one. */
  private async findEnd(): Promise<number> {
    for (const start of [...this.files.fileStarts].reverse()) {
      const end = await this.validEnd(start);
      if (end > start) return end / ENTRY_BYTES;
    }
    return this.files.startOffset / ENTRY_BYTES;
  }

  /** Byte offset of the first entry of a file that is none. */
  private async validEnd(start: number): Promise<number> {
    const chunk = Buffer.allocUnsafe(SCANNED_ENTRIES * ENTRY_BYTES);
    for (let from = start; from < start + this.files.fileSize; from += chunk.length) {
      const part = chunk.subarray(0, Math.min(chunk.length, start + this.files.fileSize - from));
      const read = await this.files.read(part, from);
      for (let position = 0; position < part.length; position += ENTRY_BYTES) {
        if (position + ENTRY_BYTES > read || !isEntry(readEntry(part, position))) return from + position;
      }
    }
    return start + this.files.fileSize;
  }

  private skipTo(queueOffset: number): void {
    if (queueOffset < this.maxOffset) this.truncate(queueOffset);
    const isNew = this.maxOffset === this.min && this.unwrittenBytes === 0;
    if (isNew || queueOffset - this.maxOffset > MAX_GAP) this.startAt(queueOffset);
    const blank = readEntry(blanks(ENTRY_BYTES), 0);
    while (this.maxOffset < queueOffset) this.push(blank);
  }

  private push(entry: ConsumeQueueEntry): void {
    if ((this.windowCount + 1) * ENTRY_BYTES > this.window.length) this.growWindow();
    writeEntry(this.window, this.windowCount * ENTRY_BYTES, entry);
    this.windowCount++;
  }

  private growWindow(): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(8, this.windowCount * 2) * ENTRY_BYTES);
    this.window.copy(grown, 0, 0, this.windowCount * ENTRY_BYTES);
    this.window = grown;
  }

  /** Forgets written entries beyond those kept for readers that follow closely. */
  private shrinkWindow(): void {
    const surplus = Math.min(this.written - this.windowStart, this.windowCount - KEPT_ENTRIES);
    if (surplus < KEPT_ENTRIES) return;
    const kept = this.window.subarray(surplus * ENTRY_BYTES, this.windowCount * ENTRY_BYTES);
    this.window = Buffer.from(kept);
    this.windowStart += surplus;
    this.windowCount -= surplus;
  }

  private bytesOf(from: number, to: number): Buffer {
    return this.window.subarray((from - this.windowStart) * ENTRY_BYTES, (to - this.windowStart) * ENTRY_BYTES);
  }
}

function blanks(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  writeBlankEntries(bytes, 0, length);
  return bytes;
}
