import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { DurationSummary } from '../ports/duration-summary.js';

const RESOLUTION_MS = 10;
const NANOSECONDS = 1e6;

/** How late timers run, since the last look; a busy process shows here first. */
export class EventLoopWatch {
  private readonly histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  start(): void {
    this.histogram.enable();
  }

  stop(): void {
    this.histogram.disable();
  }

  /** Begins anew. */
  take(): DurationSummary {
    const { count } = this.histogram;
    // What is measured is the time between two of its own timers.
    const late = (nanoseconds: number): number =>
      count === 0 ? 0 : Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS);
    const summary = {
      count,
      totalMs: count === 0 ? 0 : late(this.histogram.mean) * count,
      p50Ms: late(this.histogram.percentile(50)),
      p99Ms: late(this.histogram.percentile(99)),
      maxMs: late(this.histogram.max),
    };
    this.histogram.reset();
    return summary;
  }
}
