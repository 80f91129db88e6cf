import { describeTable, type LibraryTable } from '../library-table.js';
import { firstSlot, laneCount, orderSlots, unkeyedLane } from './lanes.js';

/**
 * What became of a row. A key whose first row is `again` or `parked` is blocked, and what follows of
 * it is `held`; everything else goes on.
 */
export const OutboxState = {
  waiting: 0,
  /** Under way without a key, or failed: tried again at available_at. */
  again: 1,
  /** Failed too often; stays until it is resumed or purged. */
  parked: 2,
  /** Behind a row of the same key that is again or parked. */
  held: 3,
  /** Only where sent rows are kept. */
  sent: 4,
} as const;

/** Who drains which lane, one row for each. */
export const outboxLaneTable: LibraryTable = describeTable({
  name: 'rmq_outbox_lane',
  columns: () => ['lane smallint NOT NULL', 'owner varchar(64)', 'lease_until bigint NOT NULL'],
  primaryKey: 'lane',
  // Slots: locked until COMMIT by whoever adds a row of a key that falls on it; MySQL has no advisory lock that is. Never leased.
  rows: (dialect) => {
    const lanes = insertLanes([unkeyedLane, ...range(0, laneCount)], 0);
    const slots = insertLanes(range(firstSlot, orderSlots), Number.MAX_SAFE_INTEGER);
    return dialect === 'mysql' ? [lanes, slots] : [lanes];
  },
});

/** Messages of committed transactions that have not been sent. Times are milliseconds since the epoch. */
export const outboxTable: LibraryTable = describeTable({
  name: 'rmq_outbox',
  columns: ({ json, bytes, serial }, dialect) => [
    `id ${serial}`,
    // No index on id alone where it can be helped: a planner without statistics might walk it past all that is parked.
    `msg_uid varchar(64) ${dialect === 'postgres' ? 'PRIMARY KEY' : 'NOT NULL UNIQUE'}`,
    'state smallint NOT NULL',
    'lane smallint NOT NULL',
    'sharding_key varchar(255)',
    'topic varchar(255) NOT NULL',
    'tag text',
    'msg_keys text',
    'deliver_at bigint',
    `props ${json}`,
    `body ${bytes} NOT NULL`,
    'size integer NOT NULL',
    'attempts integer NOT NULL',
    'available_at bigint NOT NULL',
    'last_error text',
    'created_at bigint NOT NULL',
    'sent_at bigint',
  ],
  // Partial, so that rows that are parked or sent cost the relay nothing.
  indexes: [
    { name: 'rmq_outbox_waiting', columns: 'lane, id', where: 'state = 0', mysqlColumns: 'state, lane, id' },
    {
      name: 'rmq_outbox_again',
      columns: 'lane, available_at',
      where: 'state = 1',
      mysqlColumns: 'state, lane, available_at',
    },
    {
      name: 'rmq_outbox_blocked',
      columns: 'sharding_key',
      where: 'state IN (1, 2, 3)',
      mysqlColumns: 'sharding_key, state',
    },
    { name: 'rmq_outbox_parked', columns: 'available_at', where: 'state = 2', mysqlColumns: 'state, available_at' },
    { name: 'rmq_outbox_sent', columns: 'sent_at', where: 'state = 4', mysqlColumns: 'state, sent_at' },
  ],
});

function insertLanes(lanes: readonly number[], leaseUntil: number): string {
  return `INSERT INTO rmq_outbox_lane (lane, owner, lease_until) VALUES ${lanes.map((lane) => `(${lane}, NULL, ${leaseUntil})`).join(', ')}`;
}

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}
