import type { FileSystem, OpenFile } from '../ports/file-system.js';

interface Entry {
  readonly file: Promise<OpenFile>;
  users: number;
  /** Closed by its last user. */
  isDoomed: boolean;
}

/** Keeps the files that were used last open, so that thousands of queues need few descriptors. */
export class OpenFiles {
  /** Least recently used first. */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly fileSystem: FileSystem,
    private readonly maxOpenFiles: number,
  ) {}

  get count(): number {
    return this.entries.size;
  }

  /** The file stays open while `work` runs. @throws ENOENT when it is missing */
  async use<T>(path: string, work: (file: OpenFile) => Promise<T>): Promise<T> {
    const entry = this.entries.get(path) ?? { file: this.fileSystem.open(path), users: 0, isDoomed: false };
    this.entries.delete(path);
    this.entries.set(path, entry);
    entry.users++;
    try {
      const file = await entry.file.catch((error: unknown) => {
        if (this.entries.get(path) === entry) this.entries.delete(path);
        throw error;
      });
      return await work(file);
    } finally {
      entry.users--;
      if (entry.isDoomed && entry.users === 0) await closeQuietly(entry);
      if (this.entries.size > this.maxOpenFiles) await this.closeIdle();
    }
  }

  /** Closes a file that is about to be removed or renamed, or lets its present users do so. */
  async forget(path: string): Promise<void> {
    const entry = this.entries.get(path);
    if (!entry) return;
    this.entries.delete(path);
    await this.dismiss(entry);
  }

  async closeAll(): Promise<void> {
    const open = [...this.entries.values()];
    this.entries.clear();
    await Promise.all(open.map((entry) => this.dismiss(entry)));
  }

  private async closeIdle(): Promise<void> {
    const closing: Promise<void>[] = [];
    for (const [path, entry] of this.entries) {
      if (this.entries.size <= this.maxOpenFiles) break;
      if (entry.users > 0) continue;
      this.entries.delete(path);
      closing.push(closeQuietly(entry));
    }
    await Promise.all(closing);
  }

  private async dismiss(entry: Entry): Promise<void> {
    entry.isDoomed = true;
    if (entry.users === 0) await closeQuietly(entry);
  }
}

/** What has to be on the disk was synced before, so an error of close() has nothing to add. */
async function closeQuietly(entry: Entry): Promise<void> {
  await entry.file.then((file) => file.close()).catch(() => undefined);
}
