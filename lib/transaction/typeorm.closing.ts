import { QueryFailedError, type QueryRunner } from 'typeorm';
import { isPipeliningClient, sendTogether } from './postgres.pipeline.js';
import type { SqlStatement } from './unit-of-work.js';

/**
 * On PostgreSQL: has the COMMIT that TypeORM will send carry statements before it, in the same message.
 * @returns false: not by this driver
 */
export async function commitWith(runner: QueryRunner, last: readonly SqlStatement[]): Promise<boolean> {
  const client: unknown = await runner.connect();
  if (!isPipeliningClient(client)) return false;
  const itself = runner.query.bind(runner) as (...args: unknown[]) => Promise<unknown>;
  const query = async (sql: string, ...rest: unknown[]): Promise<unknown> => {
    if (sql !== 'COMMIT') return itself(sql, ...rest);
    Reflect.deleteProperty(runner, 'query'); // its own is the class's
    const statements = [...last, { sql, values: [], name: 'rmq_commit' }];
    for (const statement of statements) runner.dataSource.logger.logQuery(statement.sql, [...statement.values], runner);
    try {
      return await sendTogether(client, statements);
    } catch (error) {
      const text = statements.map((statement) => statement.sql).join('; ');
      throw error instanceof Error ? new QueryFailedError(text, undefined, error) : error;
    }
  };
  Object.assign(runner, { query });
  return true;
}
