import type { SqlDialect } from './unit-of-work.js';

/** Statements are written with `?`; PostgreSQL counts: `$1`, `$2`. */
export function placeholders(dialect: SqlDialect): (text: string) => string {
  if (dialect !== 'postgres') return (text) => text;
  return (text) => {
    let position = 0;
    return text.replace(/\?/g, () => `$${++position}`);
  };
}

/** An INSERT, with `?`. */
export function insertion(table: string, columns: string): string {
  const values = columns
    .split(',')
    .map(() => '?')
    .join(', ');
  return `INSERT INTO ${table} (${columns}) VALUES (${values})`;
}

/**
 * An INSERT, with `?`, that concerns no row where the primary key is taken. It waits for a transaction
 * that is inserting the same key. MySQL would cut what is too long for its column: check lengths before.
 */
export function insertIfAbsent(dialect: SqlDialect, table: string, primaryKey: string, columns: string): string {
  const plain = insertion(table, columns);
  return dialect === 'mysql'
    ? plain.replace('INSERT', 'INSERT IGNORE')
    : `${plain} ON CONFLICT (${primaryKey}) DO NOTHING`;
}
