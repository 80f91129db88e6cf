import type { Cancellable, Clock } from '../ports/clock.js';

/**
 * One timer for many deadlines: it fires at the earliest it was told of, and has its owner look who
 * is late. Whatever ends in time has no timer to start and cancel.
 */
export class DeadlineTimer {
  private timer?: Cancellable;
  private due = Infinity;

  /** @param expire ends what is late by `now`; @returns the earliest deadline that is left, Infinity if none is */
  constructor(
    private readonly clock: Pick<Clock, 'monotonic' | 'schedule'>,
    private readonly expire: (now: number) => number,
  ) {}

  /** @param deadline on the monotonic clock */
  watch(deadline: number): void {
    if (deadline >= this.due) return;
    this.timer?.cancel();
    this.due = deadline;
    // At least 1 ms: a timer that fires a fraction early would find nobody late, again and again.
    const delayMs = Math.max(1, deadline - this.clock.monotonic());
    this.timer = this.clock.schedule(delayMs, () => {
      this.due = Infinity;
      this.watch(this.expire(this.clock.monotonic()));
    });
  }

  cancel(): void {
    this.timer?.cancel();
    this.due = Infinity;
  }
}
