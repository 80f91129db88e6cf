// What a transaction costs with its record, and with its message at a broker, beside the same
// transaction bare; and transactional sends at our broker beside Apache's 5.3.3.
// Needs PostgreSQL for its lines, Java 17 and Maven for Apache's. `--only sqlite,postgres,brokers`; `--rounds N`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectEngine } from '../../lib/engine/index.js';
import { java17AndMaven } from '../../test/interop/support/java-programs.js';
import { sqliteDataSource } from '../../test/support/databases.js';
import { PostgresServer, postgresRequirement } from '../../test/support/postgres.js';
import type { Requirement } from '../../test/support/requirements.js';
import { startOurs } from '../broker/servers.js';
import { readBenchOptions, report, type Result } from '../support/report.js';
import { transactionalSends } from './brokers.js';
import { inFlight, transactions } from './databases.js';

const options = readBenchOptions();
const usual = options.quick ? { rounds: 3, ms: 1_000 } : { rounds: 5, ms: 3_000 };
const rounds = Number(valueOf('--rounds') ?? usual.rounds);
const { ms } = usual;
const only = valueOf('--only')?.split(',');
const results: Result[] = [];

if (spawnSync(process.execPath, ['scripts/build-fast.mjs'], { stdio: 'inherit' }).status !== 0) process.exit(1);
try {
  await part('sqlite', { met: true, reason: '' }, sqlite);
  await part('postgres', postgresRequirement, postgres);
  await part('brokers', java17AndMaven, async () => {
    results.push(...(await transactionalSends(rounds, ms)));
  });
} finally {
  report(results, options); // also what there was before a failure
}

async function part(name: string, { met, reason }: Requirement, run: () => Promise<void>): Promise<void> {
  if (only !== undefined && !only.includes(name)) return;
  if (met) await run();
  else console.log(`${name} left out: ${reason}`);
}

async function sqlite(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'rmq-bench-tx-'));
  try {
    const dataSource = sqliteDataSource(join(directory, 'bench.db'));
    const database = 'SQLite (WAL, synchronous = FULL)';
    results.push(...(await transactions({ database, dataSource, placeholders: '?, ?', rounds, ms })));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function postgres(): Promise<void> {
  const server = await PostgresServer.start({ isDurable: true });
  const cluster = await startOurs('SYNC_FLUSH');
  const engine = await connectEngine({ nameServers: cluster.nameServer.split(';') });
  try {
    const database = `PostgreSQL (fsync), ${inFlight} connections`;
    const dataSource = await server.dataSource(inFlight).initialize();
    const broker = { name: 'our broker (SYNC_FLUSH)', engine };
    results.push(...(await transactions({ database, dataSource, placeholders: '$1, $2', broker, rounds, ms })));
  } finally {
    await engine.stop();
    await cluster.stop();
    await server.stop();
  }
}

function valueOf(option: string): string | undefined {
  const at = process.argv.indexOf(option);
  return at < 0 ? undefined : process.argv[at + 1];
}
