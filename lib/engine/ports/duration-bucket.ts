/** How many durations were longer than the bucket before allows and at most `upToMs`, which is Infinity for the last. */
export interface DurationBucket {
  readonly upToMs: number;
  readonly count: number;
  /** Of these durations together. */
  readonly totalMs: number;
}
