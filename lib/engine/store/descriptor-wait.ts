import { sleep } from '../common/sleep.js';
import type { Clock } from '../ports/clock.js';
import {
  hasErrorCode,
  type DiskSpace,
  type FileLock,
  type FileStatus,
  type FileSystem,
  type OpenFile,
  type OpenOptions,
} from '../ports/file-system.js';

const LOOK_MS = 200;
/** Then whoever wanted a descriptor is told that there is none. */
const PATIENCE_MS = 300_000;

export interface DescriptorWaitParts {
  readonly clock: Clock;
  /** Once for each time without. */
  readonly onNoneLeft: (cause: unknown) => void;
}

/**
 * A file system that waits for a descriptor when the process, or the system, has none left: mostly
 * connections hold them, and connections end. Nothing was done yet, so trying again is safe.
 */
export class DescriptorWait implements FileSystem {
  private waiting = 0;

  constructor(
    private readonly inner: FileSystem,
    private readonly parts: DescriptorWaitParts,
  ) {}

  open(path: string, options?: OpenOptions): Promise<OpenFile> {
    return this.patiently(() => this.inner.open(path, options));
  }

  list(directory: string): Promise<string[]> {
    return this.patiently(() => this.inner.list(directory));
  }

  syncDirectory(path: string): Promise<void> {
    return this.patiently(() => this.inner.syncDirectory(path));
  }

  status(path: string): Promise<FileStatus | undefined> {
    return this.inner.status(path);
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

  private async patiently<Result>(work: () => Promise<Result>): Promise<Result> {
    const { clock, onNoneLeft } = this.parts;
    const until = clock.monotonic() + PATIENCE_MS;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!hasErrorCode(error, 'EMFILE', 'ENFILE') || clock.monotonic() >= until) throw error;
        if (this.waiting === 0) onNoneLeft(error);
      }
      this.waiting++;
      try {
        await sleep(clock, LOOK_MS);
      } finally {
        this.waiting--;
      }
    }
  }
}
