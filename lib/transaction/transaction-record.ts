import type { HalfMessageHandle } from '../engine/index.js';
import { insertIfAbsent, insertion, placeholders } from './sql.js';
import { TransactionFencedError, hasCode } from './transaction-errors.js';
import type { SqlRow, SqlStatement, SqlValue, UnitOfWork } from './unit-of-work.js';

const committed = 1;
const tombstone = 2;

export interface NewTransactionRecord {
  transactionId: string;
  producerGroup: string;
  handle: HalfMessageHandle;
  createdAt: number;
  /** When the sweeper takes care of it. */
  nextAttemptAt: number;
  /** The message, for those who keep it. */
  payload?: Uint8Array;
}

/** What the table says about a transaction once it was asked; the answer never changes. */
export type Verdict = 'COMMITTED' | 'ROLLED_BACK';

/** A committed transaction whose commit the broker has not confirmed. */
export interface UnconfirmedRecord {
  transactionId: string;
  handle: HalfMessageHandle;
  createdAt: number;
  nextAttemptAt: number;
}

/** How many records of a producer group are in a state, and when the oldest was made. */
export interface RecordCount {
  producerGroup: string;
  /** Unconfirmed: committed, and the broker has not confirmed it. */
  state: 'unconfirmed' | 'confirmed' | 'rolled back';
  count: number;
  /** Milliseconds since the epoch. */
  oldestCreatedAt: number;
}

/** Committed transactions that the broker has not confirmed, of all producer groups. */
export interface UnconfirmedCount {
  count: number;
  /** Of the oldest, in milliseconds since the epoch; undefined when there is none. */
  oldestCreatedAt?: number;
}

/**
 * The rows of rmq_transaction_record. Inserting the record and asking for a verdict exclude each
 * other through the primary key: whoever comes first decides, for good.
 */
export class TransactionRecords<Context> {
  private readonly sql: (text: string) => string;
  private readonly tombstone: string;
  private readonly record: string;
  private readonly recordWithPayload: string;

  constructor(private readonly unitOfWork: UnitOfWork<Context>) {
    this.sql = placeholders(unitOfWork.dialect);
    const { dialect } = unitOfWork;
    const table = 'rmq_transaction_record';
    const columns = 'tx_id, state, producer_group, handles, next_attempt_at, created_at';
    const ifAbsent = (all: string): string => insertIfAbsent(dialect, table, 'tx_id', all);
    this.tombstone = ifAbsent(columns);
    // ON CONFLICT costs PostgreSQL more than all the rest of the insertion, and the transaction is given up anyway.
    const fails = dialect === 'postgres' && unitOfWork.runOpenedBy !== undefined;
    const orFenced = fails ? (all: string): string => insertion(table, all) : ifAbsent;
    this.record = this.sql(orFenced(columns));
    this.recordWithPayload = this.sql(orFenced(`${columns}, payload`));
  }

  /**
   * Runs `work` in a local transaction whose first statement inserts the record, so that a check meets its lock.
   * @throws TransactionFencedError a check has already said no; `work` was not begun
   */
  async run<Result>(record: NewTransactionRecord, work: (context: Context) => Promise<Result>): Promise<Result> {
    const { unitOfWork } = this;
    const first = this.insertionOf(record);
    let isBegun = false;
    const fencedWork = (context: Context, inserted: number): Promise<Result> => {
      isBegun = true;
      if (inserted === 0) throw new TransactionFencedError(record.transactionId);
      return work(context);
    };
    try {
      if (unitOfWork.runOpenedBy !== undefined) return await unitOfWork.runOpenedBy(first, fencedWork);
      return await unitOfWork.run(async (context) =>
        fencedWork(context, await unitOfWork.execute(context, first.sql, first.values)),
      );
    } catch (error) {
      if (!isBegun && isUniqueViolation(error)) throw new TransactionFencedError(record.transactionId);
      throw error;
    }
  }

  /**
   * Says whether the transaction was committed; if it has not written its record yet, it never will.
   * @throws the transaction may be under way still (lock timeout), or the database is out of reach
   */
  async decide(context: Context, transactionId: string, producerGroup: string, now: number): Promise<Verdict> {
    // MySQL can't be told how long to wait for a lock but in whole seconds; this one it doesn't wait for at all.
    if (this.unitOfWork.dialect === 'mysql') {
      const known = await this.stateOf(context, transactionId, 'FOR UPDATE NOWAIT');
      if (known !== undefined) return verdictOf(known);
    }
    const fenced = await this.execute(context, this.tombstone, [transactionId, tombstone, producerGroup, '[]', 0, now]);
    if (fenced > 0) return 'ROLLED_BACK';
    const state = await this.stateOf(context, transactionId);
    if (state === undefined) throw new Error(`record ${transactionId} was purged while it was asked for`);
    return verdictOf(state);
  }

  async confirm(context: Context, transactionIds: readonly string[], now: number): Promise<void> {
    const list = transactionIds.map(() => '?').join(', ');
    const text = `UPDATE rmq_transaction_record SET confirmed_at = ?, payload = NULL WHERE tx_id IN (${list})`;
    await this.execute(context, text, [now, ...transactionIds]);
  }

  /** The message of a record that keeps it. */
  async payloadOf(context: Context, transactionId: string): Promise<Uint8Array | undefined> {
    const text = 'SELECT payload FROM rmq_transaction_record WHERE tx_id = ?';
    const [row] = await this.query(context, text, [transactionId]);
    return (row?.payload as Uint8Array | null | undefined) ?? undefined;
  }

  /** Those of the group whose time has come, the longest due first. */
  async due(context: Context, producerGroup: string, now: number, limit: number): Promise<UnconfirmedRecord[]> {
    const rows = await this.query(
      context,
      `SELECT tx_id, handles, created_at, next_attempt_at FROM rmq_transaction_record
       WHERE state = ${committed} AND confirmed_at IS NULL AND next_attempt_at <= ? AND producer_group = ?
       ORDER BY next_attempt_at LIMIT ${limit}`,
      [now, producerGroup],
    );
    return rows.map(toUnconfirmed);
  }

  /** Moves its next attempt on. @returns false: another instance was faster */
  async claim(context: Context, record: UnconfirmedRecord, nextAttemptAt: number): Promise<boolean> {
    const claimed = await this.execute(
      context,
      `UPDATE rmq_transaction_record SET next_attempt_at = ?
       WHERE tx_id = ? AND next_attempt_at = ? AND confirmed_at IS NULL`,
      [nextAttemptAt, record.transactionId, record.nextAttemptAt],
    );
    return claimed > 0;
  }

  /** Deletes finished records and tombstones that nobody can ask for any more. @returns how many, at most `limit` */
  purge(context: Context, createdBefore: number, limit: number): Promise<number> {
    const isOver = `created_at < ? AND (state = ${tombstone} OR confirmed_at IS NOT NULL) LIMIT ${limit}`;
    const chosen =
      this.unitOfWork.dialect === 'mysql'
        ? isOver
        : `tx_id IN (SELECT tx_id FROM rmq_transaction_record WHERE ${isOver})`;
    return this.execute(context, `DELETE FROM rmq_transaction_record WHERE ${chosen}`, [createdBefore]);
  }

  /** What is in the table, of all groups. */
  async counts(context: Context): Promise<RecordCount[]> {
    const state = `CASE WHEN state = ${tombstone} THEN 'rolled back' WHEN confirmed_at IS NULL THEN 'unconfirmed'
       ELSE 'confirmed' END`;
    const rows = await this.query(
      context,
      `SELECT producer_group, ${state} AS record_state, COUNT(*) AS records, MIN(created_at) AS oldest
       FROM rmq_transaction_record GROUP BY producer_group, ${state} ORDER BY producer_group, ${state}`,
      [],
    );
    return rows.map((row) => ({
      producerGroup: row.producer_group as string,
      state: row.record_state as RecordCount['state'],
      count: Number(row.records),
      oldestCreatedAt: Number(row.oldest),
    }));
  }

  /** Cheap, other than counts(): an index leads to them. */
  async unconfirmed(context: Context): Promise<UnconfirmedCount> {
    const [{ records, oldest }] = await this.query(
      context,
      `SELECT COUNT(*) AS records, MIN(created_at) AS oldest FROM rmq_transaction_record
       WHERE state = ${committed} AND confirmed_at IS NULL`,
      [],
    );
    return { count: Number(records), oldestCreatedAt: oldest === null ? undefined : Number(oldest) };
  }

  private async stateOf(context: Context, transactionId: string, lock = ''): Promise<number | undefined> {
    const text = `SELECT state FROM rmq_transaction_record WHERE tx_id = ? ${lock}`;
    const [row] = await this.query(context, text, [transactionId]);
    return row === undefined ? undefined : Number(row.state);
  }

  private insertionOf(record: NewTransactionRecord): SqlStatement {
    const { transactionId, producerGroup, handle, nextAttemptAt, createdAt, payload } = record;
    const values = [transactionId, committed, producerGroup, JSON.stringify([handle]), nextAttemptAt, createdAt];
    return payload === undefined
      ? { sql: this.record, values }
      : { sql: this.recordWithPayload, values: [...values, payload] };
  }

  private query(context: Context, text: string, values: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return this.unitOfWork.query(context, this.sql(text), values);
  }

  private execute(context: Context, text: string, values: readonly SqlValue[]): Promise<number> {
    return this.unitOfWork.execute(context, this.sql(text), values);
  }
}

/** PostgreSQL's, by the driver or wrapped by an ORM. */
function isUniqueViolation(error: unknown): boolean {
  const { driverError, cause } = (error ?? {}) as { driverError?: unknown; cause?: unknown };
  return [error, driverError, cause].some((each) => hasCode(each, '23505'));
}

function verdictOf(state: number): Verdict {
  return state === committed ? 'COMMITTED' : 'ROLLED_BACK';
}

function toUnconfirmed(row: SqlRow): UnconfirmedRecord {
  // Some drivers have parsed the column already.
  const handles = (typeof row.handles === 'string' ? JSON.parse(row.handles) : row.handles) as HalfMessageHandle[];
  return {
    transactionId: String(row.tx_id),
    handle: handles[0],
    createdAt: Number(row.created_at),
    nextAttemptAt: Number(row.next_attempt_at),
  };
}
