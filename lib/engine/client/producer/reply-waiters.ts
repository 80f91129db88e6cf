import { withTimeout } from '../../common/with-timeout.js';
import type { ReceivedMessage } from '../../message/message.js';
import type { Clock } from '../../ports/clock.js';

/** Requests that wait for their replies, by correlation id. Source: Apache 5.3 RequestFutureHolder. */
export class ReplyWaiters {
  private readonly waiting = new Map<string, (reply: ReceivedMessage) => void>();

  constructor(private readonly clock: Clock) {}

  /** @throws RequestTimeoutError | AbortedError */
  async wait(correlationId: string, timeoutMs: number, signal?: AbortSignal): Promise<ReceivedMessage> {
    const reply = new Promise<ReceivedMessage>((resolve) => this.waiting.set(correlationId, resolve));
    try {
      return await withTimeout(reply, {
        clock: this.clock,
        timeoutMs,
        signal,
        what: `reply to request ${correlationId}`,
      });
    } finally {
      this.waiting.delete(correlationId);
    }
  }

  /** @returns false when nobody waits (any more) */
  settle(correlationId: string, reply: ReceivedMessage): boolean {
    const resolve = this.waiting.get(correlationId);
    resolve?.(reply);
    return resolve !== undefined;
  }
}
