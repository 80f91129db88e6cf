import { types } from 'node:util';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { ConfigurationError, NodeClock, sleep, type Clock } from '../engine/index.js';
import { ConnectionLock } from './connection-lock.js';
import {
  CorruptDatabaseError,
  ForeignTransactionError,
  LockTimeoutError,
  NestedUnitOfWorkError,
  TransactionLostError,
  hasCode,
} from './transaction-errors.js';
import { TransactionScope } from './transaction-scope.js';
import { commitWith } from './typeorm.closing.js';
import { dialectOf } from './typeorm.dialect.js';
import { takesOpening, transactionOpenedBy } from './typeorm.opening.js';
import type { ClosedWork, Patience, SqlDialect, SqlRow, SqlStatement, SqlValue, UnitOfWork } from './unit-of-work.js';

/** Between two looks whether a transaction that was opened past us has ended; nothing tells of it. */
const foreignTransactionLookMs = 2;

/** Of a TypeOrmUnitOfWork. */
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
 * Units of work on a TypeORM data source: PostgreSQL, MySQL, MariaDB, or SQLite (type `better-sqlite3`,
 * whose driver may be `libsql`). A SQLite data source has one connection: units of work take turns on it, and
 * whatever else writes there has to go through run() as well, or it becomes part of whichever
 * transaction is open.
 */
export class TypeOrmUnitOfWork implements UnitOfWork<EntityManager> {
  readonly dialect: SqlDialect;
  readonly description: string;
  private readonly state: DataSourceState;
  private readonly options: TypeOrmUnitOfWorkOptions & { foreignTransactionTimeoutMs: number; clock: Clock };
  private readonly scope = new TransactionScope<EntityManager>();

  /** @throws ConfigurationError the data source is of a type that is not supported */
  constructor(
    readonly dataSource: DataSource,
    options: TypeOrmUnitOfWorkOptions = {},
  ) {
    this.options = { foreignTransactionTimeoutMs: 5_000, clock: new NodeClock(), ...options };
    const { type } = dataSource.options;
    this.dialect = dialectOf(type);
    this.description = `the TypeORM data source ${databaseOf(dataSource)} (${type})`;
    const holder = dataSource as { [stateKey]?: DataSourceState };
    this.state = holder[stateKey] ??= {
      lock: this.dialect === 'sqlite' ? new ConnectionLock(this.description) : undefined,
    };
  }

  /** Initializes the data source if nobody has; commits become durable (SQLite: `synchronous = FULL`). */
  open(): Promise<void> {
    this.state.opening ??= this.named(() => this.initialize()).catch((error: unknown) => {
      this.state.opening = undefined;
      throw error;
    });
    return this.state.opening;
  }

  current(): EntityManager | undefined {
    return this.scope.current();
  }

  async run<Result>(work: (context: EntityManager) => Promise<Result>): Promise<Result> {
    if (this.current() !== undefined) throw new NestedUnitOfWorkError(this.description);
    const { isolation } = this.options;
    return this.inTransaction(work, (inside) =>
      isolation === undefined ? this.dataSource.transaction(inside) : this.dataSource.transaction(isolation, inside),
    );
  }

  async runOpenedBy<Result>(
    first: SqlStatement,
    work: (context: EntityManager, concerned: number) => Promise<Result>,
  ): Promise<Result> {
    if (!takesOpening(this.dataSource, first)) {
      return this.run(async (context) => work(context, await this.execute(context, first.sql, first.values)));
    }
    if (this.current() !== undefined) throw new NestedUnitOfWorkError(this.description);
    let concerned = 0;
    return this.inTransaction(
      (context) => work(context, concerned),
      (inside) =>
        transactionOpenedBy(this.dataSource, first, this.options.isolation, (manager, count) => {
          concerned = count;
          return inside(manager);
        }),
    );
  }

  runClosedBy<Result>(work: (context: EntityManager) => Promise<ClosedWork<Result>>): Promise<Result> {
    return this.run(async (context) => {
      const { value, last } = await work(context);
      if (last.length === 0 || (this.dialect === 'postgres' && (await commitWith(runnerOf(context), last))))
        return value;
      for (const { sql, values } of last) await this.execute(context, sql, values);
      return value;
    });
  }

  async runAside<Result>(work: (context: EntityManager) => Promise<Result>, patience: Patience): Promise<Result> {
    const { lockTimeoutMs } = patience;
    const inside: Record<SqlDialect, () => Promise<Result>> = {
      sqlite: () => this.dataSource.transaction(work),
      postgres: () => this.withLockTimeout(lockTimeoutMs, work),
      mysql: () =>
        this.dataSource.transaction('READ COMMITTED', (manager) => withLockWaitTimeout(manager, lockTimeoutMs, work)),
    };
    try {
      return await this.takeTurn(inside[this.dialect], patience);
    } catch (error) {
      if (lockCodes.some((code) => hasCode(driverErrorOf(error), code)))
        throw new LockTimeoutError(`a lock of ${this.description}`, lockTimeoutMs, { cause: error });
      throw error;
    }
  }

  /** For transactions on this data source that others open: on a single connection they take turns with ours. */
  takeTurn<Result>(transaction: () => Promise<Result>, patience?: Patience): Promise<Result> {
    const { lock } = this.state;
    return this.named(() => {
      if (lock === undefined) return transaction();
      return lock.hold(async () => {
        await this.waitForForeignTransaction();
        return transaction();
      }, patience);
    });
  }

  async query(context: EntityManager, sql: string, values: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    const result = await runnerOf(context).query(sql, parameters(values), true);
    const rows = result.records as SqlRow[];
    return this.dialect === 'sqlite' ? rows.map(withBytes) : rows;
  }

  async execute(context: EntityManager, sql: string, values: readonly SqlValue[] = []): Promise<number> {
    const result = await runnerOf(context).query(sql, parameters(values), true);
    return result.affected ?? 0;
  }

  /**
   * To be called before COMMIT: PostgreSQL answers it by rolling back when the transaction failed, MySQL
   * by success when a deadlock has ended it; neither is an error there. @throws TransactionLostError
   */
  async refuseLost(context: EntityManager): Promise<void> {
    if (!(await isOpen[this.dialect](runnerOf(context)))) throw new TransactionLostError(this.description);
  }

  /** @param begin opens a transaction, runs what it is given inside, and ends it */
  private inTransaction<Result>(
    work: (context: EntityManager) => Promise<Result>,
    begin: (inside: (context: EntityManager) => Promise<Result>) => Promise<Result>,
  ): Promise<Result> {
    const transaction = (inside: (context: EntityManager) => Promise<Result>): Promise<Result> =>
      begin(async (manager) => {
        const result = await inside(manager);
        await this.refuseLost(manager);
        return result;
      });
    return this.takeTurn(() => this.scope.run(transaction, work));
  }

  private withLockTimeout<Result>(
    lockTimeoutMs: number,
    work: (context: EntityManager) => Promise<Result>,
  ): Promise<Result> {
    const sql = `SET LOCAL lock_timeout = ${Math.max(1, Math.trunc(lockTimeoutMs))}`;
    const first = { sql, values: [] };
    if (takesOpening(this.dataSource, first))
      return transactionOpenedBy(this.dataSource, first, 'READ COMMITTED', (manager) => work(manager));
    return this.dataSource.transaction('READ COMMITTED', async (manager) => {
      await manager.query(sql);
      return work(manager);
    });
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
const lockCodes = [
  ...['55P03', '40P01'],
  ...['ER_LOCK_WAIT_TIMEOUT', 'ER_LOCK_DEADLOCK', 'ER_LOCK_NOWAIT'],
  ...['SQLITE_BUSY', 'SQLITE_LOCKED'],
];

/** Whether the database still has the transaction that was begun. */
const isOpen: Record<SqlDialect, (runner: QueryRunner) => Promise<boolean>> = {
  async postgres(runner) {
    const client = (await runner.connect()) as { readyForQuery?: boolean; getTransactionStatus?(): string | null };
    // pg has been told with the last answer, but it passes an error on before it hears what became of
    // the transaction; its older versions have forgotten.
    if (client.readyForQuery === true && client.getTransactionStatus !== undefined) {
      return client.getTransactionStatus() === 'T';
    }
    return runner.query('SELECT 1').then(
      () => true,
      () => false,
    );
  },
  async mysql(runner) {
    const { serverStatus } = (await runner.query('DO 0')) as { serverStatus: number };
    const inTransaction = 1; // SERVER_STATUS_IN_TRANS
    return (serverStatus & inTransaction) !== 0;
  },
  sqlite: () => Promise.resolve(true), // its COMMIT fails by itself
};

/** MySQL's waits are set by session, in whole seconds; the connection goes back to the pool as it came. */
async function withLockWaitTimeout<Result>(
  manager: EntityManager,
  lockTimeoutMs: number,
  work: (context: EntityManager) => Promise<Result>,
): Promise<Result> {
  const seconds = Math.max(1, Math.ceil(lockTimeoutMs / 1000));
  await manager.query(
    `SET @rmq_lock_wait = @@SESSION.innodb_lock_wait_timeout, SESSION innodb_lock_wait_timeout = ${seconds}`,
  );
  try {
    return await work(manager);
  } finally {
    await manager.query('SET SESSION innodb_lock_wait_timeout = @rmq_lock_wait');
  }
}

function runnerOf({ queryRunner }: EntityManager): QueryRunner {
  if (queryRunner !== undefined) return queryRunner;
  throw new ConfigurationError('context', 'is not the entity manager of a transaction; use the one given to the work');
}

/** libsql gives blobs as ArrayBuffer. */
function withBytes(row: SqlRow): SqlRow {
  const values = Object.entries(row).map(([name, value]) => [
    name,
    types.isArrayBuffer(value) ? Buffer.from(value) : value,
  ]);
  return Object.fromEntries(values) as SqlRow;
}

/** Drivers take bytes as Buffer only. */
function parameters(values: readonly SqlValue[]): unknown[] {
  return values.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value));
}

/** TypeORM wraps what the driver throws at a query, but not what it throws on connecting. */
function driverErrorOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'driverError' in error ? error.driverError : error;
}

function databaseOf(dataSource: DataSource): string {
  const { database } = dataSource.options;
  return typeof database === 'string' ? database : 'default';
}
