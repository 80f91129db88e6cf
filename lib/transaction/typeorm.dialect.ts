import { ConfigurationError } from '../engine/index.js';
import type { SqlDialect } from './unit-of-work.js';

const dialects: Readonly<Record<string, SqlDialect | undefined>> = {
  'better-sqlite3': 'sqlite',
  mariadb: 'mysql',
  mysql: 'mysql',
  postgres: 'postgres',
};

/** @param type of a TypeORM data source @throws ConfigurationError it is not supported */
export function dialectOf(type: string): SqlDialect {
  const dialect = dialects[type];
  if (dialect !== undefined) return dialect;
  throw new ConfigurationError(
    'dataSource',
    `units of work on TypeORM type "${type}" are not supported; use one of ${Object.keys(dialects).join(', ')}`,
  );
}
