import { DurationHistogram } from '../common/duration-histogram.js';
import type { Cancellable, Clock } from '../ports/clock.js';
import type { StoreOptions } from './store-options.js';

const PAGE_BYTES = 4096;

export interface FlushServiceDependencies {
  clock: Clock;
  /** Resolves when what is on its way is written, so that it shares the next fsync. */
  gather: () => Promise<void>;
  /** Puts what was written between two offsets on the disk. */
  sync: (from: number, to: number) => Promise<void>;
  onFlushed: (offset: number) => void;
  /** An fsync failed. It is never tried again: the kernel would report success for data that is gone. */
  onFailed: (error: unknown) => void;
}

/**
 * Brings written bytes to the disk with one fsync at a time; whoever asks while one runs shares the
 * next. Under ASYNC_FLUSH nobody asks, and pages are flushed by their number and age.
 * Source: Apache 5.3 DefaultFlushManager.
 */
export class FlushService {
  /** Of the fsyncs. */
  readonly durations = new DurationHistogram();
  private written: number;
  private flushed: number;
  private requested: number;
  private running?: Promise<void>;
  private timer?: Cancellable;
  private flushedAt: number;
  private hasFailed = false;
  private isStopped = false;

  constructor(
    private readonly options: Pick<
      StoreOptions,
      'flushDiskType' | 'flushIntervalCommitLog' | 'flushCommitLogLeastPages' | 'flushCommitLogThoroughInterval'
    >,
    private readonly dependencies: FlushServiceDependencies,
    startOffset: number,
  ) {
    this.written = this.flushed = this.requested = startOffset;
    this.flushedAt = dependencies.clock.monotonic();
  }

  /** How long the oldest written byte has waited for its flush; 0 when there is none. */
  get unflushedMs(): number {
    return this.written === this.flushed ? 0 : this.dependencies.clock.monotonic() - this.flushedAt;
  }

  get flushedOffset(): number {
    return this.flushed;
  }

  /** Tells how far the log is written. */
  noteWritten(offset: number): void {
    if (this.written === this.flushed) this.flushedAt = this.dependencies.clock.monotonic();
    this.written = offset;
    if (this.options.flushDiskType === 'SYNC_FLUSH') this.request(offset);
    else this.watch();
  }

  /** Resolves when everything that is written now is on the disk, or flushing has failed. */
  async flushAll(): Promise<void> {
    this.request(this.written);
    await this.running;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.timer?.cancel();
    await this.running;
  }

  private request(offset: number): void {
    this.requested = Math.max(this.requested, offset);
    if (this.hasFailed || this.requested <= this.flushed) return;
    this.running ??= this.run().finally(() => (this.running = undefined));
  }

  private async run(): Promise<void> {
    while (this.requested > this.flushed) {
      await this.dependencies.gather();
      const target = this.written;
      const begin = this.dependencies.clock.monotonic();
      try {
        await this.dependencies.sync(this.flushed, target);
      } catch (error) {
        this.hasFailed = true;
        this.dependencies.onFailed(error);
        return;
      }
      this.flushed = target;
      this.flushedAt = this.dependencies.clock.monotonic();
      this.durations.add(this.flushedAt - begin);
      this.dependencies.onFlushed(target);
    }
  }

  private watch(): void {
    if (this.timer || this.isStopped || this.hasFailed) return;
    this.timer = this.dependencies.clock.schedule(this.options.flushIntervalCommitLog, () => {
      this.timer = undefined;
      const dirtyPages = Math.floor(this.written / PAGE_BYTES) - Math.floor(this.flushed / PAGE_BYTES);
      const age = this.dependencies.clock.monotonic() - this.flushedAt;
      if (dirtyPages >= this.options.flushCommitLogLeastPages || age >= this.options.flushCommitLogThoroughInterval) {
        this.request(this.written);
      }
      if (this.written > this.flushed) this.watch();
    });
  }
}
