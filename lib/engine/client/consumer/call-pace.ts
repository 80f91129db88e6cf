import { Fifo } from '../../common/fifo.js';
import type { Cancellable, Clock } from '../../ports/clock.js';

/** At most so many messages begin to be consumed within any `perMs` milliseconds. */
export interface RateLimit {
  messages: number;
  perMs: number;
}

/** Lets listener calls begin, no faster than a rate limit says. */
export class CallPace {
  /** When each of the last `messages` began, on the monotonic clock. */
  private readonly begun = new Fifo<number>();
  private waiting?: Cancellable;

  /** @param goOn called when a call that had to wait may begin */
  constructor(
    private readonly limit: RateLimit | undefined,
    private readonly clock: Pick<Clock, 'monotonic' | 'schedule'>,
    private readonly goOn: () => void,
  ) {}

  /** Whether a call with so many messages may begin now, which then counts as begun. */
  mayBegin(messages: number): boolean {
    if (this.limit === undefined) return true;
    const now = this.clock.monotonic();
    while (this.begun.first !== undefined && this.begun.first <= now - this.limit.perMs) this.begun.shift();
    // A batch that is larger than the limit takes all of it.
    const wanted = Math.min(messages, this.limit.messages);
    if (this.begun.size + wanted > this.limit.messages) {
      this.waitUntil((this.begun.first ?? now) + this.limit.perMs - now);
      return false;
    }
    for (let i = 0; i < wanted; i++) this.begun.push(now);
    return true;
  }

  halt(): void {
    this.waiting?.cancel();
    this.waiting = undefined;
  }

  private waitUntil(delayMs: number): void {
    this.waiting ??= this.clock.schedule(delayMs, () => {
      this.waiting = undefined;
      this.goOn();
    });
  }
}
