import { describeTable, type LibraryTable } from './library-table.js';
import { outboxLaneTable, outboxTable } from './outbox/outbox-tables.js';
import { MissingTableError } from './transaction-errors.js';
import type { SqlDialect, UnitOfWork } from './unit-of-work.js';

/** The witness of each transaction: a row with state 1 was committed with it, one with state 2 forbids it. */
export const transactionRecordTable: LibraryTable = describeTable({
  name: 'rmq_transaction_record',
  columns: ({ json, bytes }) => [
    'tx_id varchar(64) NOT NULL',
    'state smallint NOT NULL',
    'producer_group varchar(255) NOT NULL',
    `handles ${json} NOT NULL`,
    `payload ${bytes}`,
    'next_attempt_at bigint NOT NULL',
    'created_at bigint NOT NULL',
    'confirmed_at bigint',
  ],
  primaryKey: 'tx_id',
  indexes: [
    {
      name: 'rmq_transaction_record_due',
      columns: 'next_attempt_at',
      where: 'state = 1 AND confirmed_at IS NULL',
      mysqlColumns: 'confirmed_at, state, next_attempt_at',
    },
    { name: 'rmq_transaction_record_created', columns: 'created_at' },
  ],
});

/** What each consumer group has applied already. */
export const inboxTable: LibraryTable = describeTable({
  name: 'rmq_inbox',
  columns: () => [
    'consumer_group varchar(255) NOT NULL',
    'msg_key varchar(255) NOT NULL',
    'created_at bigint NOT NULL',
  ],
  primaryKey: 'consumer_group, msg_key',
  indexes: [{ name: 'rmq_inbox_created', columns: 'created_at' }],
});

export const libraryTables: readonly LibraryTable[] = [
  transactionRecordTable,
  inboxTable,
  outboxLaneTable,
  outboxTable,
];

const tableExists: Readonly<Record<SqlDialect, string>> = {
  postgres: 'SELECT 1 AS found WHERE to_regclass($1) IS NOT NULL',
  mysql: 'SELECT 1 AS found FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?',
  sqlite: "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = ?",
};

/** Instances that start at the same time wait for each other so long. */
const creationTimeoutMs = 30_000;

/** @throws MissingTableError the table is not there and may not be created */
export async function ensureTable<Context>(
  unitOfWork: UnitOfWork<Context>,
  table: LibraryTable,
  options: { synchronize: boolean },
): Promise<void> {
  const { dialect } = unitOfWork;
  const patience = { lockTimeoutMs: creationTimeoutMs, signal: new AbortController().signal };
  await unitOfWork.runAside(async (context) => {
    const found = await unitOfWork.query(context, tableExists[dialect], [table.name]);
    if (found.length > 0) return;
    if (!options.synchronize) throw new MissingTableError(table.name, unitOfWork.description);
    // Instances that start together must not create it together: PostgreSQL lets one of them fail.
    if (dialect === 'postgres')
      await unitOfWork.query(context, "SELECT pg_advisory_xact_lock(hashtext('nestjs-rocketmq tables'))::text");
    for (const statement of table.ddl[dialect]) await unitOfWork.execute(context, statement);
  }, patience);
}
