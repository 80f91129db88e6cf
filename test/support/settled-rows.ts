import type { SqlDialect, UnitOfWork } from '../../lib/transaction/unit-of-work.js';

const digits = `(SELECT 0 AS d ${Array.from({ length: 9 }, (_, i) => `UNION ALL SELECT ${i + 1}`).join(' ')})`;

/** Numbers `from` to `to`, less one, as table `numbers(i)`: 100,000 at most. */
const numbers: Record<SqlDialect, (from: number, to: number) => string> = {
  postgres: (from, to) => `generate_series(${from}, ${to - 1}) AS numbers(i)`,
  // Neither do MySQL and MariaDB count by the same means, nor recurse so deep.
  mysql: (from, to) =>
    `(SELECT ${from} + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS i
      FROM ${digits} a, ${digits} b, ${digits} c, ${digits} e, ${digits} f HAVING i < ${to}) AS numbers`,
  sqlite: (from, to) =>
    `(WITH RECURSIVE counted(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM counted WHERE i < ${to - 1})
      SELECT i FROM counted) AS numbers`,
};

/** Fills an outbox with what is of no concern to its relay: parked rows, each with its key, and as many sent ones. */
export async function addSettledRows<Context>(
  unitOfWork: UnitOfWork<Context>,
  context: Context,
  { from, to, bodyBytes = 1 }: { from: number; to: number; bodyBytes?: number },
): Promise<void> {
  const isMysql = unitOfWork.dialect === 'mysql';
  const text = (prefix: string): string => (isMysql ? `CONCAT('${prefix}', i)` : `'${prefix}' || i`);
  const hex = '78'.repeat(bodyBytes);
  const body = unitOfWork.dialect === 'postgres' ? `'\\x${hex}'::bytea` : `x'${hex}'`;
  const [parked, sent] = [2, 4];
  for (const state of [parked, sent]) {
    await unitOfWork.execute(
      context,
      `INSERT INTO rmq_outbox
         (msg_uid, state, lane, sharding_key, topic, body, size, attempts, available_at, created_at, sent_at)
       SELECT ${text(`settled-${state}-`)}, ${state}, i % 16, ${state === parked ? text('parked-') : 'NULL'}, 'orders',
         ${body}, ${bodyBytes}, 12, i, i, ${state === sent ? 'i' : 'NULL'}
       FROM ${numbers[unitOfWork.dialect](from, to)}`,
    );
  }
}

/** Fills an inbox. */
export async function addInboxRows<Context>(
  unitOfWork: UnitOfWork<Context>,
  context: Context,
  { count, createdAt }: { count: number; createdAt: number },
): Promise<void> {
  const key = unitOfWork.dialect === 'mysql' ? `CONCAT('${createdAt}-', i)` : `'${createdAt}-' || i`;
  await unitOfWork.execute(
    context,
    `INSERT INTO rmq_inbox (consumer_group, msg_key, created_at)
     SELECT 'points', ${key}, ${createdAt} FROM ${numbers[unitOfWork.dialect](0, count)}`,
  );
}
