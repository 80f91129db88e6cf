import type {
  Clock,
  Logger,
  ProducerOptions,
  TransactionChecker,
  TransactionProducer,
  TransactionProducerOptions,
} from '../engine/index.js';
import type { UnitOfWork } from './unit-of-work.js';

/** How long a coordinator waits, and how often it looks. */
export interface TransactionTuning {
  /** Create missing tables at start, instead of failing with the migration's name. Default false. */
  synchronize: boolean;
  /** Go on when the half message is stored on the master, but not flushed or replicated in time. Default true. */
  acceptUnreplicatedHalf: boolean;
  /** How often a half message is sent, each time as a new one, until one is answered. Default 3. */
  halfAttempts: number;
  /** How long run() asks the database about a COMMIT whose result got lost. Default 10000. */
  outcomeTimeoutMs: number;
  /** Longest wait of a check for a lock; then the broker asks again later. Default 2000. */
  lockTimeoutMs: number;
  /** Checks answered at a time. Each takes a connection of the pool, which sends need too. Default 4. */
  checkConcurrency: number;
  /** Pause between two sweeps. Default 5000. */
  sweepIntervalMs: number;
  /** Age from which the sweeper finishes a committed transaction; its first retry, doubled up to 5 minutes. Default 10000. */
  sweepAfterMs: number;
  /** How long finished records and tombstones are kept; at least as long as the broker may ask (fileReservedTime). Default 80 h. */
  recordRetentionMs: number;
  /**
   * Keep each message in its record until the broker has confirmed it: one whose half message is gone,
   * with a broker's disk or after fileReservedTime, is then sent again. Default false: it is reported.
   */
  keepPayload: boolean;
  /** How long stop() waits for transactions that run. Default 10000. */
  drainTimeoutMs: number;
}

/** What a coordinator does where its options say nothing. */
export const defaultTransactionTuning: Readonly<TransactionTuning> = Object.freeze({
  synchronize: false,
  acceptUnreplicatedHalf: true,
  halfAttempts: 3,
  outcomeTimeoutMs: 10_000,
  lockTimeoutMs: 2_000,
  checkConcurrency: 4,
  sweepIntervalMs: 5_000,
  sweepAfterMs: 10_000,
  recordRetentionMs: 80 * 3_600_000,
  keepPayload: false,
  drainTimeoutMs: 10_000,
});

/** What the coordinator uses of a producer. */
export type HalfMessageProducer = Pick<TransactionProducer, 'start' | 'stop' | 'sendHalf' | 'end' | 'isVisible'>;

/** Of a TransactionCoordinator. */
export interface TransactionCoordinatorOptions<Context> extends Partial<TransactionTuning> {
  /** An Engine, or whatever makes producers as one does. */
  engine: { createTransactionProducer(options: TransactionProducerOptions): HalfMessageProducer };
  unitOfWork: UnitOfWork<Context>;
  /** One group for each service and database: whoever is asked by the broker has to see the records. */
  producerGroup: string;
  producer?: Omit<ProducerOptions, 'group'>;
  clock: Clock;
  logger: Logger;
  /** Answers checks of half messages that run() did not send (`@TransactionCheck`). Default: UNKNOWN. */
  checkHandler?: TransactionChecker;
  /** Makes unique ids of at most 64 characters. Default: random UUIDs. */
  newId?: () => string;
}

/** What became of a transaction that was committed in the database. */
export interface TransactionResult<Result> {
  /** What the work returned. */
  value: Result;
  /** UNIQ_KEY of the message. */
  messageId: string;
  /** Key of the record in rmq_transaction_record. */
  transactionId: string;
  /** False: the broker has not confirmed the commit yet; the sweeper repeats it until it does. */
  isConfirmed: boolean;
}
