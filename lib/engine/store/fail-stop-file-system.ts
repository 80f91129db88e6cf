import type { FileSystem, OpenFile, OpenOptions } from '../ports/file-system.js';
import { FileSystemLayer } from './file-system-layer.js';

/**
 * A file system that tells of every fsync that fails, whoever asked for it: what was written is then
 * perhaps lost, and the kernel would report success for the next fsync all the same.
 */
export class FailStopFileSystem extends FileSystemLayer {
  constructor(
    inner: FileSystem,
    private readonly onSyncFailed: (cause: unknown) => void,
  ) {
    super(inner);
  }

  override async open(path: string, options?: OpenOptions): Promise<OpenFile> {
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

  override syncDirectory(path: string): Promise<void> {
    return this.watch(this.inner.syncDirectory(path));
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
