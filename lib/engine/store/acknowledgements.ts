import { Fifo } from '../common/fifo.js';
import type { Cancellable, Clock } from '../ports/clock.js';
import type { PutResult } from './message-store.js';

interface Waiting {
  readonly offset: number;
  readonly result: PutResult;
  readonly resolve: (result: PutResult) => void;
  readonly deadline: number;
}

/** Puts that wait until the log has got to their end, in the order of the log. */
export class Acknowledgements {
  private readonly waiting = new Fifo<Waiting>();
  private timer?: Cancellable;

  /** @param timeoutMs after which a put is answered FLUSH_DISK_TIMEOUT; undefined: it waits on */
  constructor(
    private readonly clock: Clock,
    private readonly timeoutMs?: number,
  ) {}

  /** Resolves with `result` when release() gets to `offset`. */
  wait(offset: number, result: PutResult): Promise<PutResult> {
    return new Promise((resolve) => {
      const deadline = this.timeoutMs === undefined ? Infinity : this.clock.monotonic() + this.timeoutMs;
      this.waiting.push({ offset, result, resolve, deadline });
      this.watch();
    });
  }

  release(offset: number): void {
    const { waiting } = this;
    for (let next = waiting.first; next && next.offset <= offset; next = waiting.first) {
      waiting.shift();
      next.resolve(next.result);
    }
  }

  /** Answers everybody behind `offset` with `result` instead. */
  refuseBehind(offset: number, result: PutResult): void {
    const { waiting } = this;
    for (let last = waiting.last; last && last.offset > offset; last = waiting.last) {
      waiting.pop();
      last.resolve(result);
    }
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private watch(): void {
    const { first } = this.waiting;
    if (this.timer || this.timeoutMs === undefined || !first) return;
    const delayMs = first.deadline - this.clock.monotonic();
    this.timer = this.clock.schedule(Math.max(1, delayMs), () => {
      this.timer = undefined;
      this.expire();
      this.watch();
    });
  }

  private expire(): void {
    const now = this.clock.monotonic();
    const { waiting } = this;
    for (let next = waiting.first; next && next.deadline <= now; next = waiting.first) {
      waiting.shift();
      next.resolve({ ...next.result, status: 'FLUSH_DISK_TIMEOUT' });
    }
  }
}
