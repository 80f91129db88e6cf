import type { Cancellable, Clock } from '../ports/clock.js';

export interface PeriodicTaskOptions {
  clock: Clock;
  intervalMs: number;
  /** Default: intervalMs. */
  initialDelayMs?: number;
  run: () => void | Promise<void>;
  /** Nobody waits for it, see Clock#schedule. Default false. */
  isUpkeep?: boolean;
  /** A failing round is reported here; the next one runs all the same. */
  onError: (error: unknown) => void;
}

/** Runs something again and again, one round at a time; the pause begins when a round has ended. */
export class PeriodicTask {
  private timer?: Cancellable;
  private round: Promise<void> = Promise.resolve();
  private active = false;

  constructor(private readonly options: PeriodicTaskOptions) {}

  start(): void {
    if (this.active) return;
    this.active = true;
    this.plan(this.options.initialDelayMs ?? this.options.intervalMs);
  }

  /** Resolves when a round that is under way has ended. */
  async stop(): Promise<void> {
    this.active = false;
    this.timer?.cancel();
    await this.round;
  }

  private plan(delayMs: number): void {
    const next = (): void => {
      this.round = this.runOnce().then(() => {
        if (this.active) this.plan(this.options.intervalMs);
      });
    };
    this.timer = this.options.clock.schedule(delayMs, next, this.options.isUpkeep);
  }

  private async runOnce(): Promise<void> {
    try {
      await this.options.run();
    } catch (error) {
      this.options.onError(error);
    }
  }
}
