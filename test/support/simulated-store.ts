import type { Logger, LogFields } from '../../lib/engine/ports/logger.js';
import { DiskMessageStore } from '../../lib/engine/store/disk-message-store.js';
import type { StoreOptions } from '../../lib/engine/store/store-options.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { SimulatedFileSystem } from '../../lib/testing/simulated-file-system.js';
import { smallFiles, storeHost } from './store-fixture.js';

export const STORE_ROOT = '/store';

/** What a logger was told. */
export class RecordingLogger implements Logger {
  readonly entries: { level: string; sentence: string; fields?: LogFields }[] = [];

  debug = (sentence: string, fields?: LogFields): void => this.note('debug', sentence, fields);
  info = (sentence: string, fields?: LogFields): void => this.note('info', sentence, fields);
  warn = (sentence: string, fields?: LogFields): void => this.note('warn', sentence, fields);
  error = (sentence: string, fields?: LogFields): void => this.note('error', sentence, fields);

  of(level: string): string[] {
    return this.entries.filter((entry) => entry.level === level).map((entry) => entry.sentence);
  }

  private note(level: string, sentence: string, fields?: LogFields): void {
    this.entries.push({ level, sentence, fields });
  }
}

export interface SimulatedStore {
  store: DiskMessageStore;
  clock: VirtualClock;
  disk: SimulatedFileSystem;
  logger: RecordingLogger;
}

/** A store on a disk in memory and a clock that stands still; not started. */
export function simulatedStore(
  options: Partial<StoreOptions> = {},
  disk = new SimulatedFileSystem(),
  clock = new VirtualClock(),
): SimulatedStore {
  disk.now = () => clock.now();
  const logger = new RecordingLogger();
  const small = { ...smallFiles, maxHashSlotNum: 64, maxIndexNum: 50, readCacheBytes: 1024 * 1024 };
  const store = new DiskMessageStore(
    { storePathRootDir: STORE_ROOT, ...small, ...options },
    { clock, fileSystem: disk, logger, storeHost: () => storeHost },
  );
  return { store, clock, disk, logger };
}
