import type { Cancellable, Clock } from '../../ports/clock.js';
import type { CachedMessage, ProcessQueue } from './process-queue.js';

export interface BatchGathererOptions {
  /** Messages of a full batch. */
  readonly size: number;
  /** How long the first message of a batch may wait for others; 0: not at all. */
  readonly waitMs: number;
  readonly clock: Pick<Clock, 'schedule'>;
  readonly onBatch: (queue: ProcessQueue, entries: readonly CachedMessage[]) => void;
}

interface OpenBatch {
  readonly entries: CachedMessage[];
  readonly timer: Cancellable;
}

/** Cuts the messages of each queue into batches for the listener, and may wait until they are full. */
export class BatchGatherer {
  private readonly open = new Map<ProcessQueue, OpenBatch>();

  constructor(private readonly options: BatchGathererOptions) {}

  add(queue: ProcessQueue, entries: readonly CachedMessage[]): void {
    const { size, waitMs, onBatch } = this.options;
    const earlier = this.take(queue);
    const all = earlier === undefined ? entries : [...earlier.entries, ...entries];
    const full = waitMs === 0 ? all.length : all.length - (all.length % size);
    for (let start = 0; start < full; start += size) onBatch(queue, all.slice(start, Math.min(start + size, full)));
    if (full > 0) earlier?.timer.cancel();
    if (full < all.length) this.keep(queue, all.slice(full), full === 0 ? earlier : undefined);
  }

  /** Forgets what waits: it is not settled, and comes again. */
  clear(): void {
    for (const { timer } of this.open.values()) timer.cancel();
    this.open.clear();
  }

  private take(queue: ProcessQueue): OpenBatch | undefined {
    const batch = this.open.get(queue);
    this.open.delete(queue);
    return batch;
  }

  /** @param earlier whose first message is still the first: its time runs on */
  private keep(queue: ProcessQueue, entries: CachedMessage[], earlier: OpenBatch | undefined): void {
    if (earlier !== undefined) {
      this.open.set(queue, { entries, timer: earlier.timer });
      return;
    }
    const timer = this.options.clock.schedule(this.options.waitMs, () => {
      const batch = this.take(queue);
      if (batch !== undefined) this.options.onBatch(queue, batch.entries);
    });
    this.open.set(queue, { entries, timer });
  }
}
