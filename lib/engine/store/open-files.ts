import { Fifo } from '../common/fifo.js';
import type { FileSystem, OpenFile } from '../ports/file-system.js';

interface Entry {
  readonly file: Promise<OpenFile>;
  users: number;
  /** Closed by its last user. */
  isDoomed: boolean;
}

/**
 * Keeps the files that were used last open, so that thousands of queues need few descriptors. When
 * all are in use, who needs another waits. `work` may not use a second file itself.
 */
export class OpenFiles {
  /** Least recently used first. */
  private readonly entries = new Map<string, Entry>();
  private inUse = 0;
  private readonly waiting = new Fifo<() => void>();

  constructor(
    private readonly fileSystem: FileSystem,
    private readonly maxOpenFiles: number,
  ) {}

  get count(): number {
    return this.entries.size;
  }

  /** The file stays open while `work` runs. @throws ENOENT when it is missing */
  async use<T>(path: string, work: (file: OpenFile) => Promise<T>): Promise<T> {
    while (!this.entries.has(path) && this.inUse >= this.maxOpenFiles) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    const entry = this.entries.get(path) ?? { file: this.open(path), users: 0, isDoomed: false };
    this.entries.delete(path);
    this.entries.set(path, entry);
    if (entry.users++ === 0) this.inUse++;
    try {
      const file = await entry.file.catch((error: unknown) => {
        if (this.entries.get(path) === entry) this.entries.delete(path);
        throw error;
      });
      return await work(file);
    } finally {
      if (--entry.users === 0) {
        this.inUse--;
        this.waiting.shift()?.();
        if (entry.isDoomed) await closeQuietly(entry);
      }
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

  /** In place of the one that was used longest ago, if there are enough. */
  private async open(path: string): Promise<OpenFile> {
    if (this.entries.size >= this.maxOpenFiles) {
      for (const [other, entry] of this.entries) {
        if (entry.users > 0) continue;
        this.entries.delete(other);
        await closeQuietly(entry);
        break;
      }
    }
    return this.fileSystem.open(path);
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
