/**
 * The disk as the store needs it. Errors are those of the operating system: an Error with a `code`
 * such as ENOSPC or EIO. Nothing that was written is durable before datasync() (contents and size
 * of a file) or syncDirectory() (that the file is there under its name) has resolved.
 */
export interface FileSystem {
  /** Opens for reading and writing. @throws ENOENT when it is missing and `create` is not set */
  open(path: string, options?: OpenOptions): Promise<OpenFile>;
  /** Undefined when nothing is there. */
  status(path: string): Promise<FileStatus | undefined>;
  /** Names in a directory, in no order; empty when the directory is missing. */
  list(directory: string): Promise<string[]>;
  /** Also the missing ones above it. */
  makeDirectory(path: string): Promise<void>;
  /** Replaces `to` in one step. */
  rename(from: string, to: string): Promise<void>;
  /** A file, or a directory that is empty. Nothing there is fine too. */
  remove(path: string): Promise<void>;
  syncDirectory(path: string): Promise<void>;
  /** Of the partition that holds `path`. */
  space(path: string): Promise<DiskSpace>;
  /**
   * Takes `path` for this process until release() or its death, whichever comes first.
   * @returns undefined when another live process has it
   */
  lock(path: string): Promise<FileLock | undefined>;
}

export interface OpenOptions {
  /** Make the file when it is missing. */
  create?: boolean;
  /** When it is made: nobody but this user of the system may read it. */
  isPrivate?: boolean;
  /** Reading is all that will be done. */
  readOnly?: boolean;
}

export interface OpenFile {
  /** Fills `target` from `position` on. @returns bytes read, fewer than asked only at the end of the file */
  read(target: Buffer, position: number): Promise<number>;
  /** Writes all chunks, one behind the other; on an error some of the bytes may have been written. */
  write(chunks: readonly Uint8Array[], position: number): Promise<void>;
  datasync(): Promise<void>;
  /** Cuts off, or grows by zeros that take no space on the disk. */
  truncate(size: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export interface FileStatus {
  size: number;
  /** Milliseconds since the epoch. */
  modifiedAt: number;
  isDirectory: boolean;
}

export interface DiskSpace {
  totalBytes: number;
  /** For a process without privileges. */
  freeBytes: number;
}

export interface FileLock {
  release(): Promise<void>;
}

/** True for an error of the operating system with this code, such as ENOENT. */
export function hasErrorCode(error: unknown, ...codes: readonly string[]): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(error.code as string);
}
