import type {
  Clock,
  HalfMessageHandle,
  Logger,
  ReceivedMessage,
  TransactionChecker,
  TransactionState,
} from '../engine/index.js';
import type { Aside } from './aside.js';
import type { HalfMessageEnder } from './half-message-ender.js';
import type { InFlightTransactions } from './in-flight-transactions.js';
import type { TransactionRecords } from './transaction-record.js';
import { publishStep } from './transaction-steps.js';

/** Property of a half message that names its record; a message without it is not the coordinator's. */
export const transactionIdProperty = 'RMQ_TX_ID';

export interface RecordCheckerParts<Context> {
  producerGroup: string;
  inFlight: InFlightTransactions;
  records: TransactionRecords<Context>;
  aside: Aside<Context>;
  ender: HalfMessageEnder<Context>;
  clock: Clock;
  logger: Logger;
  /** For messages that are not the coordinator's. */
  checkHandler?: TransactionChecker;
}

/** Answers the broker's question about a silent half message from the transaction's record. */
export class RecordChecker<Context> {
  constructor(private readonly parts: RecordCheckerParts<Context>) {}

  async check(message: ReceivedMessage, handle: HalfMessageHandle): Promise<TransactionState | undefined> {
    const { checkHandler, inFlight, logger } = this.parts;
    const transactionId = message.properties.get(transactionIdProperty);
    // Never a tombstone for these: nothing would ever collide with it.
    if (transactionId === undefined) return checkHandler === undefined ? 'UNKNOWN' : checkHandler(message, handle);
    if (inFlight.offer(transactionId, handle)) return undefined;

    inFlight.open(transactionId, handle);
    try {
      return await this.decide(transactionId);
    } catch (error) {
      logger.debug('check not answered, the broker will ask again', { transactionId, error });
      return 'UNKNOWN';
    } finally {
      inFlight.close(transactionId);
    }
  }

  private async decide(transactionId: string): Promise<TransactionState | undefined> {
    const { aside, clock, ender, logger, producerGroup, records } = this.parts;
    const verdict = await aside.run((context) => records.decide(context, transactionId, producerGroup, clock.now()));
    if (verdict === 'ROLLED_BACK') {
      publishStep('rolled-back', transactionId, 'check');
      logger.info('check-back: the transaction never committed, its message is dropped', { transactionId });
      return 'ROLLBACK';
    }
    await ender.commitUnlessVisible(transactionId, 'check');
    logger.info('check-back: the transaction had committed, its message is delivered', { transactionId });
    return undefined;
  }
}
