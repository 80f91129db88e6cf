import type { Cancellable, Clock } from '../ports/clock.js';

/** setTimeout's limit; a longer delay would fire at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The system's time. */
export class NodeClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  schedule(delayMs: number, task: () => void): Cancellable {
    if (delayMs <= 0) {
      const immediate = setImmediate(task);
      return { cancel: () => clearImmediate(immediate) };
    }
    if (delayMs > LONGEST_TIMEOUT_MS) return this.scheduleInLegs(delayMs, task);
    const timeout = setTimeout(task, delayMs);
    return { cancel: () => clearTimeout(timeout) };
  }

  private scheduleInLegs(delayMs: number, task: () => void): Cancellable {
    let leg = this.schedule(LONGEST_TIMEOUT_MS, () => {
      leg = this.schedule(delayMs - LONGEST_TIMEOUT_MS, task);
    });
    return { cancel: () => leg.cancel() };
  }
}
