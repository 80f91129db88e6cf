import { MissingTableError } from './transaction-errors.js';
import type { SqlDialect, UnitOfWork } from './unit-of-work.js';

export interface LibraryTable {
  readonly name: string;
  /** Statements that create it, harmless where it exists. Times are milliseconds since the epoch. */
  readonly ddl: Readonly<Record<SqlDialect, readonly string[]>>;
}

const recordIndexes = [
  `CREATE INDEX IF NOT EXISTS rmq_transaction_record_due ON rmq_transaction_record (next_attempt_at)
   WHERE state = 1 AND confirmed_at IS NULL`,
  'CREATE INDEX IF NOT EXISTS rmq_transaction_record_created ON rmq_transaction_record (created_at)',
];

/** The witness of each transaction: a row with state 1 was committed with it, one with state 2 forbids it. */
export const transactionRecordTable: LibraryTable = {
  name: 'rmq_transaction_record',
  ddl: {
    postgres: [
      `CREATE TABLE IF NOT EXISTS rmq_transaction_record (
         tx_id varchar(64) PRIMARY KEY,
         state smallint NOT NULL,
         producer_group varchar(255) NOT NULL,
         handles json NOT NULL,
         payload bytea,
         next_attempt_at bigint NOT NULL,
         created_at bigint NOT NULL,
         confirmed_at bigint)`,
      ...recordIndexes,
    ],
    sqlite: [
      `CREATE TABLE IF NOT EXISTS rmq_transaction_record (
         tx_id varchar(64) PRIMARY KEY NOT NULL,
         state smallint NOT NULL,
         producer_group varchar(255) NOT NULL,
         handles text NOT NULL,
         payload blob,
         next_attempt_at bigint NOT NULL,
         created_at bigint NOT NULL,
         confirmed_at bigint) WITHOUT ROWID`,
      ...recordIndexes,
    ],
  },
};

const inboxIndex = 'CREATE INDEX IF NOT EXISTS rmq_inbox_created ON rmq_inbox (created_at)';

/** What each consumer group has applied already. */
export const inboxTable: LibraryTable = {
  name: 'rmq_inbox',
  ddl: {
    postgres: [
      `CREATE TABLE IF NOT EXISTS rmq_inbox (
         consumer_group varchar(255) NOT NULL,
         msg_key varchar(255) NOT NULL,
         created_at bigint NOT NULL,
         PRIMARY KEY (consumer_group, msg_key))`,
      inboxIndex,
    ],
    sqlite: [
      `CREATE TABLE IF NOT EXISTS rmq_inbox (
         consumer_group varchar(255) NOT NULL,
         msg_key varchar(255) NOT NULL,
         created_at bigint NOT NULL,
         PRIMARY KEY (consumer_group, msg_key)) WITHOUT ROWID`,
      inboxIndex,
    ],
  },
};

export const libraryTables: readonly LibraryTable[] = [transactionRecordTable, inboxTable];

const tableExists: Readonly<Record<SqlDialect, string>> = {
  postgres: 'SELECT 1 AS found WHERE to_regclass($1) IS NOT NULL',
  sqlite: "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = ?",
};

/** @throws MissingTableError the table is not there and may not be created */
export async function ensureTable<Context>(
  unitOfWork: UnitOfWork<Context>,
  table: LibraryTable,
  options: { synchronize: boolean },
): Promise<void> {
  await unitOfWork.run(async (context) => {
    const found = await unitOfWork.query(context, tableExists[unitOfWork.dialect], [table.name]);
    if (found.length > 0) return;
    if (!options.synchronize) throw new MissingTableError(table.name, unitOfWork.description);
    // Instances that start together must not create it together: PostgreSQL lets one of them fail.
    if (unitOfWork.dialect === 'postgres')
      await unitOfWork.query(context, "SELECT pg_advisory_xact_lock(hashtext('nestjs-rocketmq tables'))");
    for (const statement of table.ddl[unitOfWork.dialect]) await unitOfWork.query(context, statement);
  });
}
