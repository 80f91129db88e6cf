interface Waiter {
  target: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

/**
 * Promises released when an offset reaches their target. Targets are expected in rising order, as
 * an append-only log hands them out; others are sorted in.
 */
export class OffsetWaiters {
  private readonly waiters: Waiter[] = [];
  private failure?: Error;

  constructor(private reached = 0) {}

  /** Resolves once advanceTo(offset >= target) was called; rejects with what fail() was given. */
  wait(target: number): Promise<void> {
    if (target <= this.reached) return Promise.resolve();
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      let at = this.waiters.length;
      while (at > 0 && this.waiters[at - 1].target > target) at--;
      this.waiters.splice(at, 0, { target, resolve, reject });
    });
  }

  advanceTo(offset: number): void {
    if (offset <= this.reached) return;
    this.reached = offset;
    let released = 0;
    while (released < this.waiters.length && this.waiters[released].target <= offset) released++;
    for (const waiter of this.waiters.splice(0, released)) waiter.resolve();
  }

  /** Rejects all present and future waiters beyond what was reached. */
  fail(error: Error): void {
    this.failure ??= error;
    for (const waiter of this.waiters.splice(0)) waiter.reject(error);
  }
}
