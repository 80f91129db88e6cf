import type { HalfMessageHandle, Logger, Message } from '../engine/index.js';
import type { Confirmations } from './confirmations.js';
import type { InFlightTransactions } from './in-flight-transactions.js';
import type { HalfMessageProducer } from './transaction-options.js';
import { publishStep, type TransactionActor } from './transaction-steps.js';

/** Tells the broker how a transaction of this process's in-flight table ended. */
export class HalfMessageEnder<Context> {
  constructor(
    private readonly producer: Pick<HalfMessageProducer, 'sendHalf' | 'end' | 'isVisible'>,
    private readonly inFlight: InFlightTransactions,
    private readonly confirmations: Confirmations<Context>,
    private readonly logger: Logger,
  ) {}

  /** Resolves when the broker has confirmed. @throws it has not; the message is delivered by a later attempt */
  async commit(transactionId: string, by: TransactionActor): Promise<void> {
    const handle = this.newest(transactionId);
    await this.producer.end(handle, 'COMMIT');
    publishStep('ended', transactionId, by);
    this.confirmations.add(transactionId, by);
    // A check meanwhile has stored the half once more; left alone, that copy would be delivered too.
    const copy = this.newest(transactionId);
    if (copy !== handle) await this.tryRollBack(copy);
  }

  /** For one that the broker may have been told before: delivers nothing twice. @throws as commit() */
  async commitUnlessVisible(transactionId: string, by: TransactionActor): Promise<void> {
    const handle = this.newest(transactionId);
    if (!(await this.producer.isVisible(handle))) return this.commit(transactionId, by);
    this.confirmations.add(transactionId, by);
    await this.tryRollBack(handle); // or the broker goes on asking about this copy
  }

  /** For one whose half message the broker has lost: sends it once more, under its own id, and commits that. */
  async sendAgain(transactionId: string, message: Message): Promise<void> {
    const { messageId } = this.newest(transactionId);
    const { handle } = await this.producer.sendHalf({ ...message, messageId });
    await this.producer.end(handle, 'COMMIT');
    publishStep('ended', transactionId, 'sweeper');
    this.confirmations.add(transactionId, 'sweeper');
  }

  /** Spares the broker a check; if it is not reached, the check finds out. */
  async rollBack(transactionId: string): Promise<void> {
    await this.tryRollBack(this.newest(transactionId));
  }

  private async tryRollBack(handle: HalfMessageHandle): Promise<void> {
    try {
      await this.producer.end(handle, 'ROLLBACK');
    } catch (error) {
      this.logger.debug('roll-back not confirmed, the broker will ask', { topic: handle.topic, error });
    }
  }

  private newest(transactionId: string): HalfMessageHandle {
    const handle = this.inFlight.newest(transactionId);
    if (handle === undefined) throw new Error(`transaction ${transactionId} has no half message`);
    return handle;
  }
}
