import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import type { SqlStatement, SqlValue } from './unit-of-work.js';

/*
 * On PostgreSQL a transaction can be opened together with its first statement, in one message: a round
 * trip less. Several statements in one message take no parameters, so the values are written into it.
 */

/** What is used of a client of pg. */
interface PostgresClient {
  escapeLiteral(text: string): string;
  query(text: string): Promise<readonly { rowCount: number | null }[]>;
}

/** Bytes would double their length as text; and a subscriber may have statements of its own at the beginning. */
export function takesOpening({ options, subscribers }: DataSource, { values }: SqlStatement): boolean {
  const isPlain = values.every((value) => !(value instanceof Uint8Array));
  return options.type === 'postgres' && subscribers.length === 0 && isPlain;
}

/** As DataSource#transaction(), with the number of rows that `first` concerned. */
export async function transactionOpenedBy<Result>(
  dataSource: DataSource,
  first: SqlStatement,
  isolation: 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE' | undefined,
  work: (manager: EntityManager, concerned: number) => Promise<Result>,
): Promise<Result> {
  const runner = dataSource.createQueryRunner();
  try {
    const client = (await runner.connect()) as PostgresClient;
    const opening = [...(await beginningOf(runner, isolation)), withValues(first, client)].join('; ');
    dataSource.logger.logQuery(opening, [], runner);
    const results = await client.query(opening);
    const result = await work(runner.manager, results[results.length - 1].rowCount ?? 0);
    await runner.commitTransaction();
    return result;
  } catch (error) {
    // What matters is the first error; a connection that is gone rolls back by itself.
    await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  } finally {
    await runner.release();
  }
}

/** Has TypeORM take the transaction for begun. @returns the statements that it would have sent */
async function beginningOf(runner: QueryRunner, isolation?: 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE') {
  const statements: string[] = [];
  const collect = (sql: string): Promise<void> => {
    statements.push(sql);
    return Promise.resolve();
  };
  Object.assign(runner, { query: collect });
  try {
    await runner.startTransaction(isolation);
  } finally {
    Reflect.deleteProperty(runner, 'query'); // its own is the class's
  }
  return statements;
}

function withValues({ sql, values }: SqlStatement, client: PostgresClient): string {
  return sql.replace(/\$(\d+)/g, (_, position: string) => literalOf(values[Number(position) - 1], client));
}

function literalOf(value: SqlValue, client: PostgresClient): string {
  if (value === null) return 'NULL';
  return typeof value === 'string' ? client.escapeLiteral(value) : String(value);
}
