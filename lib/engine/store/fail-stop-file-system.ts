import type { DiskSpace, FileLock, FileStatus, FileSystem, OpenFile, OpenOptions } from '../ports/file-system.js';

/**
 * A file system that tells of every fsync that fails, whoever asked for it: what was written is then
 * perhaps lost, and the kernel would report success for the next fsync all the same.
 */
export class FailStopFileSystem implements FileSystem {
  constructor(
    private readonly inner: FileSystem,
    private readonly onSyncFailed: (cause: unknown) => void,
  ) {}

  async open(path: string, options?: OpenOptions): Promise<OpenFile> {
    const file = await this.inner.open(path, options);
    return {
      read: (target, position) => file.read(target, position),
      write: (chunks, position) => file.write(chunks, position),
      datasync: () => this.watch(file.datasync()),
      truncate: (size) => file.truncate(size),
      size: () => file.size(),
      close: () => file.close(),
    };
  }

  syncDirectory(path: string): Promise<void> {
    return this.watch(this.inner.syncDirectory(path));
  }

  status(path: string): Promise<FileStatus | undefined> {
    return this.inner.status(path);
  }

  list(directory: string): Promise<string[]> {
    return this.inner.list(directory);
  }

  makeDirectory(path: string): Promise<void> {
    return this.inner.makeDirectory(path);
  }

  rename(from: string, to: string): Promise<void> {
    return this.inner.rename(from, to);
  }

  remove(path: string): Promise<void> {
    return this.inner.remove(path);
  }

  space(path: string): Promise<DiskSpace> {
    return this.inner.space(path);
  }

  lock(path: string): Promise<FileLock | undefined> {
    return this.inner.lock(path);
  }

  private async watch(sync: Promise<void>): Promise<void> {
    try {
      await sync;
    } catch (error) {
      this.onSyncFailed(error);
      throw error;
    }
  }
}
