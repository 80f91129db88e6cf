/** Databases whose SQL the library's own tables are written in. */
export type SqlDialect = 'postgres' | 'sqlite';

export type SqlValue = string | number | Uint8Array | null;
export type SqlRow = Readonly<Record<string, unknown>>;

/** How long a transaction may wait for a lock, be it a row's or the only connection. */
export interface Patience {
  /** For databases that wait by themselves. */
  lockTimeoutMs: number;
  /** Fires when that time has passed, for adapters that wait themselves. */
  signal: AbortSignal;
}

/**
 * What coordinator, checker, sweeper and inbox need of a database; the ORM's transaction is its
 * Context (TypeORM: EntityManager). Adapters exist for TypeORM; another ORM needs these five methods.
 */
export interface UnitOfWork<Context = unknown> {
  readonly dialect: SqlDialect;
  /** Names the database in messages, such as `TypeORM data source "default" (postgres)`. */
  readonly description: string;

  /** Makes sure that the database can be reached; may be called by several owners. @throws CorruptDatabaseError */
  open(): Promise<void>;

  /**
   * Runs `work` in one local transaction: committed when it resolves, rolled back when it rejects.
   * A rejection does not say which of the two happened if `work` itself had resolved.
   * @throws NestedUnitOfWorkError inside another run() of this unit of work
   */
  run<Result>(work: (context: Context) => Promise<Result>): Promise<Result>;

  /**
   * A short READ COMMITTED transaction of the library's own that never joins one that is open.
   * @throws LockTimeoutError, or the driver's own error; unless COMMIT itself failed, nothing was written
   */
  runAside<Result>(work: (context: Context) => Promise<Result>, patience: Patience): Promise<Result>;

  /** One statement inside the transaction of `context`; placeholders are the dialect's. @returns rows of SELECT or RETURNING */
  query(context: Context, sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]>;
}
