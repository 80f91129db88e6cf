/** Things that arrive one by one, and someone who waits until there are enough. */
export class Collected<T> {
  readonly all: T[] = [];
  private waiters: (() => void)[] = [];

  add(item: T): void {
    this.all.push(item);
    const waiters = this.waiters;
    this.waiters = [];
    for (const wake of waiters) wake();
  }

  /** All, as soon as there are `count`. */
  async atLeast(count: number, timeoutMs = 30_000): Promise<readonly T[]> {
    return this.until((all) => all.length >= count, `${count} of them`, timeoutMs);
  }

  async until(isEnough: (all: readonly T[]) => boolean, what: string, timeoutMs = 30_000): Promise<readonly T[]> {
    const deadline = performance.now() + timeoutMs;
    while (!isEnough(this.all)) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`waited ${timeoutMs} ms for ${what}, got ${this.all.length}`);
      await this.arrival(left);
    }
    return this.all;
  }

  private async arrival(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
