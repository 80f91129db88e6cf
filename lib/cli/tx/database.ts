import { Command } from 'commander';
import type { DataSourceOptions, EntityManager } from 'typeorm';
import { NodeClock } from '../../engine/index.js';
import { Aside } from '../../transaction/aside.js';
import { TransactionRecords } from '../../transaction/transaction-record.js';
import type { UnitOfWork } from '../../transaction/unit-of-work.js';
import { CommandError, UsageError } from '../errors.js';

const lockTimeoutMs = 10_000;

/** The database with the library's tables, while a command works on it. */
export interface OpenTables extends AsyncDisposable {
  readonly unitOfWork: UnitOfWork<EntityManager>;
  readonly records: TransactionRecords<EntityManager>;
  /** One short transaction. */
  run<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result>;
}

export function withDatabase(command: Command): Command {
  return command.requiredOption(
    '--url <url>',
    'the database: postgres://user@host/name, mysql://user@host/name, sqlite:file.db',
  );
}

/** @throws UsageError no such URL; CommandError a package or the database is not there */
export async function openTables(url: string): Promise<OpenTables> {
  const options = await optionsOf(url);
  const { DataSource } = await installed('typeorm', () => import('typeorm'));
  const { TypeOrmUnitOfWork } = await import('../../transaction/typeorm.unit-of-work.js');
  const dataSource = new DataSource(options);
  const unitOfWork = new TypeOrmUnitOfWork(dataSource);
  try {
    await unitOfWork.open();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`the database can't be reached: ${reason}`);
  }
  const aside = new Aside(unitOfWork, new NodeClock(), lockTimeoutMs);
  return {
    unitOfWork,
    records: new TransactionRecords(unitOfWork),
    run: (work) => aside.run(work),
    [Symbol.asyncDispose]: () => dataSource.destroy(),
  };
}

async function optionsOf(url: string): Promise<DataSourceOptions> {
  const [scheme] = url.split(':', 1);
  if (scheme === 'postgres' || scheme === 'postgresql') return { type: 'postgres', url };
  if (scheme === 'mysql' || scheme === 'mariadb') return { type: scheme, url };
  if (scheme !== 'sqlite')
    throw new UsageError(`--url: "${scheme}:" is none of postgres:, mysql:, mariadb: and sqlite:`);
  const { default: driver } = await installed('libsql', () => import('libsql'));
  return { type: 'better-sqlite3', driver, database: url.slice('sqlite:'.length) };
}

async function installed<Package>(name: string, load: () => Promise<Package>): Promise<Package> {
  try {
    return await load();
  } catch {
    throw new CommandError(`the package ${name} is not installed; npm install ${name}`);
  }
}
