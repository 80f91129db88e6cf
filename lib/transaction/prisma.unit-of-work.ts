import { ConfigurationError } from '../engine/index.js';
import { ConnectionLock } from './connection-lock.js';
import {
  CorruptDatabaseError,
  LockTimeoutError,
  NestedUnitOfWorkError,
  TransactionLostError,
} from './transaction-errors.js';
import { TransactionScope } from './transaction-scope.js';
import type { Patience, SqlRow, SqlValue, UnitOfWork } from './unit-of-work.js';

/** What is used of the client inside an interactive transaction. */
export interface PrismaTransactionClient {
  $queryRawUnsafe<Rows = unknown>(sql: string, ...values: unknown[]): PromiseLike<Rows>;
  $executeRawUnsafe(sql: string, ...values: unknown[]): PromiseLike<number>;
}

type PrismaIsolation = 'ReadCommitted' | 'RepeatableRead' | 'Serializable';

/** What is used of a PrismaClient; `Context` is the client inside its transactions. */
export interface PrismaClientLike<Context extends PrismaTransactionClient> {
  $connect(): Promise<void>;
  $transaction<Result>(
    work: (transaction: Context) => Promise<Result>,
    options?: { maxWait?: number; timeout?: number; isolationLevel?: PrismaIsolation },
  ): Promise<Result>;
}

/** Of a PrismaUnitOfWork. */
export interface PrismaUnitOfWorkOptions {
  /** Of the client's provider: `postgres` by `@prisma/adapter-pg`, `sqlite` by `@prisma/adapter-libsql`. */
  dialect: 'postgres' | 'sqlite';
  /** Names the database in messages. Default 'default'. */
  name?: string;
  /** Of the transactions that run() opens; SQLite knows Serializable only. Default: the database's. */
  isolation?: PrismaIsolation;
  /** Longest wait for a connection. Default 2000, as Prisma's. */
  maxWaitMs?: number;
  /** After this Prisma rolls a transaction back that is still open. Default 5000, as Prisma's. */
  timeoutMs?: number;
}

/** Shared by all units of work on one client; lives on the client itself. */
const lockKey = Symbol.for('nestjs-rocketmq.prisma-connection-lock');

/**
 * Units of work as Prisma's interactive transactions, on PostgreSQL or SQLite. On SQLite they take
 * turns: SQLite has one writer, and Prisma's adapter has one transaction at a time.
 */
export class PrismaUnitOfWork<Context extends PrismaTransactionClient> implements UnitOfWork<Context> {
  readonly dialect: 'postgres' | 'sqlite';
  readonly description: string;
  private readonly options: Required<Omit<PrismaUnitOfWorkOptions, 'isolation'>> & PrismaUnitOfWorkOptions;
  private readonly lock?: ConnectionLock;
  private readonly scope = new TransactionScope<Context>();

  /** @throws ConfigurationError another provider */
  constructor(
    readonly client: PrismaClientLike<Context>,
    options: PrismaUnitOfWorkOptions,
  ) {
    const { dialect } = options;
    // Also for those who are not checked by types.
    if (!['postgres', 'sqlite'].includes(dialect))
      throw new ConfigurationError(
        'dialect',
        `is "${dialect as string}"; units of work on Prisma take postgres or sqlite`,
      );
    this.options = { name: 'default', maxWaitMs: 2_000, timeoutMs: 5_000, ...options };
    this.dialect = dialect;
    this.description = `the Prisma client ${this.options.name} (${dialect})`;
    if (dialect === 'sqlite') {
      const holder = client as { [lockKey]?: ConnectionLock };
      this.lock = holder[lockKey] ??= new ConnectionLock(this.description);
    }
  }

  async open(): Promise<void> {
    await this.client.$connect();
  }

  current(): Context | undefined {
    return this.scope.current();
  }

  async run<Result>(work: (context: Context) => Promise<Result>): Promise<Result> {
    if (this.current() !== undefined) throw new NestedUnitOfWorkError(this.description);
    const { isolation, maxWaitMs, timeoutMs } = this.options;
    const options = { maxWait: maxWaitMs, timeout: timeoutMs, ...(isolation && { isolationLevel: isolation }) };
    return this.takeTurn(() =>
      this.scope.run(
        (inside) =>
          this.client.$transaction(async (transaction) => {
            const result = await inside(transaction);
            await this.refuseLost(transaction);
            return result;
          }, options),
        work,
      ),
    );
  }

  async runAside<Result>(work: (context: Context) => Promise<Result>, patience: Patience): Promise<Result> {
    const { lockTimeoutMs } = patience;
    const options = {
      maxWait: Math.max(1, Math.trunc(lockTimeoutMs)),
      timeout: lockTimeoutMs + this.options.timeoutMs,
    };
    try {
      return await this.takeTurn(() => {
        if (this.dialect === 'sqlite') return this.client.$transaction(work, options);
        return this.client.$transaction(
          async (transaction) => {
            await transaction.$executeRawUnsafe(`SET LOCAL lock_timeout = ${options.maxWait}`);
            return work(transaction);
          },
          { ...options, isolationLevel: 'ReadCommitted' },
        );
      }, patience);
    } catch (error) {
      if (isLockTimeout(error))
        throw new LockTimeoutError(`a lock of ${this.description}`, lockTimeoutMs, { cause: error });
      throw error;
    }
  }

  /** For transactions on this client that others open: on SQLite they take turns with ours. */
  async takeTurn<Result>(transaction: () => Promise<Result>, patience?: Patience): Promise<Result> {
    try {
      return await (this.lock === undefined ? transaction() : this.lock.hold(transaction, patience));
    } catch (error) {
      if (/malformed|not a database/.test(causeOf(error).originalMessage ?? ''))
        throw new CorruptDatabaseError(this.options.name, { cause: error });
      throw error;
    }
  }

  async query(context: Context, sql: string, values: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    return context.$queryRawUnsafe<SqlRow[]>(sql, ...values);
  }

  async execute(context: Context, sql: string, values: readonly SqlValue[] = []): Promise<number> {
    return context.$executeRawUnsafe(sql, ...values);
  }

  /**
   * To be called before COMMIT, which PostgreSQL answers by rolling back, without an error, when the transaction failed.
   * @throws TransactionLostError
   */
  async refuseLost(transaction: Context): Promise<void> {
    if (this.dialect === 'sqlite') return; // its COMMIT fails by itself
    try {
      await transaction.$queryRawUnsafe('SELECT 1');
    } catch (error) {
      if (causeOf(error).originalCode === inFailedTransaction) throw new TransactionLostError(this.description);
      throw error;
    }
  }
}

const inFailedTransaction = '25P02';
/** PostgreSQL: lock_not_available, deadlock_detected; SQLite: SQLITE_BUSY, SQLITE_LOCKED. */
const lockCodes = ['55P03', '40P01', '5', '6', 'SQLITE_BUSY', 'SQLITE_LOCKED'];

interface DriverCause {
  originalCode?: string;
  originalMessage?: string;
  kind?: string;
}

/** What the driver said, which Prisma 7 hands on inside its own error. */
function causeOf(error: unknown): DriverCause {
  const { meta } = error as { meta?: { driverAdapterError?: { cause?: DriverCause } } };
  return meta?.driverAdapterError?.cause ?? {};
}

function isLockTimeout(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  if (code === 'P2028') return /Unable to start a transaction/.test(message ?? '');
  const { originalCode, kind } = causeOf(error);
  // P1008: what Prisma makes of a busy SQLite.
  return code === 'P1008' || kind === 'SocketTimeout' || lockCodes.includes(originalCode ?? '');
}
