import Database from 'libsql';
import { DataSource, type EntityManager } from 'typeorm';
import { TypeOrmUnitOfWork } from '../../lib/transaction/typeorm.unit-of-work.js';
import type {
  Patience,
  SqlDialect,
  SqlRow,
  SqlStatement,
  SqlValue,
  UnitOfWork,
} from '../../lib/transaction/unit-of-work.js';

/** SQLite as the library recommends it; `:memory:` needs no disk. */
export function sqliteDataSource(database = ':memory:'): DataSource {
  return new DataSource({ type: 'better-sqlite3', driver: Database, database, enableWAL: database !== ':memory:' });
}

/** Where a unit of work can fail. `commit-lost`: it took effect, but nobody was told. */
export type DatabaseFault = 'begin' | 'commit' | 'commit-lost' | 'aside';

/** A unit of work on a real database that fails where a test says so. */
export class FaultyUnitOfWork implements UnitOfWork<EntityManager> {
  readonly faults: DatabaseFault[] = [];
  readonly dialect: SqlDialect;
  readonly description: string;
  beforeBegin: () => void | Promise<void> = () => {};
  /** Runs between the end of the work and the commit. */
  beforeCommit: () => void | Promise<void> = () => {};

  constructor(readonly real: TypeOrmUnitOfWork) {
    this.dialect = real.dialect;
    this.description = real.description;
  }

  open(): Promise<void> {
    return this.real.open();
  }

  current(): EntityManager | undefined {
    return this.real.current();
  }

  async run<Result>(work: (context: EntityManager) => Promise<Result>): Promise<Result> {
    await this.begins();
    return this.ended(this.real.run(async (manager) => this.done(await work(manager))));
  }

  async runOpenedBy<Result>(
    first: SqlStatement,
    work: (context: EntityManager, concerned: number) => Promise<Result>,
  ): Promise<Result> {
    await this.begins();
    return this.ended(
      this.real.runOpenedBy(first, async (manager, concerned) => this.done(await work(manager, concerned))),
    );
  }

  async runAside<Result>(work: (context: EntityManager) => Promise<Result>, patience: Patience): Promise<Result> {
    if (this.take('aside')) throw new Error('connection refused');
    return this.real.runAside(work, patience);
  }

  query(context: EntityManager, sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return this.real.query(context, sql, values);
  }

  execute(context: EntityManager, sql: string, values?: readonly SqlValue[]): Promise<number> {
    return this.real.execute(context, sql, values);
  }

  private async begins(): Promise<void> {
    await this.beforeBegin();
    if (this.take('begin')) throw new Error('connection refused');
  }

  private async done<Result>(value: Result): Promise<Result> {
    await this.beforeCommit();
    if (this.take('commit')) throw new Error('connection lost during COMMIT');
    return value;
  }

  private async ended<Result>(transaction: Promise<Result>): Promise<Result> {
    const result = await transaction;
    if (this.take('commit-lost')) throw new Error('connection lost during COMMIT');
    return result;
  }

  private take(fault: DatabaseFault): boolean {
    if (this.faults[0] !== fault) return false;
    this.faults.shift();
    return true;
  }
}
