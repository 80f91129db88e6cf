import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { sqliteDataSource } from '../../test/support/databases.js';
import { MariaDbServer, mariaDbRequirement } from '../../test/support/mariadb.js';
import { PostgresServer, postgresRequirement } from '../../test/support/postgres.js';
import type { Requirement } from '../../test/support/requirements.js';

const poolSize = 24;

/** A server, or what stands for one. */
export interface BenchDatabase {
  /** An empty database of its own. */
  open(name: string): Promise<DataSource>;
  stop(): Promise<void>;
}

interface DatabaseKind {
  name: string;
  requirement: Requirement;
  start(): Promise<BenchDatabase>;
}

const every: readonly DatabaseKind[] = [
  { name: 'SQLite', requirement: { met: true, reason: '' }, start: () => Promise.resolve(sqlite()) },
  {
    name: 'PostgreSQL',
    requirement: postgresRequirement,
    start: () => serverOf(PostgresServer.start({ isDurable: true })), // as SQLite above, and as in bench/tx
  },
  { name: 'MariaDB', requirement: mariaDbRequirement, start: () => serverOf(MariaDbServer.start()) },
];

const onlyAt = process.argv.indexOf('--only');
const only = onlyAt < 0 ? undefined : process.argv[onlyAt + 1].toLowerCase();
export const databases = every.filter(({ name }) => only === undefined || name.toLowerCase() === only);

/** As the library recommends it: WAL, synchronous = FULL. */
function sqlite(): BenchDatabase {
  const directory = mkdtempSync(join(tmpdir(), 'rmq-bench-sqlite-'));
  return {
    open: (name) => sqliteDataSource(join(directory, `${name}.db`)).initialize(),
    stop() {
      rmSync(directory, { recursive: true });
      return Promise.resolve();
    },
  };
}

async function serverOf(starting: Promise<PostgresServer | MariaDbServer>): Promise<BenchDatabase> {
  const server = await starting;
  return {
    async open(name) {
      const first = await server.dataSource(1).initialize();
      await first.query(`CREATE DATABASE ${name}`);
      await first.destroy();
      return server.dataSource(poolSize).setOptions({ database: name }).initialize();
    },
    stop: () => server.stop(),
  };
}
