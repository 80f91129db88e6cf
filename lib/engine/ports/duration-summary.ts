/** What a number of durations were, in milliseconds. Quantiles are of the latest ones; 0 where there are none. */
export interface DurationSummary {
  readonly count: number;
  readonly totalMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}
