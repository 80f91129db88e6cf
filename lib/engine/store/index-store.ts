import { join } from 'node:path';
import { CorruptRecordError } from '../common/errors.js';
import { splitKeys } from '../message/message.js';
import { PropertyName } from '../message/property-names.js';
import { SystemFlag, transactionType } from '../message/system-flag.js';
import type { Clock } from '../ports/clock.js';
import type { FileSystem } from '../ports/file-system.js';
import type { Logger } from '../ports/logger.js';
import { makeDurableDirectory } from './crash-safe-file.js';
import type { DispatchRequest } from './dispatch-request.js';
import { indexFileBytes, indexFileName, indexKeyHash, type IndexHeader, type IndexSize } from './index-format.js';
import { IndexFile, type IndexFileState } from './index-file.js';
import type { OpenFiles } from './open-files.js';

/** Entries in memory beyond this are written without waiting for the next round. */
const MANY_UNWRITTEN_BYTES = 4 * 1024 * 1024;

export interface IndexStoreDependencies {
  directory: string;
  size: IndexSize;
  clock: Clock;
  fileSystem: FileSystem;
  openFiles: OpenFiles;
  logger: Logger;
}

export interface IndexQueryResult {
  /** The newest that match, ascending. */
  physicalOffsets: number[];
  lastTimestamp: number;
  lastPhysicalOffset: number;
}

/** Finds records by UNIQ_KEY and KEYS. Derived from the commit log. Source: Apache 5.3 IndexService. */
export class IndexStore {
  /** Oldest first. */
  private files: IndexFile[] = [];
  private work: Promise<unknown> = Promise.resolve();
  private isWriting = false;
  private hasChangedNames = false;
  /** How many keys of the last record were found by load(). */
  private keysOfLast = 0;

  constructor(private readonly dependencies: IndexStoreDependencies) {}

  /** Physical offset of the last record that is indexed; -1: none is. */
  get endOffset(): number {
    return this.files.at(-1)?.header.endPhyOffset ?? -1;
  }

  /** Store timestamp up to which files are complete. */
  get completeUntil(): number {
    const complete = this.files.filter((file) => file.isFull);
    return complete.at(-1)?.header.endTimestamp ?? 0;
  }

  /** The file that takes entries; undefined when there is none yet. */
  get state(): IndexFileState | undefined {
    return this.files.at(-1)?.state;
  }

  /**
   * Opens what is there. `known` is the last file as it is known to be on the disk: its later
   * entries, and later files, go; null: there was none. If nothing is known, files are trusted that
   * ended before `trustedUntil`, a store timestamp. `isWhole`: nothing was interrupted.
   * @returns false when `known` is not there, so that the index begins anew
   * @throws CorruptRecordError a file of another size
   */
  async load(known: IndexFileState | null | undefined, trustedUntil: number, isWhole: boolean): Promise<boolean> {
    const { directory, fileSystem, size, openFiles, logger } = this.dependencies;
    const names = (await fileSystem.list(directory)).filter((name) => /^\d{17}$/.test(name)).sort();
    const isThere = !known || names.includes(known.name);
    if (!isThere) logger.warn('the index is lost; it is rebuilt from the commit log', { directory });
    for (const name of names) {
      await this.checkSize(name);
      const isKept = known === undefined || (known !== null && isThere && name <= known.name);
      const header = known && name === known.name ? known.header : undefined;
      const file = isKept ? await IndexFile.open(directory, name, size, openFiles, header) : undefined;
      if (known === undefined) this.noteUnsynced(file);
      const isTrusted = known !== undefined || (file?.isUsed === true && file.header.endTimestamp < trustedUntil);
      if (file && isTrusted) this.files.push(file);
      else await this.remove(join(directory, name));
    }
    const last = this.files.at(-1);
    this.keysOfLast = (await last?.countOfLast()) ?? 0;
    if (last && !last.isFull) await last.prepare(isWhole);
    return isThere;
  }

  /**
   * Adds a record's keys, but not the `known` first. Half messages are indexed under the half topic,
   * rolled back ones are not.
   */
  add({ topic, properties, sysFlag, physicalOffset, storeTimestamp }: DispatchRequest, known = 0): void {
    if (transactionType(sysFlag) === SystemFlag.transactionRollback) return;
    let number = 0;
    const uniqKey = properties.get(PropertyName.uniqKey);
    if (uniqKey !== undefined && number++ >= known)
      this.put(indexKeyHash(topic, uniqKey), physicalOffset, storeTimestamp);
    const keys = properties.get(PropertyName.keys);
    if (keys === undefined) return;
    for (const key of splitKeys(keys)) {
      if (number++ >= known) this.put(indexKeyHash(topic, key), physicalOffset, storeTimestamp);
    }
  }

  /** Adds what is missing of a record that is read again. The last one's keys may go on in a file that is lost. */
  addAgain(request: DispatchRequest): void {
    if (request.physicalOffset < this.endOffset) return;
    this.add(request, request.physicalOffset === this.endOffset ? this.keysOfLast : 0);
  }

  /** Times are store timestamps, inclusive. Collisions of hashes are not sorted out, as in Apache's. */
  async query(topic: string, key: string, maxCount: number, begin: number, end: number): Promise<IndexQueryResult> {
    const keyHash = indexKeyHash(topic, key);
    const found: number[] = [];
    for (const file of [...this.files].reverse()) {
      if (file.overlaps(begin, end)) found.push(...(await file.find(keyHash, maxCount - found.length, begin, end)));
      if (file.header.beginTimestamp < begin || found.length >= maxCount) break;
    }
    const last: IndexHeader | undefined = this.files.at(-1)?.header;
    return {
      physicalOffsets: found.sort((a, b) => a - b),
      lastTimestamp: last?.endTimestamp ?? 0,
      lastPhysicalOffset: last?.endPhyOffset ?? 0,
    };
  }

  write(): Promise<void> {
    return this.exclusive(async () => {
      for (const file of this.files) await this.writeFile(file);
    });
  }

  /** Puts everything that is here now on the disk. */
  sync(): Promise<void> {
    return this.exclusive(async () => {
      for (const file of this.files.filter((candidate) => candidate.isDirty)) {
        await this.writeFile(file);
        await file.sync(this.dependencies.fileSystem);
      }
      if (!this.hasChangedNames) return;
      this.hasChangedNames = false;
      await this.dependencies.fileSystem.syncDirectory(this.dependencies.directory);
    });
  }

  /** Removes the files whose records are all in front of `physicalOffset`, but never the last. */
  removeBefore(physicalOffset: number): Promise<void> {
    return this.exclusive(async () => {
      while (this.files.length > 1 && this.files[0].header.endPhyOffset < physicalOffset) {
        const [oldest] = this.files.splice(0, 1);
        await this.remove(oldest.path);
      }
    });
  }

  private put(keyHash: number, physicalOffset: number, storeTimestamp: number): void {
    let file = this.files.at(-1);
    if (!file || file.isFull) this.files.push((file = this.begin(file)));
    file.put(keyHash, physicalOffset, storeTimestamp);
    if (file.unwrittenBytes < MANY_UNWRITTEN_BYTES || this.isWriting) return;
    this.isWriting = true;
    this.write()
      .catch((error: unknown) => this.dependencies.logger.error('the index could not be written', { error }))
      .finally(() => (this.isWriting = false));
  }

  /** Names ascend, also when the clock goes back. */
  private begin(previous: IndexFile | undefined): IndexFile {
    const { directory, size, clock, openFiles } = this.dependencies;
    let name = indexFileName(clock.now());
    if (previous && name <= previous.name) name = String(BigInt(previous.name) + 1n);
    return IndexFile.begin(directory, name, size, previous?.header, openFiles);
  }

  private async writeFile(file: IndexFile): Promise<void> {
    const { fileSystem, directory } = this.dependencies;
    if (file.isNew) {
      await makeDurableDirectory(fileSystem, directory);
      this.hasChangedNames = true;
    }
    await file.write(fileSystem);
  }

  /** A killed process may have left it so. */
  private noteUnsynced(file: IndexFile | undefined): void {
    file?.noteUnsynced();
    this.hasChangedNames = true;
  }

  private async checkSize(name: string): Promise<void> {
    const { directory, fileSystem, size } = this.dependencies;
    const path = join(directory, name);
    const bytes = (await fileSystem.status(path))?.size ?? 0;
    if (bytes === indexFileBytes(size) || bytes === 0) return;
    throw new CorruptRecordError(
      `the index file has ${bytes} bytes, but ${indexFileBytes(size)} follow from maxHashSlotNum and maxIndexNum; ` +
        'set the values it was made with',
      path,
      bytes,
    );
  }

  private async remove(path: string): Promise<void> {
    await this.dependencies.openFiles.forget(path);
    await this.dependencies.fileSystem.remove(path);
    this.hasChangedNames = true;
  }

  /** One change of files at a time. */
  private exclusive(work: () => Promise<void>): Promise<void> {
    const done = this.work.then(work);
    this.work = done.catch(() => undefined); // reported to the caller
    return done;
  }
}
