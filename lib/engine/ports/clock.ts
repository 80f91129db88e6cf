/** Handle of a scheduled task; cancelling twice, or after it ran, is harmless. */
export interface Cancellable {
  cancel(): void;
}

/** Time as the engine sees it: the platform's in production, one that tests advance elsewhere. */
export interface Clock {
  /** Wall clock: milliseconds since the epoch. May jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; never jumps back. For durations. */
  monotonic(): number;
  /**
   * Runs `task` once after `delayMs` (0: as soon as the current turn has ended).
   * @param isUpkeep nobody waits for it, so a clock that is not the platform's may have it run somewhat
   * later, together with others. Default false.
   */
  schedule(delayMs: number, task: () => void, isUpkeep?: boolean): Cancellable;
}
