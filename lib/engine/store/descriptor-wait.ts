import { sleep } from '../common/sleep.js';
import type { Clock } from '../ports/clock.js';
import { hasErrorCode, type FileSystem, type OpenFile, type OpenOptions } from '../ports/file-system.js';
import { FileSystemLayer } from './file-system-layer.js';

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
export class DescriptorWait extends FileSystemLayer {
  private waiting = 0;

  constructor(
    inner: FileSystem,
    private readonly parts: DescriptorWaitParts,
  ) {
    super(inner);
  }

  override open(path: string, options?: OpenOptions): Promise<OpenFile> {
    return this.patiently(() => this.inner.open(path, options));
  }

  override list(directory: string): Promise<string[]> {
    return this.patiently(() => this.inner.list(directory));
  }

  override syncDirectory(path: string): Promise<void> {
    return this.patiently(() => this.inner.syncDirectory(path));
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
