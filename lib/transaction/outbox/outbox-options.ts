import { ConfigurationError, type Clock, type Logger, type ProducerOptions } from '../../engine/index.js';
import type { UnitOfWork } from '../unit-of-work.js';
import type { OutboxProducer } from './outbox-sender.js';

/** How an outbox is read, repeated and cleaned up. */
export interface OutboxTuning {
  /** Create missing tables at start, instead of failing with the migration's name. Default false. */
  synchronize: boolean;
  /** False: this process only adds messages, others send them. Default true. */
  relay: boolean;
  /** How often the table is looked at when nothing is known to be in it, milliseconds. Default 500. */
  pollIntervalMs: number;
  /** Rows sent at a time, of one lane or without a key. Default 256. */
  batchSize: number;
  /** Bytes of bodies read at a time. Default 8 MiB. */
  batchBytes: number;
  /** Lanes drained at a time. Default 4. */
  concurrency: number;
  /** How long rows are a relay's own unless it says so again; after it died, others wait as long. Default 15000. */
  leaseMs: number;
  /** Pause before a failed row is tried again, doubled each time up to retryMaxMs. Default 500. */
  retryMs: number;
  /** Default 60000. */
  retryMaxMs: number;
  /** Failures after which a row is parked; while the cluster is out of reach, none counts. Default 12. */
  maxAttempts: number;
  /** How long sent rows are kept; 0 deletes them at once. Default 0. */
  keepSentMs: number;
  /** Longest wait for a lock of the library's own transactions. Default 2000. */
  lockTimeoutMs: number;
}

/** What an outbox does where its options say nothing. */
export const defaultOutboxTuning: Readonly<OutboxTuning> = Object.freeze({
  synchronize: false,
  relay: true,
  pollIntervalMs: 500,
  batchSize: 256,
  batchBytes: 8 * 1024 * 1024,
  concurrency: 4,
  leaseMs: 15_000,
  retryMs: 500,
  retryMaxMs: 60_000,
  maxAttempts: 12,
  keepSentMs: 0,
  lockTimeoutMs: 2_000,
});

export interface ProducerMaker {
  createProducer(options: ProducerOptions): OutboxProducer;
}

/** Of an Outbox. */
export interface OutboxOptions<Context> extends Partial<OutboxTuning> {
  /** An Engine, or whatever makes producers as one does; or what it is when the outbox starts. */
  engine: ProducerMaker | (() => Promise<ProducerMaker>);
  unitOfWork: UnitOfWork<Context>;
  /** Of the producer that sends; its sendMsgTimeoutMs may be half of leaseMs at most. */
  producer: ProducerOptions;
  /** Default: the system's. */
  clock?: Clock;
  /** Default: none. */
  logger?: Logger;
  /** Makes the name of this relay, unique among all. Default: a random UUID. */
  newOwner?: () => string;
}

const limits: readonly (readonly [keyof OutboxTuning, least: number, most: number])[] = [
  ['pollIntervalMs', 1, 3_600_000],
  ['batchSize', 1, 1_000],
  ['batchBytes', 1, 1024 * 1024 * 1024],
  ['concurrency', 1, 16],
  ['leaseMs', 1, 3_600_000],
  ['retryMs', 1, 3_600_000],
  ['retryMaxMs', 1, 86_400_000],
  ['maxAttempts', 1, 1_000_000],
  ['keepSentMs', 0, Number.MAX_SAFE_INTEGER],
  ['lockTimeoutMs', 1, 3_600_000],
];

/** @throws ConfigurationError naming the option */
export function checkOutboxTuning(tuning: OutboxTuning, sendTimeoutMs: number): void {
  for (const [name, least, most] of limits) {
    const value = tuning[name];
    if (!Number.isInteger(value) || Number(value) < least || Number(value) > most)
      throw new ConfigurationError(name, `${value} is not allowed; give a whole number from ${least} to ${most}`);
  }
  if (tuning.leaseMs < 2 * sendTimeoutMs)
    throw new ConfigurationError(
      'leaseMs',
      `${tuning.leaseMs} is less than twice sendMsgTimeoutMs (${sendTimeoutMs}): a send could outlive the lease`,
    );
}
