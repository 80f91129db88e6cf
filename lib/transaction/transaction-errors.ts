import { ConfigurationError, RocketMqError, type RocketMqErrorOptions } from '../engine/index.js';

/** A check-back was answered 'no' before the record could be written. Nothing happened in the database. */
export class TransactionFencedError extends RocketMqError {
  readonly code = 'TRANSACTION_FENCED';

  constructor(readonly transactionId: string) {
    super(
      `transaction ${transactionId} was given up by a check-back before it began; nothing was changed, run it again`,
      { retriable: true },
    );
  }
}

/**
 * The database could not be asked whether COMMIT took effect. Whatever it was, the message follows
 * it: a check-back or the sweeper finishes the transaction when the database is back.
 */
export class TransactionOutcomeUnknownError extends RocketMqError {
  readonly code = 'TRANSACTION_OUTCOME_UNKNOWN';

  constructor(
    readonly transactionId: string,
    options: RocketMqErrorOptions,
  ) {
    super(
      `whether transaction ${transactionId} was committed is unknown, the database does not answer; ` +
        'its message will follow the database, so look there before running it again',
      options,
    );
  }
}

/** The half message is stored, but not flushed or replicated as configured, and the options refuse that. */
export class HalfMessageNotReplicatedError extends RocketMqError {
  readonly code = 'HALF_MESSAGE_NOT_REPLICATED';

  constructor(readonly status: string) {
    super(
      `the broker answered ${status} for the half message; the transaction was not begun. ` +
        'Look at its replicas, or allow this with acceptUnreplicatedHalf: true',
      { retriable: true },
    );
  }
}

/** run() inside run(): the inner one would commit, or roll back, on its own. */
export class NestedUnitOfWorkError extends RocketMqError {
  readonly code = 'NESTED_UNIT_OF_WORK';

  constructor(description: string) {
    super(
      `a unit of work is already open here on ${description}; hand its context on instead of opening another inside`,
    );
  }
}

/** The work went on after an error that had ended its transaction; nothing was committed. */
export class TransactionLostError extends RocketMqError {
  readonly code = 'TRANSACTION_LOST';

  constructor(description: string) {
    super(
      `${description} had given the transaction up before its COMMIT, after an error that the work caught, ` +
        'or a deadlock; let such errors through, or guard the statement by a savepoint',
    );
  }
}

/** A lock was not free in time; nothing was written. */
export class LockTimeoutError extends RocketMqError {
  readonly code = 'LOCK_TIMEOUT';

  constructor(
    what: string,
    readonly timeoutMs: number,
    options?: RocketMqErrorOptions,
  ) {
    super(`${what} was not free within ${timeoutMs} ms`, { retriable: true, ...options });
  }
}

/** The only connection of a data source is inside a transaction that was not opened by the unit of work. */
export class ForeignTransactionError extends RocketMqError {
  readonly code = 'FOREIGN_TRANSACTION';

  constructor(description: string) {
    super(
      `${description} has one connection, and a transaction opened outside the unit of work holds it; ` +
        'run that one through UnitOfWork.run() too',
      { retriable: true },
    );
  }
}

/** A table of the library is missing in the database. */
export class MissingTableError extends ConfigurationError {
  override readonly code = 'MISSING_TABLE';

  constructor(
    readonly table: string,
    description: string,
    options?: RocketMqErrorOptions,
  ) {
    super(
      'synchronize',
      `${description} has no table ${table}; run \`npx rocketmq tx init\`, or the migration CreateRocketMqTables ` +
        '(nestjs-rocketmq/typeorm), or set synchronize: true to create it at start',
      options,
    );
  }
}

/** The database file is damaged, or is no database. */
export class CorruptDatabaseError extends RocketMqError {
  readonly code = 'CORRUPT_DATABASE';

  constructor(
    readonly database: string,
    options: RocketMqErrorOptions,
  ) {
    super(
      `the database file ${database} is damaged or is not a database; restore it from a backup, ` +
        'or move it (with its -wal and -shm files) away to start with an empty one',
      options,
    );
  }
}

/** Kept apart by code, not by class: an application may load the library both as ES module and as CommonJS. */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
