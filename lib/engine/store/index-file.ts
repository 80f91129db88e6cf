import { join } from 'node:path';
import type { FileSystem } from '../ports/file-system.js';
import {
  decodeIndexHeader,
  encodeIndexHeader,
  entryPosition,
  INDEX_ENTRY_BYTES,
  INDEX_HEADER_BYTES,
  INDEX_SLOT_BYTES,
  indexFileBytes,
  readIndexEntry,
  slotPosition,
  writeIndexEntry,
  type IndexEntry,
  type IndexHeader,
  type IndexSize,
} from './index-format.js';
import type { OpenFiles } from './open-files.js';

const PAGE_BYTES = 4096;
const PAGE_SLOTS = PAGE_BYTES / INDEX_SLOT_BYTES;
/** Up to so many entries it is cheaper to build the slots from them than to read all slots. */
const FEW_ENTRIES = 100_000;
const ENTRIES_READ_AT_ONCE = 16 * 1024;
const PAGES_READ_AT_ONCE = 256;

/** How much of an index file is on the disk: enough to bring it back. */
export interface IndexFileState {
  name: string;
  header: IndexHeader;
}

/**
 * One index file. While it takes entries, its slots are in memory: entries are written as they come,
 * slots now and then, since they can be built from the entries. A full file is read where it lies.
 */
export class IndexFile {
  readonly path: string;
  private slots?: Buffer;
  /** 1 for a page of the slots that differs from the file's. */
  private readonly dirtyPages: Uint8Array;
  /** Entries that are not written yet; the first is number `written`. */
  private pending = Buffer.alloc(0);
  private written: number;
  private isMade: boolean;
  private isUnsynced = false;

  private constructor(
    directory: string,
    readonly name: string,
    private readonly size: IndexSize,
    readonly header: IndexHeader,
    private readonly openFiles: OpenFiles,
    isMade: boolean,
  ) {
    this.path = join(directory, name);
    this.dirtyPages = new Uint8Array(Math.ceil(size.slots / PAGE_SLOTS));
    this.written = header.indexCount;
    this.isMade = isMade;
  }

  /** A new file, in memory only until write(). It begins where the one before it ended. */
  static begin(
    directory: string,
    name: string,
    size: IndexSize,
    previous: IndexHeader | undefined,
    openFiles: OpenFiles,
  ): IndexFile {
    const timestamp = previous?.endTimestamp ?? 0;
    const offset = previous?.endPhyOffset ?? 0;
    const header = {
      beginTimestamp: timestamp,
      endTimestamp: timestamp,
      beginPhyOffset: offset,
      endPhyOffset: offset,
      hashSlotCount: 0,
      indexCount: 1,
    };
    const file = new IndexFile(directory, name, size, header, openFiles, false);
    file.slots = Buffer.alloc(size.slots * INDEX_SLOT_BYTES);
    return file;
  }

  /** A file that is there. `header`: what is known to be on the disk, when that is not the file's own. */
  static async open(
    directory: string,
    name: string,
    size: IndexSize,
    openFiles: OpenFiles,
    header?: IndexHeader,
  ): Promise<IndexFile> {
    const bytes = Buffer.alloc(INDEX_HEADER_BYTES);
    if (!header) await openFiles.use(join(directory, name), (file) => file.read(bytes, 0));
    return new IndexFile(directory, name, size, { ...(header ?? decodeIndexHeader(bytes)) }, openFiles, true);
  }

  /** False as long as it has no entry. */
  get isUsed(): boolean {
    return this.header.indexCount > 1;
  }

  get isFull(): boolean {
    return this.header.indexCount >= this.size.entries;
  }

  /** Not on the disk yet, not even its name. */
  get isNew(): boolean {
    return !this.isMade;
  }

  /** Whether sync() has something to do. */
  get isDirty(): boolean {
    return this.isUnsynced || this.unwrittenBytes > 0 || this.hasDirtyPages;
  }

  get unwrittenBytes(): number {
    return (this.header.indexCount - this.written) * INDEX_ENTRY_BYTES;
  }

  get state(): IndexFileState {
    return { name: this.name, header: { ...this.header } };
  }

  /** What is in the file may not be on the disk. */
  noteUnsynced(): void {
    this.isUnsynced = true;
  }

  /** Brings the slots to memory, so that put() can go on. `isWhole`: the slots in the file can be trusted. */
  async prepare(isWhole: boolean): Promise<void> {
    const slots = Buffer.alloc(this.size.slots * INDEX_SLOT_BYTES);
    if (isWhole && this.header.indexCount > FEW_ENTRIES) {
      await this.openFiles.use(this.path, (file) => file.read(slots, slotPosition(0)));
    } else {
      this.header.hashSlotCount = await this.buildSlots(slots);
      if (!isWhole) await this.findDirtyPages(slots);
    }
    this.slots = slots;
  }

  /** The file must not be full. Source: Apache 5.3 IndexFile#putKey. */
  put(keyHash: number, physicalOffset: number, storeTimestamp: number): void {
    const { header, slots } = this;
    if (!slots) throw new Error(`${this.path} is full or was not prepared`);
    const slot = keyHash % this.size.slots;
    const previous = this.validEntry(slots.readInt32BE(slot * INDEX_SLOT_BYTES));
    const seconds = header.beginTimestamp <= 0 ? 0 : Math.trunc((storeTimestamp - header.beginTimestamp) / 1000);
    this.append({ keyHash, physicalOffset, seconds: Math.min(Math.max(0, seconds), 0x7fffffff), previous });
    slots.writeInt32BE(header.indexCount, slot * INDEX_SLOT_BYTES);
    this.dirtyPages[Math.floor(slot / PAGE_SLOTS)] = 1;
    if (header.indexCount <= 1) {
      header.beginPhyOffset = physicalOffset;
      header.beginTimestamp = storeTimestamp;
    }
    if (previous === 0) header.hashSlotCount++;
    header.indexCount++;
    header.endPhyOffset = physicalOffset;
    header.endTimestamp = storeTimestamp;
  }

  /** How many of its entries are of its last record. */
  async countOfLast(): Promise<number> {
    const { indexCount, endPhyOffset } = this.header;
    let number = indexCount - 1;
    while (number > 0 && (await this.entry(number)).physicalOffset === endPhyOffset) number--;
    return indexCount - 1 - number;
  }

  /** Whether something stored in [begin, end] may be here. */
  overlaps(begin: number, end: number): boolean {
    return begin <= this.header.endTimestamp && end >= this.header.beginTimestamp;
  }

  /** Physical offsets of up to `maxCount` records with this hash, newest first. Source: Apache 5.3 IndexFile#selectPhyOffset. */
  async find(keyHash: number, maxCount: number, begin: number, end: number): Promise<number[]> {
    const found: number[] = [];
    let number = this.validEntry(await this.slot(keyHash % this.size.slots));
    while (number > 0 && found.length < maxCount) {
      const entry = await this.entry(number);
      if (entry.seconds < 0) break;
      const time = this.header.beginTimestamp + entry.seconds * 1000;
      if (entry.keyHash === keyHash && time >= begin && time <= end) found.push(entry.physicalOffset);
      if (time < begin || entry.previous >= number) break;
      number = this.validEntry(entry.previous);
    }
    return found;
  }

  /** Writes the entries that are in memory only, and their header. One call at a time. */
  async write(fileSystem: FileSystem): Promise<void> {
    if (this.written === this.header.indexCount) return;
    if (!this.isMade) {
      await this.make(fileSystem);
      this.isMade = true;
    }
    const { header, written } = this;
    const target = header.indexCount;
    const entries = Buffer.from(this.pending.subarray(0, (target - written) * INDEX_ENTRY_BYTES));
    const headerBytes = encodeIndexHeader(header);
    this.isUnsynced = true;
    await this.openFiles.use(this.path, async (file) => {
      await file.write([entries], entryPosition(this.size.slots, written));
      await file.write([headerBytes], 0);
    });
    this.pending = header.indexCount === target ? Buffer.alloc(0) : this.pending.subarray(entries.length);
    this.written = target;
  }

  /** Writes everything and puts it on the disk. A full file needs no memory afterwards. */
  async sync(fileSystem: FileSystem): Promise<void> {
    await this.write(fileSystem);
    if (!this.isMade) return;
    await this.openFiles.use(this.path, async (file) => {
      await this.writeSlots((chunk, position) => file.write([chunk], position));
      const { written } = this;
      await file.datasync();
      this.isUnsynced = this.written > written; // more may have been written meanwhile
    });
    if (this.isFull && this.unwrittenBytes === 0 && !this.hasDirtyPages) this.slots = undefined;
  }

  private async make(fileSystem: FileSystem): Promise<void> {
    const file = await fileSystem.open(this.path, { create: true });
    try {
      await file.truncate(indexFileBytes(this.size));
    } finally {
      await file.close();
    }
  }

  /** Neighbouring dirty pages by one write. A slot that changes meanwhile makes its page dirty again. */
  private async writeSlots(write: (chunk: Buffer, position: number) => Promise<void>): Promise<void> {
    const { slots } = this;
    if (!slots) return;
    const { dirtyPages } = this;
    for (let from = dirtyPages.indexOf(1), to; from >= 0; from = dirtyPages.indexOf(1, to)) {
      to = dirtyPages.indexOf(0, from);
      if (to < 0) to = dirtyPages.length;
      dirtyPages.fill(0, from, to);
      try {
        await write(slots.subarray(from * PAGE_BYTES, to * PAGE_BYTES), slotPosition(0) + from * PAGE_BYTES);
      } catch (error) {
        dirtyPages.fill(1, from, to);
        throw error;
      }
    }
  }

  private get hasDirtyPages(): boolean {
    return this.dirtyPages.includes(1);
  }

  private append(entry: IndexEntry): void {
    const position = this.unwrittenBytes;
    if (position + INDEX_ENTRY_BYTES > this.pending.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(64 * INDEX_ENTRY_BYTES, position * 2));
      this.pending.copy(grown, 0, 0, position);
      this.pending = grown;
    }
    writeIndexEntry(this.pending, position, entry);
  }

  private validEntry(number: number): number {
    return number > 0 && number < this.header.indexCount ? number : 0;
  }

  private async slot(slot: number): Promise<number> {
    if (this.slots) return this.slots.readInt32BE(slot * INDEX_SLOT_BYTES);
    const bytes = Buffer.alloc(INDEX_SLOT_BYTES);
    await this.openFiles.use(this.path, (file) => file.read(bytes, slotPosition(slot)));
    return bytes.readInt32BE(0);
  }

  private async entry(number: number): Promise<IndexEntry> {
    if (number >= this.written) return readIndexEntry(this.pending, (number - this.written) * INDEX_ENTRY_BYTES);
    const bytes = Buffer.alloc(INDEX_ENTRY_BYTES);
    await this.openFiles.use(this.path, (file) => file.read(bytes, entryPosition(this.size.slots, number)));
    return readIndexEntry(bytes, 0);
  }

  /** @returns number of slots in use */
  private async buildSlots(slots: Buffer): Promise<number> {
    const chunk = Buffer.alloc(ENTRIES_READ_AT_ONCE * INDEX_ENTRY_BYTES);
    let used = 0;
    for (let from = 1; from < this.header.indexCount; from += ENTRIES_READ_AT_ONCE) {
      const count = Math.min(ENTRIES_READ_AT_ONCE, this.header.indexCount - from);
      const bytes = chunk.subarray(0, count * INDEX_ENTRY_BYTES);
      await this.openFiles.use(this.path, (file) => file.read(bytes, entryPosition(this.size.slots, from)));
      for (let i = 0; i < count; i++) {
        const { keyHash, previous } = readIndexEntry(bytes, i * INDEX_ENTRY_BYTES);
        slots.writeInt32BE(from + i, (keyHash % this.size.slots) * INDEX_SLOT_BYTES);
        if (previous === 0) used++;
      }
    }
    return used;
  }

  /** What a crash left in the file's slots goes when they are written next. */
  private async findDirtyPages(slots: Buffer): Promise<void> {
    const chunk = Buffer.alloc(PAGES_READ_AT_ONCE * PAGE_BYTES);
    for (let at = 0; at < slots.length; at += chunk.length) {
      const inFile = chunk.subarray(0, Math.min(chunk.length, slots.length - at));
      await this.openFiles.use(this.path, (file) => file.read(inFile, slotPosition(0) + at));
      for (let page = 0; page < inFile.length; page += PAGE_BYTES) {
        const end = Math.min(page + PAGE_BYTES, inFile.length);
        if (inFile.compare(slots, at + page, at + end, page, end) !== 0) {
          this.dirtyPages[(at + page) / PAGE_BYTES] = 1;
        }
      }
    }
  }
}
