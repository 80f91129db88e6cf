import { AbortedError, RequestTimeoutError } from '../common/errors.js';
import { onAbort } from '../common/on-abort.js';
import type { Cancellable, Clock } from '../ports/clock.js';
import type { RemotingCommand } from '../protocol/remoting-command.js';

interface Waiter {
  readonly what: string;
  readonly timeoutMs: number;
  readonly deadline: number;
  readonly resolve: (answer: RemotingCommand) => void;
  readonly reject: (error: Error) => void;
  readonly stopListening?: () => void;
}

/**
 * Who waits for which answer. One timer serves them all: it fires at the earliest deadline it was
 * told of and looks who is late, so a call answered in time has none to start and cancel.
 */
export class PendingRequests {
  private readonly waiters = new Map<number, Waiter>();
  private lastOpaque = 0;
  private timer?: Cancellable;
  private timerDue = Infinity;

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.waiters.size;
  }

  /** A number that no waiter has. */
  nextOpaque(): number {
    do this.lastOpaque = (this.lastOpaque + 1) | 0;
    while (this.waiters.has(this.lastOpaque));
    return this.lastOpaque;
  }

  /**
   * Waits for the answer to `opaque`.
   * @param what the call, for messages
   * @throws RequestTimeoutError | AbortedError, or what failAll() is given
   */
  wait(opaque: number, what: string, timeoutMs: number, signal?: AbortSignal): Promise<RemotingCommand> {
    return new Promise((resolve, reject) => {
      const deadline = this.clock.monotonic() + timeoutMs;
      const stopListening = signal && this.abortWith(signal, opaque);
      this.waiters.set(opaque, { what, timeoutMs, deadline, resolve, reject, stopListening });
      this.watch(deadline);
    });
  }

  /** @returns false when nobody waits: a late answer, or one nobody asked for */
  settle(answer: RemotingCommand): boolean {
    const waiter = this.take(answer.opaque);
    waiter?.resolve(answer);
    return waiter !== undefined;
  }

  /** Ends all waits; for a connection that is gone. */
  failAll(error: Error): void {
    this.timer?.cancel();
    this.timerDue = Infinity;
    for (const opaque of [...this.waiters.keys()]) this.take(opaque)?.reject(error);
  }

  private take(opaque: number): Waiter | undefined {
    const waiter = this.waiters.get(opaque);
    if (waiter === undefined) return undefined;
    this.waiters.delete(opaque);
    waiter.stopListening?.();
    return waiter;
  }

  private abortWith(signal: AbortSignal, opaque: number): () => void {
    return onAbort(signal, () => {
      const waiter = this.take(opaque);
      waiter?.reject(new AbortedError(`${waiter.what} aborted`, { cause: signal.reason }));
    });
  }

  private watch(deadline: number): void {
    if (deadline >= this.timerDue) return;
    this.timer?.cancel();
    this.timerDue = deadline;
    // At least 1 ms: a timer that fires a fraction early would find nobody late, again and again.
    const delayMs = Math.max(1, deadline - this.clock.monotonic());
    this.timer = this.clock.schedule(delayMs, () => this.expire());
  }

  private expire(): void {
    this.timerDue = Infinity;
    const now = this.clock.monotonic();
    let earliest = Infinity;
    for (const [opaque, waiter] of this.waiters) {
      if (waiter.deadline > now) earliest = Math.min(earliest, waiter.deadline);
      else this.take(opaque)?.reject(new RequestTimeoutError(waiter.what, waiter.timeoutMs));
    }
    if (earliest < Infinity) this.watch(earliest);
  }
}
