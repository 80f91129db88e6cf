import type { Logger } from '../../../ports/logger.js';
import type { StoredMessage } from '../../received-message.js';
import type { CachedMessage } from '../process-queue.js';
import { DEAD_LETTER_LEVEL, type SendBack } from '../send-back.js';
import type { PopClient } from './pop-client.js';
import { asPopped } from './popped-message.js';

export interface PopSettlementOptions {
  readonly group: string;
  readonly pops: PopClient;
  readonly sendBack: SendBack;
  /** Before each further attempt; the last goes on. */
  readonly retryDelaysMs: readonly number[];
  readonly maxReconsumeTimes: number;
  readonly logger: Logger;
}

/**
 * Tells brokers what became of popped messages. Source: Apache 5.3 ConsumeMessagePopConcurrentlyService;
 * unlike it, what fails too often is kept as a dead letter.
 */
export class PopSettlement {
  private readonly acknowledging = new Set<Promise<void>>();

  constructor(private readonly options: PopSettlementOptions) {}

  /** In the background. One that is not heard of comes again. */
  consumed(entries: readonly CachedMessage[]): void {
    for (const { message } of entries) {
      const done = this.ack(message).finally(() => this.acknowledging.delete(done));
      this.acknowledging.add(done);
    }
  }

  /** For a later attempt, or to the dead letters. @throws what kept the broker from hearing of it */
  async send(message: StoredMessage, delayLevel: number): Promise<void> {
    const { pops, sendBack, retryDelaysMs, maxReconsumeTimes } = this.options;
    const popped = asPopped(message);
    if (delayLevel === DEAD_LETTER_LEVEL || message.reconsumeTimes >= maxReconsumeTimes) {
      await sendBack.send(message, DEAD_LETTER_LEVEL);
      await pops.ack(popped);
      return;
    }
    const step = delayLevel > 0 ? delayLevel : message.reconsumeTimes;
    await pops.changeInvisibleTime(popped, retryDelaysMs[Math.min(step, retryDelaysMs.length - 1)]);
  }

  /** At once for anybody who asks. */
  async release(entries: readonly CachedMessage[]): Promise<void> {
    await Promise.allSettled(entries.map(({ message }) => this.options.pops.changeInvisibleTime(asPopped(message), 0)));
  }

  /** Resolves when brokers have heard of all that was consumed. */
  async settled(): Promise<void> {
    await Promise.all(this.acknowledging);
  }

  private async ack(message: StoredMessage): Promise<void> {
    const { pops, logger, group } = this.options;
    try {
      await pops.ack(asPopped(message));
    } catch (error) {
      logger.warn('message not acknowledged; it will come again', { group, messageId: message.messageId, error });
    }
  }
}
