import type { DiskSpace, FileLock, FileStatus, FileSystem, OpenFile, OpenOptions } from '../ports/file-system.js';

/** A file system that hands everything on to another; what extends it does some of it in its own way. */
export abstract class FileSystemLayer implements FileSystem {
  constructor(protected readonly inner: FileSystem) {}

  open(path: string, options?: OpenOptions): Promise<OpenFile> {
    return this.inner.open(path, options);
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

  syncDirectory(path: string): Promise<void> {
    return this.inner.syncDirectory(path);
  }

  space(path: string): Promise<DiskSpace> {
    return this.inner.space(path);
  }

  lock(path: string): Promise<FileLock | undefined> {
    return this.inner.lock(path);
  }
}
