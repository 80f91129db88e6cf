import type { DurationBucket } from '../ports/duration-bucket.js';

/** How long something takes, for reports: from a write into the page cache to a disk that hangs. Adding is cheap. */
export class DurationHistogram {
  readonly boundsMs = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, Infinity];
  private readonly counts = this.boundsMs.map(() => 0);
  private readonly totals = this.boundsMs.map(() => 0);

  add(ms: number, times = 1): void {
    const bucket = this.boundsMs.findIndex((bound) => ms <= bound);
    this.counts[bucket] += times;
    this.totals[bucket] += ms * times;
  }

  /** All that was added. */
  buckets(): DurationBucket[] {
    return this.boundsMs.map((upToMs, bucket) => ({
      upToMs,
      count: this.counts[bucket],
      totalMs: this.totals[bucket],
    }));
  }
}
