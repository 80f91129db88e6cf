import type { HalfMessageHandle } from '../engine/index.js';
import type { SqlDialect, SqlRow, SqlValue, UnitOfWork } from './unit-of-work.js';

const committed = 1;
const tombstone = 2;

export interface NewTransactionRecord {
  transactionId: string;
  producerGroup: string;
  handle: HalfMessageHandle;
  createdAt: number;
  /** When the sweeper takes care of it. */
  nextAttemptAt: number;
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

/**
 * The rows of rmq_transaction_record. Inserting the record and asking for a verdict exclude each
 * other through the primary key: whoever comes first decides, for good.
 */
export class TransactionRecords<Context> {
  private readonly sql: (text: string) => string;

  constructor(private readonly unitOfWork: UnitOfWork<Context>) {
    this.sql = placeholders(unitOfWork.dialect);
  }

  /**
   * To be called as the first statement of a local transaction, so that a check meets its lock.
   * @returns false: fenced, a check has already said no
   */
  async insert(context: Context, record: NewTransactionRecord): Promise<boolean> {
    const rows = await this.query(
      context,
      `INSERT INTO rmq_transaction_record (tx_id, state, producer_group, handles, next_attempt_at, created_at)
       VALUES (?, ${committed}, ?, ?, ?, ?) ON CONFLICT (tx_id) DO NOTHING RETURNING tx_id`,
      [
        record.transactionId,
        record.producerGroup,
        JSON.stringify([record.handle]),
        record.nextAttemptAt,
        record.createdAt,
      ],
    );
    return rows.length > 0;
  }

  /**
   * Says whether the transaction was committed; if it has not written its record yet, it never will.
   * @throws the transaction may be under way still (lock timeout), or the database is out of reach
   */
  async decide(context: Context, transactionId: string, producerGroup: string, now: number): Promise<Verdict> {
    const fenced = await this.query(
      context,
      `INSERT INTO rmq_transaction_record (tx_id, state, producer_group, handles, next_attempt_at, created_at)
       VALUES (?, ${tombstone}, ?, '[]', 0, ?) ON CONFLICT (tx_id) DO NOTHING RETURNING tx_id`,
      [transactionId, producerGroup, now],
    );
    if (fenced.length > 0) return 'ROLLED_BACK';
    const [row] = await this.query(context, 'SELECT state FROM rmq_transaction_record WHERE tx_id = ?', [
      transactionId,
    ]);
    if (row === undefined) throw new Error(`record ${transactionId} was purged while it was asked for`);
    return Number(row.state) === committed ? 'COMMITTED' : 'ROLLED_BACK';
  }

  async confirm(context: Context, transactionIds: readonly string[], now: number): Promise<void> {
    const list = transactionIds.map(() => '?').join(', ');
    await this.query(context, `UPDATE rmq_transaction_record SET confirmed_at = ? WHERE tx_id IN (${list})`, [
      now,
      ...transactionIds,
    ]);
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
    const rows = await this.query(
      context,
      `UPDATE rmq_transaction_record SET next_attempt_at = ?
       WHERE tx_id = ? AND next_attempt_at = ? AND confirmed_at IS NULL RETURNING tx_id`,
      [nextAttemptAt, record.transactionId, record.nextAttemptAt],
    );
    return rows.length > 0;
  }

  /** Deletes finished records and tombstones that nobody can ask for any more. @returns how many, at most `limit` */
  async purge(context: Context, createdBefore: number, limit: number): Promise<number> {
    const rows = await this.query(
      context,
      `DELETE FROM rmq_transaction_record WHERE tx_id IN (
         SELECT tx_id FROM rmq_transaction_record
         WHERE created_at < ? AND (state = ${tombstone} OR confirmed_at IS NOT NULL) LIMIT ${limit})
       RETURNING tx_id`,
      [createdBefore],
    );
    return rows.length;
  }

  private query(context: Context, text: string, values: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return this.unitOfWork.query(context, this.sql(text), values);
  }
}

/** Statements are written with `?`; PostgreSQL counts: `$1`, `$2`. */
export function placeholders(dialect: SqlDialect): (text: string) => string {
  if (dialect === 'sqlite') return (text) => text;
  return (text) => {
    let position = 0;
    return text.replace(/\?/g, () => `$${++position}`);
  };
}

function toUnconfirmed(row: SqlRow): UnconfirmedRecord {
  // PostgreSQL's driver has parsed the column already.
  const handles = (typeof row.handles === 'string' ? JSON.parse(row.handles) : row.handles) as HalfMessageHandle[];
  return {
    transactionId: String(row.tx_id),
    handle: handles[0],
    createdAt: Number(row.created_at),
    nextAttemptAt: Number(row.next_attempt_at),
  };
}
