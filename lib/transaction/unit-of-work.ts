/** Databases whose SQL the library's own tables are written in; `mysql` is MySQL 8 and MariaDB 10.6 alike. */
export type SqlDialect = 'postgres' | 'mysql' | 'sqlite';

/** What a statement takes for a placeholder. */
export type SqlValue = string | number | Uint8Array | null;
/** A row by its column names. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** Placeholders are the dialect's: `$1` on postgres, `?` elsewhere; see placeholders(). */
export interface SqlStatement {
  sql: string;
  values: readonly SqlValue[];
  /** Of a text that is always the same, so that a database may keep it prepared. */
  name?: string;
}

/** What comes of a transaction's work: its result, and statements that have to be its last. */
export interface ClosedWork<Result> {
  value: Result;
  last: readonly SqlStatement[];
}

/** How long a transaction may wait for a lock, be it a row's or the only connection. */
export interface Patience {
  /** For databases that wait by themselves. */
  lockTimeoutMs: number;
  /** Fires when that time has passed, for adapters that wait themselves. */
  signal: AbortSignal;
}

/**
 * What coordinator, checker, sweeper, outbox and inbox need of a database; the ORM's transaction is
 * its Context (TypeORM: EntityManager, Prisma: the transaction's client). Adapters exist for TypeORM,
 * Prisma and nestjs-cls; another ORM needs these members, and unitOfWorkContract() of
 * nestjs-rocketmq/testing says whether it has them right.
 */
export interface UnitOfWork<Context = unknown> {
  readonly dialect: SqlDialect;
  /** Names the database in messages, such as `the TypeORM data source orders (postgres)`. */
  readonly description: string;

  /** Makes sure that the database can be reached; may be called by several owners. @throws CorruptDatabaseError */
  open(): Promise<void>;

  /** The context of the transaction that the caller is inside of, if there is one. */
  current(): Context | undefined;

  /**
   * Runs `work` in one local transaction: committed when it resolves, rolled back when it rejects.
   * A rejection does not say which of the two happened if `work` itself had resolved.
   * @throws NestedUnitOfWorkError inside another run() of this unit of work
   * @throws TransactionLostError `work` had resolved, but the database had given the transaction up before
   */
  run<Result>(work: (context: Context) => Promise<Result>): Promise<Result>;

  /**
   * As run(), where `first` may reach the database together with BEGIN; `work` is told how many rows
   * it concerned. It rejects with the driver's error, or one that has it as `driverError` or `cause`, if
   * `first` fails. Optional: left out, `first` is the first statement of run().
   */
  runOpenedBy?<Result>(
    first: SqlStatement,
    work: (context: Context, concerned: number) => Promise<Result>,
  ): Promise<Result>;

  /**
   * As run(), where the last statements may reach the database together with COMMIT. Optional: left
   * out, they are executed at the end of run().
   */
  runClosedBy?<Result>(work: (context: Context) => Promise<ClosedWork<Result>>): Promise<Result>;

  /**
   * A short READ COMMITTED transaction of the library's own that never joins one that is open.
   * @throws LockTimeoutError, or the driver's own error; unless COMMIT itself failed, nothing was written
   */
  runAside<Result>(work: (context: Context) => Promise<Result>, patience: Patience): Promise<Result>;

  /**
   * Rows of one SELECT, inside the transaction of `context`. Placeholders are the dialect's:
   * `$1` on postgres, `?` elsewhere; see placeholders(). Large integers may come as string or bigint.
   */
  query(context: Context, sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]>;

  /** One statement that returns no rows, inside the transaction of `context`. @returns how many rows it concerned */
  execute(context: Context, sql: string, values?: readonly SqlValue[]): Promise<number>;
}
