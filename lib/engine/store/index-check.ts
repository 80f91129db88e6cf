import { join } from 'node:path';
import type { FileSystem } from '../ports/file-system.js';
import { splitKeys } from '../message/message.js';
import { PropertyName } from '../message/property-names.js';
import { SystemFlag, transactionType } from '../message/system-flag.js';
import type { DispatchRequest } from './dispatch-request.js';
import {
  decodeIndexHeader,
  entryPosition,
  INDEX_ENTRY_BYTES,
  INDEX_HEADER_BYTES,
  INDEX_SLOT_BYTES,
  indexFileBytes,
  indexKeyHash,
  readIndexEntry,
  slotPosition,
  type IndexEntry,
  type IndexSize,
} from './index-format.js';
import type { StoreLayout, StoreProblem } from './inspect.js';

const ENTRIES_READ_AT_ONCE = 16 * 1024;

/** An entry and where it is. */
interface Found {
  readonly path: string;
  readonly number: number;
  readonly entry: IndexEntry;
}

/**
 * Holds the index against the log: that each file's chains are whole, and that its entries are the
 * keys of the records, one behind the other as the log has them.
 */
export class IndexCheck {
  private readonly cursor: AsyncGenerator<Found, void>;
  private head?: Found;
  private waiting: DispatchRequest[] = [];
  private files = 0;
  private entries = 0;
  /** Records with other entries than their keys, and entries without a record. */
  private readonly wrong = { records: 0, firstRecord: -1, entries: 0, firstEntry: -1 };

  constructor(
    private readonly fileSystem: FileSystem,
    private readonly layout: StoreLayout,
    private readonly size: IndexSize,
    private readonly report: (problem: StoreProblem) => void,
  ) {
    this.cursor = this.readFiles();
  }

  get fileCount(): number {
    return this.files;
  }

  get entryCount(): number {
    return this.entries;
  }

  /** The next record of the log. */
  add(request: DispatchRequest): void {
    if (transactionType(request.sysFlag) !== SystemFlag.transactionRollback) this.waiting.push(request);
  }

  /** Looks at the records that were added. */
  async settle(): Promise<void> {
    const requests = this.waiting;
    this.waiting = [];
    for (const request of requests) await this.check(request);
  }

  async finish(): Promise<void> {
    await this.settle();
    while (await this.peek()) this.take(false);
    const file = this.layout.paths.index;
    const { records, firstRecord, entries, firstEntry } = this.wrong;
    if (records > 0) {
      const what = `${records} records are not found by all of their keys, the first at ${firstRecord}; the index can be rebuilt from the log`;
      this.report({ severity: 'warning', file, what });
    }
    if (entries > 0) {
      const what = `${entries} entries lead to places where no record has their key, the first to ${firstEntry}`;
      this.report({ severity: 'warning', file, what });
    }
  }

  private async check({ topic, properties, physicalOffset }: DispatchRequest): Promise<void> {
    const uniqKey = properties.get(PropertyName.uniqKey);
    const keys = [...(uniqKey === undefined ? [] : [uniqKey]), ...splitKeys(properties.get(PropertyName.keys))];
    const missing = keys.map((key) => indexKeyHash(topic, key));
    for (
      let found = await this.peek();
      found && found.entry.physicalOffset <= physicalOffset;
      found = await this.peek()
    ) {
      const at = found.entry.physicalOffset === physicalOffset ? missing.indexOf(found.entry.keyHash) : -1;
      if (at >= 0) missing.splice(at, 1);
      this.take(at >= 0);
    }
    if (missing.length === 0) return;
    if (this.wrong.records++ === 0) this.wrong.firstRecord = physicalOffset;
  }

  private async peek(): Promise<Found | undefined> {
    if (!this.head) this.head = (await this.cursor.next()).value ?? undefined;
    return this.head;
  }

  /** What retention has taken from the log may stay in the index for a while. */
  private take(isRight: boolean): void {
    const offset = this.head?.entry.physicalOffset ?? -1;
    this.head = undefined;
    if (isRight || offset < this.layout.log.startOffset) return;
    if (this.wrong.entries++ === 0) this.wrong.firstEntry = offset;
  }

  private async *readFiles(): AsyncGenerator<Found, void> {
    const { paths } = this.layout;
    const names = (await this.fileSystem.list(paths.index)).filter((name) => /^\d{17}$/.test(name)).sort();
    for (const name of names) yield* this.readFile(join(paths.index, name));
  }

  private async *readFile(path: string): AsyncGenerator<Found, void> {
    const bytes = (await this.fileSystem.status(path))?.size ?? 0;
    if (bytes !== indexFileBytes(this.size)) {
      const what = `${bytes} bytes are not what ${this.size.slots} slots and ${this.size.entries} entries take; it is not checked`;
      this.report({ severity: 'warning', file: path, what });
      return;
    }
    this.files++;
    const { indexCount } = decodeIndexHeader(await this.read(path, 0, INDEX_HEADER_BYTES));
    const slots = Buffer.alloc(this.size.slots * INDEX_SLOT_BYTES);
    for (let from = 1; from < indexCount; from += ENTRIES_READ_AT_ONCE) {
      const count = Math.min(ENTRIES_READ_AT_ONCE, indexCount - from);
      const chunk = await this.read(path, entryPosition(this.size.slots, from), count * INDEX_ENTRY_BYTES);
      for (let i = 0; i < count; i++) {
        const found = { path, number: from + i, entry: readIndexEntry(chunk, i * INDEX_ENTRY_BYTES) };
        this.entries++;
        this.followChain(found, slots);
        yield found;
      }
    }
    const stored = await this.read(path, slotPosition(0), slots.length);
    if (stored.equals(slots)) return;
    const slot = firstDifference(stored, slots);
    const what = `slot ${slot} does not lead to its newest entry`;
    this.report({ severity: 'warning', file: path, position: slotPosition(slot), what });
  }

  /** `slots` as they were when the entry was added. */
  private followChain({ path, number, entry }: Found, slots: Buffer): void {
    const slot = (Math.max(0, entry.keyHash) % this.size.slots) * INDEX_SLOT_BYTES;
    const newest = slots.readInt32BE(slot);
    slots.writeInt32BE(number, slot);
    if (entry.keyHash >= 0 && newest === entry.previous) return;
    const what = `entry ${number} is chained to entry ${entry.previous}, but the one before it is ${newest}`;
    this.report({ severity: 'warning', file: path, position: entryPosition(this.size.slots, number), what });
  }

  private async read(path: string, position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    await this.layout.openFiles.use(path, (file) => file.read(bytes, position));
    return bytes;
  }
}

function firstDifference(a: Buffer, b: Buffer): number {
  for (let at = 0; at < a.length; at += INDEX_SLOT_BYTES) {
    if (a.readInt32BE(at) !== b.readInt32BE(at)) return at / INDEX_SLOT_BYTES;
  }
  return -1;
}
