import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, EntityManager } from 'typeorm';
import { ConfigurationError, NodeClock, sleep, type Clock } from '../engine/index.js';
import { ConnectionLock } from './connection-lock.js';
import {
  CorruptDatabaseError,
  ForeignTransactionError,
  LockTimeoutError,
  NestedUnitOfWorkError,
  hasCode,
} from './transaction-errors.js';
import type { Patience, SqlDialect, SqlRow, SqlValue, UnitOfWork } from './unit-of-work.js';

const dialects: Readonly<Record<string, SqlDialect | undefined>> = {
  'better-sqlite3': 'sqlite',
  postgres: 'postgres',
};

/** Between two looks whether a transaction that was opened past us has ended; nothing tells of it. */
const foreignTransactionLookMs = 2;

export interface TypeOrmUnitOfWorkOptions {
  /** Of the transactions that run() opens. Default: the database's. */
  isolation?: 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';
  /** On a single connection: longest wait for a transaction that was not opened by run(). Default 5000. */
  foreignTransactionTimeoutMs?: number;
  /** Default: the system's. */
  clock?: Clock;
}

/** What several units of work on one data source have to share; lives on the data source itself. */
interface DataSourceState {
  /** Of data sources that have one connection only. */
  lock?: ConnectionLock;
  opening?: Promise<void>;
}
const stateKey = Symbol.for('nestjs-rocketmq.data-source-state');

/**
 * Units of work on a TypeORM data source: PostgreSQL, or SQLite (type `better-sqlite3`, whose driver
 * may be `libsql`). A SQLite data source has one connection: units of work take turns on it, and
 * whatever else writes there has to go through run() as well, or it becomes part of whichever
 * transaction is open.
 */
export class TypeOrmUnitOfWork implements UnitOfWork<EntityManager> {
  readonly dialect: SqlDialect;
  readonly description: string;
  private readonly state: DataSourceState;
  private readonly options: TypeOrmUnitOfWorkOptions & { foreignTransactionTimeoutMs: number; clock: Clock };
  private readonly scope = new AsyncLocalStorage<{ isOpen: boolean }>();

  /** @throws ConfigurationError the data source is of a type that is not supported */
  constructor(
    readonly dataSource: DataSource,
    options: TypeOrmUnitOfWorkOptions = {},
  ) {
    this.options = { foreignTransactionTimeoutMs: 5_000, clock: new NodeClock(), ...options };
    const { type } = dataSource.options;
    const dialect = dialects[type];
    if (dialect === undefined)
      throw new ConfigurationError(
        'dataSource',
        `units of work on TypeORM type "${type}" are not supported; use one of ${Object.keys(dialects).join(', ')}`,
      );
    this.dialect = dialect;
    this.description = `the TypeORM data source ${databaseOf(dataSource)} (${type})`;
    const holder = dataSource as { [stateKey]?: DataSourceState };
    this.state = holder[stateKey] ??= { lock: dialect === 'sqlite' ? new ConnectionLock(this.description) : undefined };
  }

  /** Initializes the data source if nobody has; commits become durable (SQLite: `synchronous = FULL`). */
  open(): Promise<void> {
    this.state.opening ??= this.named(() => this.initialize()).catch((error: unknown) => {
      this.state.opening = undefined;
      throw error;
    });
    return this.state.opening;
  }

  async run<Result>(work: (context: EntityManager) => Promise<Result>): Promise<Result> {
    if (this.scope.getStore()?.isOpen) throw new NestedUnitOfWorkError(this.description);
    const { isolation } = this.options;
    const transaction = async (): Promise<Result> => {
      await this.waitForForeignTransaction();
      // What is started inside may outlive the transaction; it is no part of it then.
      const scope = { isOpen: true };
      const inside = (manager: EntityManager): Promise<Result> => this.scope.run(scope, () => work(manager));
      try {
        return await (isolation === undefined
          ? this.dataSource.transaction(inside)
          : this.dataSource.transaction(isolation, inside));
      } finally {
        scope.isOpen = false;
      }
    };
    return this.named(() => (this.state.lock === undefined ? transaction() : this.state.lock.hold(transaction)));
  }

  async runAside<Result>(work: (context: EntityManager) => Promise<Result>, patience: Patience): Promise<Result> {
    const { lockTimeoutMs } = patience;
    try {
      return await this.named(() => {
        if (this.state.lock !== undefined) {
          return this.state.lock.hold(async () => {
            await this.waitForForeignTransaction();
            return this.dataSource.transaction(work);
          }, patience);
        }
        return this.dataSource.transaction('READ COMMITTED', async (manager) => {
          await manager.query(`SET LOCAL lock_timeout = ${Math.max(1, Math.trunc(lockTimeoutMs))}`);
          return work(manager);
        });
      });
    } catch (error) {
      if (lockCodes.some((code) => hasCode(driverErrorOf(error), code)))
        throw new LockTimeoutError(`a lock of ${this.description}`, lockTimeoutMs, { cause: error });
      throw error;
    }
  }

  async query(context: EntityManager, sql: string, values: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    const { queryRunner } = context;
    if (queryRunner === undefined)
      throw new ConfigurationError(
        'context',
        'is not the entity manager of a transaction; use the one given to the work',
      );
    // Unstructured, PostgreSQL's UPDATE and DELETE come in a shape of their own.
    const result = await queryRunner.query(sql, [...values], true);
    return result.records as SqlRow[];
  }

  private async initialize(): Promise<void> {
    if (!this.dataSource.isInitialized) await this.dataSource.initialize();
    if (this.dialect === 'sqlite') await this.dataSource.query('PRAGMA synchronous = FULL');
  }

  /**
   * On a single connection ours would become a savepoint of a transaction that was opened past us,
   * and its commit none. @throws ForeignTransactionError it stays open
   */
  private async waitForForeignTransaction(): Promise<void> {
    if (this.state.lock === undefined) return;
    const runner = this.dataSource.createQueryRunner(); // the shared one
    const { clock, foreignTransactionTimeoutMs } = this.options;
    const deadline = clock.monotonic() + foreignTransactionTimeoutMs;
    while (runner.isTransactionActive) {
      if (clock.monotonic() >= deadline) throw new ForeignTransactionError(this.description);
      await sleep(clock, foreignTransactionLookMs);
    }
  }

  private async named<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      const driverError = driverErrorOf(error);
      if (hasCode(driverError, 'SQLITE_CORRUPT') || hasCode(driverError, 'SQLITE_NOTADB'))
        throw new CorruptDatabaseError(databaseOf(this.dataSource), { cause: error });
      throw error;
    }
  }
}

/** PostgreSQL: lock_not_available, deadlock_detected; SQLite: another process writes. */
const lockCodes = ['55P03', '40P01', 'SQLITE_BUSY', 'SQLITE_LOCKED'];

/** TypeORM wraps what the driver throws at a query, but not what it throws on connecting. */
function driverErrorOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'driverError' in error ? error.driverError : error;
}

function databaseOf(dataSource: DataSource): string {
  const { database } = dataSource.options;
  return typeof database === 'string' ? database : 'default';
}
