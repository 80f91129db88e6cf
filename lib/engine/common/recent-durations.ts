import type { DurationSummary } from '../ports/duration-summary.js';

/** So many of the latest ones count for the quantiles. */
const WINDOW = 512;

/** How long something takes, for reports: adding is cheap, the summary is reckoned when it is asked for. */
export class RecentDurations {
  private readonly latest: number[] = [];
  private count = 0;
  private totalMs = 0;

  add(ms: number): void {
    this.latest[this.count % WINDOW] = ms;
    this.count++;
    this.totalMs += ms;
  }

  summary(): DurationSummary {
    const sorted = this.latest.toSorted((a, b) => a - b);
    const quantile = (part: number): number => sorted.at(Math.ceil(part * sorted.length) - 1) ?? 0;
    const { count, totalMs } = this;
    return { count, totalMs, p50Ms: quantile(0.5), p99Ms: quantile(0.99), maxMs: quantile(1) };
  }
}
