import { placeholders } from '../sql.js';
import type { SqlValue, UnitOfWork } from '../unit-of-work.js';
import { laneCount } from './lanes.js';
import { outboxDialects, type OutboxDialect } from './outbox-dialect.js';
import { OutboxState } from './outbox-tables.js';

/** The rows of rmq_outbox_lane: who may send what has a key, and until when. */
export class OutboxLanes<Context> {
  private readonly dialect: OutboxDialect;
  private readonly sql: (text: string) => string;

  constructor(
    private readonly unitOfWork: UnitOfWork<Context>,
    /** Names this relay among all; at most 64 characters. */
    private readonly owner: string,
  ) {
    this.sql = placeholders(unitOfWork.dialect);
    this.dialect = outboxDialects[unitOfWork.dialect];
  }

  /** Lanes that have something to be sent now and that nobody else leases, the longest untouched first. */
  async withWork(context: Context, now: number): Promise<number[]> {
    const { waiting, again } = OutboxState;
    const first = (which: string, order: string, hint = ''): string =>
      `(SELECT o.msg_uid FROM rmq_outbox o ${hint} WHERE o.lane = l.lane AND ${which} ORDER BY ${order} LIMIT 1)`;
    const rows = await this.unitOfWork.query(
      context,
      this.sql(
        `SELECT l.lane, ${first(`o.state = ${waiting}`, 'o.id', this.dialect.byLane)} AS waiting,
           ${first(`o.state = ${again} AND o.available_at <= ?`, 'o.available_at')} AS due
         FROM rmq_outbox_lane l WHERE l.lease_until <= ? OR l.owner = ? ORDER BY l.lease_until`,
      ),
      [now, now, this.owner],
    );
    return rows.filter((row) => row.waiting !== null || row.due !== null).map((row) => Number(row.lane));
  }

  /** To be called first in a transaction that writes. @returns false: another relay has it */
  async take(context: Context, lane: number, now: number, leaseMs: number): Promise<boolean> {
    await this.beginWriting(context);
    const isFree = '(lease_until <= ? OR owner = ?)'; // ours after a failure: a turn ends before the next one begins
    const text = `SELECT lane FROM rmq_outbox_lane WHERE lane = ? AND ${isFree} ${this.dialect.takeRows}`;
    const found = await this.unitOfWork.query(context, this.sql(text), [lane, now, this.owner]);
    if (found.length === 0) return false;
    await this.lease(context, lane, this.owner, now + leaseMs);
    return true;
  }

  /** Waits for the lane's lock, so that nobody resumes its rows meanwhile. @returns false: the lease is lost */
  async renew(context: Context, lane: number, now: number, leaseMs: number): Promise<boolean> {
    await this.beginWriting(context);
    const text = `SELECT owner FROM rmq_outbox_lane WHERE lane = ? ${this.dialect.lockRows}`;
    const [row] = await this.unitOfWork.query(context, this.sql(text), [lane]);
    if (row?.owner !== this.owner) return false;
    await this.lease(context, lane, this.owner, now + leaseMs);
    return true;
  }

  /** Waits until nobody else writes in the lanes. */
  async lock(context: Context): Promise<void> {
    await this.beginWriting(context);
    const text = `SELECT lane FROM rmq_outbox_lane WHERE lane >= 0 AND lane < ${laneCount} ORDER BY lane ${this.dialect.lockRows}`;
    await this.unitOfWork.query(context, text);
  }

  /** To be called by the one that holds it. */
  release(context: Context, lane: number, now: number): Promise<void> {
    return this.lease(context, lane, null, now);
  }

  async beginWriting(context: Context): Promise<void> {
    if (this.dialect.beforeWriting !== undefined) await this.unitOfWork.execute(context, this.dialect.beforeWriting);
  }

  private async lease(context: Context, lane: number, owner: SqlValue, until: number): Promise<void> {
    const text = 'UPDATE rmq_outbox_lane SET owner = ?, lease_until = ? WHERE lane = ?';
    await this.unitOfWork.execute(context, this.sql(text), [owner, Math.trunc(until), lane]);
  }
}
