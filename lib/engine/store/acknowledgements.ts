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
  private waiting: Waiting[] = [];
  private first = 0;
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
    while (this.first < this.waiting.length && this.waiting[this.first].offset <= offset) {
      const { resolve, result } = this.waiting[this.first++];
      resolve(result);
    }
    this.compact();
  }

  /** Answers everybody behind `offset` with `result` instead. */
  refuseBehind(offset: number, result: PutResult): void {
    while (this.waiting.length > this.first && this.waiting[this.waiting.length - 1].offset > offset) {
      this.waiting.pop()?.resolve(result);
    }
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private watch(): void {
    if (this.timer || this.timeoutMs === undefined || this.first === this.waiting.length) return;
    const delayMs = this.waiting[this.first].deadline - this.clock.monotonic();
    this.timer = this.clock.schedule(Math.max(1, delayMs), () => {
      this.timer = undefined;
      this.expire();
      this.watch();
    });
  }

  private expire(): void {
    const now = this.clock.monotonic();
    while (this.first < this.waiting.length && this.waiting[this.first].deadline <= now) {
      const { resolve, result } = this.waiting[this.first++];
      resolve({ ...result, status: 'FLUSH_DISK_TIMEOUT' });
    }
    this.compact();
  }

  private compact(): void {
    if (this.first < 4096 && this.first < this.waiting.length) return;
    this.waiting = this.waiting.slice(this.first);
    this.first = 0;
  }
}
