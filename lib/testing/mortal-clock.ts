import type { Cancellable, Clock } from '../engine/ports/clock.js';

/** A clock whose tasks die with the process that planned them. */
export class MortalClock implements Clock {
  isDead = false;

  constructor(private readonly clock: Clock) {}

  now(): number {
    return this.clock.now();
  }

  monotonic(): number {
    return this.clock.monotonic();
  }

  schedule(delayMs: number, task: () => void, isUpkeep?: boolean): Cancellable {
    const ifAlive = (): void => {
      if (!this.isDead) task();
    };
    return this.clock.schedule(delayMs, ifAlive, isUpkeep);
  }
}
