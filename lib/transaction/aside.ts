import type { Clock } from '../engine/index.js';
import type { UnitOfWork } from './unit-of-work.js';

/** Runs the library's own short transactions, never longer waiting for a lock than it may. */
export class Aside<Context> {
  constructor(
    private readonly unitOfWork: UnitOfWork<Context>,
    private readonly clock: Clock,
    private readonly lockTimeoutMs: number,
  ) {}

  async run<Result>(work: (context: Context) => Promise<Result>): Promise<Result> {
    const patience = new AbortController();
    const timer = this.clock.schedule(this.lockTimeoutMs, () => patience.abort());
    try {
      return await this.unitOfWork.runAside(work, { lockTimeoutMs: this.lockTimeoutMs, signal: patience.signal });
    } finally {
      timer.cancel();
    }
  }
}
