import type { Cancellable, Clock, Logger } from '../engine/index.js';
import type { Aside } from './aside.js';
import type { TransactionRecords } from './transaction-record.js';
import { publishStep, type TransactionActor } from './transaction-steps.js';

const batchSize = 200;
/** Gathers many, and is short beside sweepAfterMs, from which the sweeper asks about them. */
const gatheringMs = 50;

/**
 * Notes in the records that the broker has confirmed, soon, and many in one transaction. What a crash leaves unnoted is only ended once more, so nobody waits for it.
 */
export class Confirmations<Context> {
  private readonly pending = new Map<string, TransactionActor>();
  private writing?: Promise<void>;
  private gathering?: Cancellable;

  constructor(
    private readonly records: TransactionRecords<Context>,
    private readonly aside: Aside<Context>,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** The broker has confirmed it, the table does not say so yet. */
  has(transactionId: string): boolean {
    return this.pending.has(transactionId);
  }

  add(transactionId: string, by: TransactionActor): void {
    this.pending.set(transactionId, by);
    if (this.pending.size >= batchSize) void this.flush();
    else this.gathering ??= this.clock.schedule(gatheringMs, () => void this.flush());
  }

  /** Resolves when all that is pending is written, or could not be: that is tried again at the next call. */
  flush(): Promise<void> {
    this.gathering?.cancel();
    this.gathering = undefined;
    if (this.pending.size === 0) return Promise.resolve();
    this.writing ??= this.writeAll();
    return this.writing;
  }

  private async writeAll(): Promise<void> {
    try {
      while (this.pending.size > 0) {
        const batch = [...this.pending].slice(0, batchSize);
        const transactionIds = batch.map(([transactionId]) => transactionId);
        await this.aside.run((context) => this.records.confirm(context, transactionIds, this.clock.now()));
        for (const [transactionId, by] of batch) {
          this.pending.delete(transactionId);
          publishStep('confirmed', transactionId, by);
        }
      }
    } catch (error) {
      this.logger.debug('confirmed transactions not noted yet', { count: this.pending.size, error });
    } finally {
      // In the turn in which nothing was left to write: what is added from now on begins anew.
      this.writing = undefined;
    }
  }
}
