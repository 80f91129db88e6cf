import type { SqlDialect, SqlStatement } from '../unit-of-work.js';
import { lockOf, slotOf } from './lanes.js';

/** Where the databases differ in what the outbox asks of them. */
export interface OutboxDialect {
  /** Behind a SELECT: takes the rows, passes over those that others have taken. */
  readonly takeRows: string;
  /** Behind a SELECT: waits for the rows. */
  readonly lockRows: string;
  /** Behind the table's name, so that rows are read in their order by the index for it, however many others there are. */
  readonly byLane: string;
  readonly byParked: string;
  readonly bySent: string;
  /** First statement of a transaction that will write; where a reader can't become a writer. */
  readonly beforeWriting?: string;
  /** Make the transactions that add rows of these keys, until they end, commit in the order of the rows' ids. */
  lockKeys(shardingKeys: readonly string[]): SqlStatement[];
}

const postgres: OutboxDialect = {
  takeRows: 'FOR UPDATE SKIP LOCKED',
  lockRows: 'FOR UPDATE',
  ...{ byLane: '', byParked: '', bySent: '' },
  lockKeys: (shardingKeys) =>
    inOrder(shardingKeys.map(lockOf)).map((lock) => ({
      sql: `SELECT pg_advisory_xact_lock(${lockSpace}, ?)::text`,
      values: [lock],
      name: 'rmq_outbox_lock',
    })),
};

const mysql: OutboxDialect = {
  takeRows: 'FOR UPDATE SKIP LOCKED',
  lockRows: 'FOR UPDATE',
  byLane: 'FORCE INDEX (rmq_outbox_waiting)',
  byParked: 'FORCE INDEX (rmq_outbox_parked)',
  bySent: 'FORCE INDEX (rmq_outbox_sent)',
  lockKeys: (shardingKeys) =>
    inOrder(shardingKeys.map(slotOf)).map((slot) => ({
      sql: 'SELECT lane FROM rmq_outbox_lane WHERE lane = ? FOR UPDATE',
      values: [slot],
    })),
};

const sqlite: OutboxDialect = {
  takeRows: '',
  lockRows: '',
  ...{ byLane: '', byParked: '', bySent: '' },
  beforeWriting: 'UPDATE rmq_outbox_lane SET owner = NULL WHERE lane IS NULL',
  lockKeys: () => [], // one transaction at a time writes
};

export const outboxDialects: Readonly<Record<SqlDialect, OutboxDialect>> = { postgres, mysql, sqlite };

/** Apart from other advisory locks of the application: 'rmqo'. */
const lockSpace = 0x726d716f;

/** Always the same order, so that two transactions don't wait for each other. */
function inOrder(locks: readonly number[]): number[] {
  return [...new Set(locks)].sort((a, b) => a - b);
}
