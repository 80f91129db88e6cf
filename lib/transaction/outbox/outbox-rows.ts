import { placeholders } from '../sql.js';
import type { ClosedWork, SqlRow, SqlStatement, SqlValue, UnitOfWork } from '../unit-of-work.js';
import { unkeyedLane } from './lanes.js';
import { outboxDialects, type OutboxDialect } from './outbox-dialect.js';
import {
  insertedColumns,
  textOf,
  toOutboxRow,
  valuesOf,
  type IdentifiedMessage,
  type OutboxRow,
} from './outbox-row.js';
import { OutboxState } from './outbox-tables.js';

/** How much the relay reads at a time. */
export interface BatchLimits {
  rows: number;
  /** Of bodies; one row at least is read, however large. */
  bytes: number;
}

/** What became of a row that could not be sent. */
export interface RowFailure {
  messageId: string;
  attempts: number;
  error: string;
  /** When it is tried again; undefined: it is parked. */
  availableAt?: number;
}

/** What is to be added at a time. */
export interface Addition {
  messages: readonly IdentifiedMessage[];
  now: number;
}

interface Candidate {
  readonly messageId: string;
  readonly shardingKey?: string;
  readonly size: number;
}

/** Verbatim in queries: only so do the databases know that their partial index serves. */
export const isBlocker = 'state IN (1, 2, 3)';

const rowsPerInsert = 100;
const maxErrorLength = 1000;

/** The rows of rmq_outbox, as the one who adds them and the relay see them. */
export class OutboxRows<Context> {
  readonly dialect: OutboxDialect;
  private readonly sql: (text: string) => string;

  constructor(private readonly unitOfWork: UnitOfWork<Context>) {
    this.sql = placeholders(unitOfWork.dialect);
    this.dialect = outboxDialects[unitOfWork.dialect];
  }

  /** Runs `work` in a transaction whose last statements add what it gives, which may take no round trip of their own. */
  run<Result>(work: (context: Context) => Promise<{ value: Result; added: Addition }>): Promise<Result> {
    const { unitOfWork } = this;
    const closed = async (context: Context): Promise<ClosedWork<Result>> => {
      const { value, added } = await work(context);
      return { value, last: this.insertionsOf(added) };
    };
    if (unitOfWork.runClosedBy !== undefined) return unitOfWork.runClosedBy(closed);
    return unitOfWork.run(async (context) => {
      const { value, last } = await closed(context);
      await this.executeAll(context, last);
      return value;
    });
  }

  /** Adds messages in the transaction of `context`. */
  insert(context: Context, messages: Addition): Promise<void> {
    return this.executeAll(context, this.insertionsOf(messages));
  }

  /**
   * Rows of a lane that may be sent now, in their order, with nothing left out before a row of the same key.
   * Whoever asks holds the lane's lock. What is blocked is held from now on, and not looked at again.
   * @returns whether there may be more than these
   */
  async nextOfLane(
    context: Context,
    lane: number,
    now: number,
    limits: BatchLimits,
  ): Promise<{ rows: OutboxRow[]; hasMore: boolean }> {
    const due = await this.candidates(context, `${this.dueOf(lane)} ORDER BY available_at`, [now], limits);
    const waiting = await this.candidates(context, `${waitingOf(lane)} ORDER BY id`, [], limits, this.dialect.byLane);
    const blocked = await this.blockedKeys(context, waiting);
    const isHeld = ({ shardingKey }: Candidate): boolean => shardingKey !== undefined && blocked.has(shardingKey);
    await this.setState(context, waiting.filter(isHeld), OutboxState.held);
    const chosen = within([...due, ...waiting.filter((candidate) => !isHeld(candidate))], limits);
    const hasMore = waiting.length === limits.rows || due.length === limits.rows || chosen.isCut;
    return { rows: await this.read(context, chosen.candidates), hasMore };
  }

  /** Rows without a key, for `leaseMs` nobody else's; when the process dies, they come again after that. */
  async claimUnkeyed(context: Context, now: number, leaseMs: number, limits: BatchLimits): Promise<OutboxRow[]> {
    const { byLane, takeRows } = this.dialect;
    const waiting = `${waitingOf(unkeyedLane)} ORDER BY id`;
    const due = `${this.dueOf(unkeyedLane)} ORDER BY available_at`;
    const candidates = await this.candidates(context, due, [now], limits, '', takeRows);
    const missing = { ...limits, rows: limits.rows - candidates.length };
    if (missing.rows > 0) candidates.push(...(await this.candidates(context, waiting, [], missing, byLane, takeRows)));
    const chosen = within(candidates, limits).candidates;
    const rows = await this.read(context, chosen); // before its state says that it is tried again
    await this.setState(context, chosen, OutboxState.again, now + leaseMs);
    return rows;
  }

  /** @param keep mark them instead of deleting them */
  async sent(context: Context, messageIds: readonly string[], now: number, keep: boolean): Promise<void> {
    if (messageIds.length === 0) return;
    const which = `WHERE msg_uid IN (${listOf(messageIds)})`;
    if (keep)
      await this.execute(
        context,
        `UPDATE rmq_outbox SET state = ${OutboxState.sent}, sent_at = ?, last_error = NULL ${which}`,
        [now, ...messageIds],
      );
    else await this.execute(context, `DELETE FROM rmq_outbox ${which}`, messageIds);
  }

  /** A row that somebody else has sent meanwhile is left alone. */
  async failed(context: Context, { messageId, attempts, error, availableAt }: RowFailure, now: number): Promise<void> {
    const state = availableAt === undefined ? OutboxState.parked : OutboxState.again;
    await this.execute(
      context,
      `UPDATE rmq_outbox SET state = ?, attempts = ?, available_at = ?, last_error = ?
       WHERE msg_uid = ? AND state IN (${OutboxState.waiting}, ${OutboxState.again})`,
      [state, attempts, availableAt ?? now, error.slice(0, maxErrorLength), messageId],
    );
  }

  /** Lets go on what was held behind rows of these keys. */
  async release(context: Context, shardingKeys: readonly string[]): Promise<void> {
    if (shardingKeys.length === 0) return;
    await this.execute(
      context,
      `UPDATE rmq_outbox SET state = ${OutboxState.waiting}
       WHERE sharding_key IN (${listOf(shardingKeys)}) AND ${isBlocker} AND state = ${OutboxState.held}`,
      shardingKeys,
    );
  }

  /** In their order; those of a key in the order of commits. */
  private insertionsOf({ messages, now }: Addition): SqlStatement[] {
    const statements = this.dialect.lockKeys(messages.flatMap(({ shardingKey }) => shardingKey ?? []));
    for (let from = 0; from < messages.length; from += rowsPerInsert) {
      const rows = messages.slice(from, from + rowsPerInsert).map((message) => valuesOf(message, now));
      const lists = rows.map((row) => `(${listOf(row)})`).join(', ');
      const sql = `INSERT INTO rmq_outbox (${insertedColumns}) VALUES ${lists}`;
      statements.push({ sql, values: rows.flat(), name: rows.length === 1 ? 'rmq_outbox_insert' : undefined });
    }
    return statements.map(({ sql, ...rest }) => ({ ...rest, sql: this.sql(sql) }));
  }

  private async executeAll(context: Context, statements: readonly SqlStatement[]): Promise<void> {
    for (const { sql, values } of statements) await this.unitOfWork.execute(context, sql, values);
  }

  private dueOf(lane: number): string {
    return `WHERE state = ${OutboxState.again} AND lane = ${lane} AND available_at <= ?`;
  }

  private async candidates(
    context: Context,
    which: string,
    values: readonly SqlValue[],
    { rows }: BatchLimits,
    hint = '',
    lock = '',
  ): Promise<Candidate[]> {
    const text = `SELECT msg_uid, sharding_key, size FROM rmq_outbox ${hint} ${which} LIMIT ${rows} ${lock}`;
    const found = await this.query(context, text, values);
    return found.map((row) => ({
      messageId: String(row.msg_uid),
      shardingKey: textOf(row.sharding_key),
      size: Number(row.size),
    }));
  }

  private async blockedKeys(context: Context, candidates: readonly Candidate[]): Promise<ReadonlySet<string>> {
    const keys = [...new Set(candidates.flatMap(({ shardingKey }) => shardingKey ?? []))];
    if (keys.length === 0) return new Set();
    const text = `SELECT DISTINCT sharding_key FROM rmq_outbox WHERE sharding_key IN (${listOf(keys)}) AND ${isBlocker}`;
    const blocked = await this.query(context, text, keys);
    return new Set(blocked.map((row) => String(row.sharding_key)));
  }

  private async setState(
    context: Context,
    rows: readonly Candidate[],
    state: number,
    availableAt?: number,
  ): Promise<void> {
    if (rows.length === 0) return;
    const ids = rows.map(({ messageId }) => messageId);
    const when = availableAt === undefined ? '' : `, available_at = ${Math.trunc(availableAt)}`;
    await this.execute(context, `UPDATE rmq_outbox SET state = ${state}${when} WHERE msg_uid IN (${listOf(ids)})`, ids);
  }

  private async read(context: Context, candidates: readonly Candidate[]): Promise<OutboxRow[]> {
    if (candidates.length === 0) return [];
    const ids = candidates.map(({ messageId }) => messageId);
    const rows = await this.query(
      context,
      `SELECT id, msg_uid, state, sharding_key, topic, tag, msg_keys, deliver_at, props, body, attempts
       FROM rmq_outbox WHERE msg_uid IN (${listOf(ids)})`,
      ids,
    );
    // Not by the database: MySQL would walk all rows by their id.
    return [...rows].sort((one, other) => Number(one.id) - Number(other.id)).map(toOutboxRow);
  }

  private query(context: Context, text: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return this.unitOfWork.query(context, this.sql(text), values);
  }

  private execute(context: Context, text: string, values?: readonly SqlValue[]): Promise<number> {
    return this.unitOfWork.execute(context, this.sql(text), values);
  }
}

function waitingOf(lane: number): string {
  return `WHERE state = ${OutboxState.waiting} AND lane = ${lane}`;
}

function listOf(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}

/** As many, from the first on, as the bytes allow. */
function within(candidates: Candidate[], { bytes }: BatchLimits): { candidates: Candidate[]; isCut: boolean } {
  let sum = 0;
  const end = candidates.findIndex(({ size }, index) => (sum += size) > bytes && index > 0);
  return end < 0 ? { candidates, isCut: false } : { candidates: candidates.slice(0, end), isCut: true };
}
