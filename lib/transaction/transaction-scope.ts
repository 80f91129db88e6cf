import { AsyncLocalStorage } from 'node:async_hooks';

/** Which transaction the running code is inside of. What outlives its transaction is no part of it any more. */
export class TransactionScope<Context> {
  private readonly storage = new AsyncLocalStorage<{ context?: Context }>();

  current(): Context | undefined {
    return this.storage.getStore()?.context;
  }

  /** @param transaction opens one, runs what it is given inside, and ends it */
  async run<Result>(
    transaction: (inside: (context: Context) => Promise<Result>) => Promise<Result>,
    work: (context: Context) => Promise<Result>,
  ): Promise<Result> {
    const scope: { context?: Context } = {};
    try {
      return await transaction((context) => {
        scope.context = context;
        return this.storage.run(scope, () => work(context));
      });
    } finally {
      scope.context = undefined;
    }
  }
}
