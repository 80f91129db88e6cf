import { LockTimeoutError } from './transaction-errors.js';

/** Lets one in at a time, in the order of asking: for databases that are reached by one connection only. */
export class ConnectionLock {
  private isHeld = false;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly description: string) {}

  /** @throws LockTimeoutError `patience.signal` fired first */
  async hold<Result>(
    work: () => Promise<Result>,
    patience?: { lockTimeoutMs: number; signal: AbortSignal },
  ): Promise<Result> {
    await this.enter(patience);
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private enter(patience?: { lockTimeoutMs: number; signal: AbortSignal }): Promise<void> {
    if (!this.isHeld) {
      this.isHeld = true;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        patience?.signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.waiting.splice(this.waiting.indexOf(enter), 1);
        reject(new LockTimeoutError(`the connection of ${this.description}`, patience?.lockTimeoutMs ?? 0));
      };
      patience?.signal.addEventListener('abort', giveUp, { once: true });
      this.waiting.push(enter);
    });
  }

  /** Hands on to the next one, without a moment in which a third could slip in. */
  private leave(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.isHeld = false;
    else next();
  }
}
