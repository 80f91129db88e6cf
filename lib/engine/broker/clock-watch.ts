import { PeriodicTask } from '../common/periodic-task.js';
import type { Startable } from '../common/lifecycle.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';

const LOOK_MS = 5000;
/** What an adjustment step by step does not reach between two looks. */
const SET_MS = 1000;

/** Has planned something for a time of day. */
export interface TimePlanner {
  /** The clock was set: what is due, and when to look next, is another than was planned. */
  lookAgain(): void;
}

/**
 * Notices that the wall clock was set, or that the machine has slept: timers know only how long they
 * have waited.
 */
export class ClockWatch implements Startable {
  private readonly looks: PeriodicTask;
  private difference: number;

  constructor(
    private readonly clock: Clock,
    private readonly planners: readonly TimePlanner[],
    private readonly log: Logger,
  ) {
    this.difference = clock.now() - clock.monotonic();
    this.looks = new PeriodicTask({
      isUpkeep: true,
      clock,
      intervalMs: LOOK_MS,
      run: () => this.look(),
      onError: (error) => log.error('the clock could not be looked at', { error }),
    });
  }

  start(): Promise<void> {
    this.looks.start();
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return this.looks.stop();
  }

  private look(): void {
    const difference = this.clock.now() - this.clock.monotonic();
    const setByMs = Math.round(difference - this.difference);
    this.difference = difference;
    if (Math.abs(setByMs) < SET_MS) return;
    this.log.warn('the clock of this machine was set', { setByMs });
    for (const planner of this.planners) planner.lookAgain();
  }
}
