import { NestedUnitOfWorkError } from './transaction-errors.js';
import type { Patience, SqlDialect, SqlRow, SqlValue, UnitOfWork } from './unit-of-work.js';

/** What is used of the TransactionHost of `@nestjs-cls/transactional`. */
export interface ClsTransactionHost<Context> {
  readonly tx: Context;
  isTransactionActive(): boolean;
  withTransaction<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** A unit of work of this library, on the same data source or client as the transaction host's adapter. */
export interface TurnTakingUnitOfWork<Context> extends UnitOfWork<Context> {
  takeTurn<Result>(transaction: () => Promise<Result>): Promise<Result>;
  /** @throws TransactionLostError */
  refuseLost(context: Context): Promise<void>;
}

/**
 * Units of work as transactions of `@nestjs-cls/transactional`: whatever uses its TransactionHost
 * inside `work`, and every method with `@Transactional()` called there, is part of them. Likewise
 * current() tells of transactions that others opened.
 */
export class ClsUnitOfWork<Context> implements UnitOfWork<Context> {
  readonly dialect: SqlDialect;
  readonly description: string;

  /** @param real TypeOrmUnitOfWork or PrismaUnitOfWork over what the host's adapter was given */
  constructor(
    private readonly host: ClsTransactionHost<Context>,
    private readonly real: TurnTakingUnitOfWork<Context>,
  ) {
    this.dialect = real.dialect;
    this.description = `${real.description}, by nestjs-cls`;
  }

  open(): Promise<void> {
    return this.real.open();
  }

  current(): Context | undefined {
    return this.host.isTransactionActive() ? this.host.tx : undefined;
  }

  async run<Result>(work: (context: Context) => Promise<Result>): Promise<Result> {
    if (this.current() !== undefined) throw new NestedUnitOfWorkError(this.description);
    return this.real.takeTurn(() =>
      this.host.withTransaction(async () => {
        const context = this.host.tx;
        const result = await work(context);
        await this.real.refuseLost(context);
        return result;
      }),
    );
  }

  runAside<Result>(work: (context: Context) => Promise<Result>, patience: Patience): Promise<Result> {
    return this.real.runAside(work, patience);
  }

  query(context: Context, sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return this.real.query(context, sql, values);
  }

  execute(context: Context, sql: string, values?: readonly SqlValue[]): Promise<number> {
    return this.real.execute(context, sql, values);
  }
}
