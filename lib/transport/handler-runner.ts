import { isObservable, type Subscription } from 'rxjs';
import type { Cancellable, Clock } from '../engine/index.js';

interface Running {
  cancel(reason: Error): void;
}

/**
 * Waits for handlers, whatever they return, each to its deadline. The acknowledgement follows the
 * promise of run() and nothing else.
 */
export class HandlerRunner {
  private readonly running = new Set<Running>();

  constructor(private readonly clock: Pick<Clock, 'schedule'>) {}

  /**
   * Resolves when what `handle` returned has settled: a value at once, a promise when it resolves,
   * an Observable, or a promise of one, when it completes.
   * @returns the value; of an Observable the last one, undefined when there was none
   * @param onGivenUp told before the promise rejects because of the deadline or of cancelAll()
   */
  run(
    handle: () => unknown,
    deadline: { timeoutMs?: number; timeoutError: () => Error; onGivenUp: (reason: Error) => void },
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let subscription: Subscription | undefined;
      let timer: Cancellable | undefined;
      let isSettled = false;
      const settle = (then: () => void): void => {
        if (isSettled) return;
        isSettled = true;
        timer?.cancel();
        this.running.delete(entry);
        then();
      };
      const entry: Running = {
        cancel: (reason) =>
          settle(() => {
            deadline.onGivenUp(reason);
            subscription?.unsubscribe();
            reject(reason);
          }),
      };
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a handler may throw a text, too
      const fail = (error: unknown): void => settle(() => reject(error));
      const succeed = (value: unknown): void => settle(() => resolve(value));
      const follow = (result: unknown): void => {
        if (!isObservable(result)) {
          succeed(result);
          return;
        }
        if (isSettled) return;
        let last: unknown;
        const next = (value: unknown): void => void (last = value);
        subscription = result.subscribe({ next, error: fail, complete: () => succeed(last) });
      };

      this.running.add(entry);
      if (deadline.timeoutMs !== undefined)
        timer = this.clock.schedule(deadline.timeoutMs, () => entry.cancel(deadline.timeoutError()));
      try {
        const result = handle();
        if (isPromiseLike(result)) result.then(follow, fail);
        else follow(result);
      } catch (error) {
        fail(error);
      }
    });
  }

  /** Gives up on every handler that still runs. @returns how many */
  cancelAll(reason: Error): number {
    const all = [...this.running];
    for (const running of all) running.cancel(reason);
    return all.length;
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
