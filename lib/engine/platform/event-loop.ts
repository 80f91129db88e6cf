import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
const NANOSECONDS = 1e6;

interface Durations {
  /** Ascending, the last Infinity. */
  readonly boundsMs: readonly number[];
  add(ms: number, times: number): void;
}

/** How late timers run, since the last look; a busy process shows here first. */
export class EventLoopWatch {
  private readonly histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  start(): void {
    this.histogram.enable();
  }

  stop(): void {
    this.histogram.disable();
  }

  /** Adds what there is and begins anew. Those between two bounds count as the middle one of them. */
  drainInto(durations: Durations): void {
    let counted = 0;
    for (const boundMs of durations.boundsMs) {
      const end = this.countUpTo(boundMs);
      if (end > counted) durations.add(this.lateMs(Math.ceil((counted + 1 + end) / 2)), end - counted);
      counted = end;
    }
    this.histogram.reset();
  }

  /** How many were at most so late. */
  private countUpTo(boundMs: number): number {
    let low = 0;
    let high = this.histogram.count;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.lateMs(middle) <= boundMs) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Of the one at this place, from 1, when they stand in order. What is measured is the time between two of the watch's own timers. */
  private lateMs(place: number): number {
    const nanoseconds = this.histogram.percentile((100 * place) / this.histogram.count);
    return Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS);
  }
}
