import type { DurationBucket } from '../engine/index.js';

/**
 * Durations that are counted elsewhere, on their way into a histogram of a library. Such histograms take single
 * values only: what was added to a bucket since the last time is recorded as so many times its mean.
 */
export class CountedDurations {
  private last: readonly DurationBucket[] = [];

  /** @param buckets since the start of whoever counts; a new start is noticed */
  record(buckets: readonly DurationBucket[], record: (seconds: number) => void): void {
    const isNewStart = buckets.some(({ count }, index) => count < (this.last.at(index)?.count ?? 0));
    const before = isNewStart ? [] : this.last;
    this.last = buckets;
    buckets.forEach(({ count, totalMs }, index) => {
      const added = count - (before.at(index)?.count ?? 0);
      const meanMs = (totalMs - (before.at(index)?.totalMs ?? 0)) / added;
      for (let time = 0; time < added; time++) record(meanMs / 1000);
    });
  }
}
