import type { Aside } from '../aside.js';
import { placeholders } from '../sql.js';
import type { SqlRow, SqlValue, UnitOfWork } from '../unit-of-work.js';
import { outboxDialects, type OutboxDialect } from './outbox-dialect.js';
import type { OutboxLanes } from './outbox-lanes.js';
import { textOf } from './outbox-row.js';
import { isBlocker } from './outbox-rows.js';
import { OutboxState } from './outbox-tables.js';

/** What is in the outbox, over all relays. */
export interface OutboxStatus {
  /** Rows that no relay has tried. */
  waiting: number;
  /** Rows that are under way without a key, or failed and will be tried again. */
  again: number;
  /** Rows that were given up. */
  parked: number;
  /** Rows behind one of the same key that is again or parked. */
  held: number;
  /** Rows that are kept although they are sent. */
  sent: number;
  /** When the oldest row that is to be sent (waiting or again) was added, milliseconds since the epoch; absent: there is none. */
  oldestAt?: number;
  /** Age of that row, milliseconds; 0: there is none. */
  lagMs: number;
}

/** A row that was given up. */
export interface ParkedRow {
  messageId: string;
  topic: string;
  shardingKey?: string;
  keys?: string;
  attempts: number;
  lastError: string;
  createdAt: number;
  parkedAt: number;
}

/** Which rows: one by its message id, all of a topic, or all. */
export interface ParkedSelection {
  messageId?: string;
  topic?: string;
}

const rowsPerBatch = 250;

/** What operators see of the outbox, and do with what was given up. */
export class OutboxAdmin<Context> {
  private readonly dialect: OutboxDialect;
  private readonly sql: (text: string) => string;

  constructor(
    private readonly unitOfWork: UnitOfWork<Context>,
    private readonly aside: Pick<Aside<Context>, 'run'>,
    private readonly lanes: OutboxLanes<Context>,
  ) {
    this.sql = placeholders(unitOfWork.dialect);
    this.dialect = outboxDialects[unitOfWork.dialect];
  }

  async status(now: number): Promise<OutboxStatus> {
    const toBeSent = `CASE WHEN state IN (${OutboxState.waiting}, ${OutboxState.again}) THEN created_at END`;
    const counts = await this.aside.run((context) =>
      this.query(context, `SELECT state, COUNT(*) AS n, MIN(${toBeSent}) AS oldest FROM rmq_outbox GROUP BY state`),
    );
    const of = (state: number): number => Number(counts.find((row) => Number(row.state) === state)?.n ?? 0);
    const oldest = counts.filter((row) => row.oldest !== null).map((row) => Number(row.oldest));
    const { waiting, again, parked, held, sent } = OutboxState;
    const status = { waiting: of(waiting), again: of(again), parked: of(parked), held: of(held), sent: of(sent) };
    if (oldest.length === 0) return { ...status, lagMs: 0 };
    const oldestAt = Math.min(...oldest);
    return { ...status, oldestAt, lagMs: Math.max(0, now - oldestAt) };
  }

  /** The longest parked first. */
  async parked(limit: number): Promise<ParkedRow[]> {
    const text = `SELECT * FROM rmq_outbox ${this.dialect.byParked} WHERE state = ${OutboxState.parked} ORDER BY available_at LIMIT ${limit}`;
    const rows = await this.aside.run((context) => this.query(context, text));
    return rows.map(toParkedRow);
  }

  /** Has parked rows tried again, as if they never had been; what is held behind them follows. @returns how many */
  resume(selection: ParkedSelection, now: number): Promise<number> {
    const start = `state = ${OutboxState.again}, attempts = 0, available_at = ${Math.trunc(now)}`;
    return this.inBatches(selection, (context, ids) =>
      this.execute(context, `UPDATE rmq_outbox SET ${start} WHERE msg_uid IN (${listOf(ids)})`, ids),
    );
  }

  /** Deletes parked rows for good; what is held behind them is sent. @returns how many */
  purgeParked(selection: ParkedSelection): Promise<number> {
    return this.inBatches(selection, async (context, ids, keys) => {
      await this.delete(context, ids);
      if (keys.length > 0)
        await this.execute(
          context,
          `UPDATE rmq_outbox SET state = ${OutboxState.waiting}
           WHERE sharding_key IN (${listOf(keys)}) AND ${isBlocker} AND state = ${OutboxState.held}`,
          keys,
        );
    });
  }

  /** Deletes sent rows, the longest sent first, some hundred in a transaction. @returns how many */
  async purgeSent(sentBefore: number, isStopping: () => boolean = () => false): Promise<number> {
    const old = `SELECT msg_uid FROM rmq_outbox ${this.dialect.bySent}
      WHERE state = ${OutboxState.sent} AND sent_at < ? ORDER BY sent_at LIMIT ${rowsPerBatch}`;
    let found: number;
    let total = 0;
    do {
      found = await this.aside.run(async (context) => {
        await this.lanes.beginWriting(context);
        const ids = (await this.query(context, old, [Math.trunc(sentBefore)])).map((row) => String(row.msg_uid));
        if (ids.length > 0) await this.delete(context, ids);
        return ids.length;
      });
      total += found;
    } while (found === rowsPerBatch && !isStopping());
    return total;
  }

  /** Under the lanes' locks: no relay may hold a row behind one that is let go at the same time. */
  private async inBatches(
    { messageId, topic }: ParkedSelection,
    change: (context: Context, ids: string[], keys: string[]) => Promise<unknown>,
  ): Promise<number> {
    const values: string[] = [];
    let which = `state = ${OutboxState.parked}`;
    const hint = messageId === undefined ? this.dialect.byParked : '';
    if (messageId !== undefined) {
      which += ' AND msg_uid = ?';
      values.push(messageId);
    }
    if (topic !== undefined) {
      which += ' AND topic = ?';
      values.push(topic);
    }
    let count: number;
    let total = 0;
    do {
      count = await this.aside.run(async (context) => {
        await this.lanes.lock(context);
        const text = `SELECT msg_uid, sharding_key FROM rmq_outbox ${hint} WHERE ${which} ORDER BY available_at LIMIT ${rowsPerBatch}`;
        const rows = await this.query(context, text, values);
        if (rows.length === 0) return 0;
        const ids = rows.map((row) => String(row.msg_uid));
        const keys = rows.flatMap((row) => textOf(row.sharding_key) ?? []);
        await change(context, ids, keys);
        return rows.length;
      });
      total += count;
    } while (count === rowsPerBatch);
    return total;
  }

  private async delete(context: Context, ids: readonly string[]): Promise<void> {
    await this.execute(context, `DELETE FROM rmq_outbox WHERE msg_uid IN (${listOf(ids)})`, ids);
  }

  private query(context: Context, text: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return this.unitOfWork.query(context, this.sql(text), values);
  }

  private execute(context: Context, text: string, values?: readonly SqlValue[]): Promise<number> {
    return this.unitOfWork.execute(context, this.sql(text), values);
  }
}

function listOf(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}

function toParkedRow(row: SqlRow): ParkedRow {
  return {
    messageId: String(row.msg_uid),
    topic: String(row.topic),
    shardingKey: textOf(row.sharding_key),
    keys: textOf(row.msg_keys),
    attempts: Number(row.attempts),
    lastError: textOf(row.last_error) ?? '',
    createdAt: Number(row.created_at),
    parkedAt: Number(row.available_at),
  };
}
