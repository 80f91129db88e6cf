import { Waiters } from '../common/waiters.js';
import type { Clock } from '../ports/clock.js';
import type { RemotingCommand } from '../protocol/remoting-command.js';

/** Who waits for which answer, by its opaque. */
export class PendingRequests {
  private readonly waiters: Waiters<number, RemotingCommand>;
  private lastOpaque = 0;

  constructor(clock: Clock) {
    this.waiters = new Waiters(clock);
  }

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
    return this.waiters.wait(opaque, what, timeoutMs, signal);
  }

  /** @returns false when nobody waits: a late answer, or one nobody asked for */
  settle(answer: RemotingCommand): boolean {
    return this.waiters.resolve(answer.opaque, answer);
  }

  /** Ends all waits; for a connection that is gone. */
  failAll(error: Error): void {
    this.waiters.rejectAll(error);
  }
}
