import { join } from 'node:path';
import { CorruptRecordError } from '../common/errors.js';
import { hasErrorCode, type FileSystem } from '../ports/file-system.js';
import { makeDurableDirectory } from './crash-safe-file.js';
import type { OpenFiles } from './open-files.js';
import { fileNameOf, offsetOfFileName } from './store-paths.js';

/**
 * A run of bytes kept in files of one size, each named by the offset of its first byte: the commit
 * log, or one consume queue. A file has its full size from the start, as zeros that take no space,
 * so that appending changes no size.
 * Source: Apache 5.3 MappedFileQueue.
 */
export class LogFileQueue {
  /** First offsets of the files that exist, ascending. */
  private starts: number[] = [];
  private readonly making = new Map<number, Promise<void>>();

  constructor(
    readonly directory: string,
    readonly fileSize: number,
    private readonly fileSystem: FileSystem,
    private readonly openFiles: OpenFiles,
  ) {}

  get isEmpty(): boolean {
    return this.starts.length === 0;
  }

  get fileStarts(): readonly number[] {
    return this.starts;
  }

  /** First byte there is. */
  get startOffset(): number {
    return this.starts[0] ?? 0;
  }

  /** Behind the last byte of the last file. */
  get endOffset(): number {
    return this.isEmpty ? 0 : this.starts[this.starts.length - 1] + this.fileSize;
  }

  startOf(offset: number): number {
    return offset - (offset % this.fileSize);
  }

  pathOf(start: number): string {
    return join(this.directory, fileNameOf(start));
  }

  /**
   * Takes stock of the directory. After a crash (not `wasStoppedCleanly`) the last file may be
   * shorter: one that was being made goes, one that was being cut gets its size back.
   * @throws CorruptRecordError a file of another size, or one that is missing between others
   */
  async load(wasStoppedCleanly: boolean): Promise<void> {
    await this.look();
    for (const start of [...this.starts].reverse()) await this.checkFile(start, wasStoppedCleanly);
  }

  /** Takes stock without putting anything right. */
  async look(): Promise<void> {
    const names = await this.fileSystem.list(this.directory);
    const starts = names.map(offsetOfFileName).filter((start) => start !== undefined);
    this.starts = starts.sort((a, b) => a - b);
  }

  hasFile(start: number): boolean {
    return this.starts.includes(start);
  }

  /** Makes the file that begins at `start`, unless it is there; durable under its name when asked for. */
  create(start: number, options: { durable: boolean }): Promise<void> {
    const made = this.making.get(start);
    if (made) return made;
    if (this.starts.includes(start)) return Promise.resolve();
    const making = this.make(start, options.durable).finally(() => this.making.delete(start));
    this.making.set(start, making);
    return making;
  }

  /** @returns bytes read, fewer than asked only at the end of the files */
  async read(target: Buffer, offset: number): Promise<number> {
    let done = 0;
    while (done < target.length) {
      const start = this.startOf(offset + done);
      if (!this.starts.includes(start)) break;
      const position = offset + done - start;
      const part = target.subarray(done, done + Math.min(target.length - done, this.fileSize - position));
      const read = await this.readFile(start, part, position);
      done += read;
      if (read < part.length) break;
    }
    return done;
  }

  /** Writes into one file, which must exist. */
  write(chunks: readonly Uint8Array[], offset: number): Promise<void> {
    const start = this.startOf(offset);
    return this.openFiles.use(this.pathOf(start), (file) => file.write(chunks, offset - start));
  }

  /** Syncs every file that holds bytes of [from, to). */
  async datasync(from: number, to: number): Promise<void> {
    for (const start of this.starts) {
      if (start >= to || start + this.fileSize <= from) continue;
      await this.openFiles.use(this.pathOf(start), (file) => file.datasync());
    }
  }

  /** Makes everything from `offset` on zeros again: files behind it go, its own is cut and regrown. */
  async clearFrom(offset: number, options: { durable: boolean }): Promise<void> {
    const start = this.startOf(offset);
    const keepsStart = offset > start;
    // The last first: a crash in between leaves no gap.
    for (const other of this.starts.filter((s) => s > start || (s === start && !keepsStart)).reverse()) {
      await this.removeFile(other);
    }
    if (!this.starts.includes(start)) return;
    await this.openFiles.use(this.pathOf(start), async (file) => {
      await file.truncate(offset - start);
      await file.truncate(this.fileSize);
      if (options.durable) await file.datasync();
    });
  }

  /** Removes the first file, durably. */
  async removeFirst(): Promise<void> {
    if (!this.isEmpty) await this.removeFile(this.starts[0]);
  }

  /** Removes every file and the directory. */
  async destroy(): Promise<void> {
    for (const start of [...this.starts].reverse()) await this.removeFile(start);
    await this.fileSystem.remove(this.directory);
  }

  private async make(start: number, durable: boolean): Promise<void> {
    if (this.isEmpty) await this.makeDirectory(durable);
    const file = await this.fileSystem.open(this.pathOf(start), { create: true });
    try {
      await file.truncate(0); // one that a crash has left under this name holds nothing of use
      await file.truncate(this.fileSize);
      if (durable) await file.datasync();
    } finally {
      await file.close();
    }
    if (durable) await this.fileSystem.syncDirectory(this.directory);
    this.starts = [...this.starts, start].sort((a, b) => a - b);
  }

  private async readFile(start: number, target: Buffer, position: number): Promise<number> {
    try {
      return await this.openFiles.use(this.pathOf(start), (file) => file.read(target, position));
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT')) return 0; // removed since, by retention
      throw error;
    }
  }

  private makeDirectory(durable: boolean): Promise<void> {
    return durable
      ? makeDurableDirectory(this.fileSystem, this.directory)
      : this.fileSystem.makeDirectory(this.directory);
  }

  private async removeFile(start: number): Promise<void> {
    this.starts = this.starts.filter((other) => other !== start);
    await this.openFiles.forget(this.pathOf(start));
    await this.fileSystem.remove(this.pathOf(start));
    await this.fileSystem.syncDirectory(this.directory);
  }

  private async checkFile(start: number, wasStoppedCleanly: boolean): Promise<void> {
    const path = this.pathOf(start);
    const isLast = start === this.starts[this.starts.length - 1];
    if (!isLast && !this.starts.includes(start + this.fileSize)) {
      throw new CorruptRecordError(
        `the file behind this one, ${fileNameOf(start + this.fileSize)}, is missing; restore it from a copy`,
        path,
        this.fileSize,
      );
    }
    const size = (await this.fileSystem.status(path))?.size ?? 0;
    if (size === this.fileSize) return;
    if (isLast && size === 0) return this.removeFile(start);
    if (isLast && size < this.fileSize && !wasStoppedCleanly) {
      await this.openFiles.use(path, (file) => file.truncate(this.fileSize));
      return;
    }
    throw new CorruptRecordError(
      `the file has ${size} bytes, but ${this.fileSize} are configured; set the file size this store was made with`,
      path,
      size,
    );
  }
}
