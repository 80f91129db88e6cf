import { Waiters } from '../../common/waiters.js';
import type { ReceivedMessage } from '../../message/message.js';
import type { Clock } from '../../ports/clock.js';

/** Requests that wait for their replies, by correlation id. Source: Apache 5.3 RequestFutureHolder. */
export class ReplyWaiters {
  private readonly waiters: Waiters<string, ReceivedMessage>;

  constructor(clock: Clock) {
    this.waiters = new Waiters(clock);
  }

  /** @throws RequestTimeoutError | AbortedError, or what fail() is given */
  wait(correlationId: string, timeoutMs: number, signal?: AbortSignal): Promise<ReceivedMessage> {
    return this.waiters.wait(correlationId, `reply to request ${correlationId}`, timeoutMs, signal);
  }

  /** @returns false when nobody waits (any more) */
  settle(correlationId: string, reply: ReceivedMessage): boolean {
    return this.waiters.resolve(correlationId, reply);
  }

  /** The request could not be sent. */
  fail(correlationId: string, error: unknown): void {
    this.waiters.reject(correlationId, error);
  }

  /** Nothing comes any more. */
  failAll(error: Error): void {
    this.waiters.rejectAll(error);
  }
}
