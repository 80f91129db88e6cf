import type { Clock } from '../ports/clock.js';
import { DeadlineTimer } from './deadline-timer.js';
import { AbortedError, RequestTimeoutError } from './errors.js';
import { onAbort } from './on-abort.js';

interface Waiter<Value> {
  readonly what: string;
  readonly timeoutMs: number;
  readonly deadline: number;
  /** Both go when the wait is over: a table of the map that is garbage may still refer to the waiter. */
  promise?: Settler<Value>;
  stopListening?: () => void;
}

interface Settler<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

/** Who waits for what, by key. One timer serves them all. */
export class Waiters<Key, Value> {
  private readonly waiting = new Map<Key, Waiter<Value>>();
  private readonly timer: DeadlineTimer;

  constructor(private readonly clock: Clock) {
    this.timer = new DeadlineTimer(clock, (now) => this.expire(now));
  }

  get size(): number {
    return this.waiting.size;
  }

  has(key: Key): boolean {
    return this.waiting.has(key);
  }

  /**
   * @param what is waited for, for messages
   * @throws RequestTimeoutError | AbortedError, or what reject() or rejectAll() is given
   */
  wait(key: Key, what: string, timeoutMs: number, signal?: AbortSignal): Promise<Value> {
    if (signal?.aborted) return Promise.reject(abortedError(what, signal));
    return new Promise((resolve, reject) => {
      const deadline = this.clock.monotonic() + timeoutMs;
      const stopListening = signal && onAbort(signal, () => this.take(key)?.reject(abortedError(what, signal)));
      this.waiting.set(key, { what, timeoutMs, deadline, promise: { resolve, reject }, stopListening });
      this.timer.watch(deadline);
    });
  }

  /** @returns false when nobody waits (any more) */
  resolve(key: Key, value: Value): boolean {
    const waiter = this.take(key);
    waiter?.resolve(value);
    return waiter !== undefined;
  }

  /** Ends one wait, if there is still one. */
  reject(key: Key, error: unknown): void {
    this.take(key)?.reject(error);
  }

  rejectAll(error: Error): void {
    this.timer.cancel();
    for (const key of [...this.waiting.keys()]) this.reject(key, error);
  }

  private take(key: Key): Settler<Value> | undefined {
    const waiter = this.waiting.get(key);
    if (waiter === undefined) return undefined;
    this.waiting.delete(key);
    waiter.stopListening?.();
    const { promise } = waiter;
    waiter.promise = waiter.stopListening = undefined;
    return promise;
  }

  private expire(now: number): number {
    let earliest = Infinity;
    for (const [key, { deadline, what, timeoutMs }] of this.waiting) {
      if (deadline > now) earliest = Math.min(earliest, deadline);
      else this.reject(key, new RequestTimeoutError(what, timeoutMs));
    }
    return earliest;
  }
}

function abortedError(what: string, { reason }: AbortSignal): AbortedError {
  return new AbortedError(`${what} aborted`, { cause: reason });
}
