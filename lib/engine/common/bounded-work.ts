type Task = () => Promise<void>;

/** Runs tasks, at most so many at a time, in the order they came. */
export class BoundedWork {
  private readonly waiting: Task[] = [];
  private running = 0;
  private whenIdle: (() => void)[] = [];

  constructor(
    private readonly concurrency: number,
    private readonly maxWaiting: number,
  ) {}

  /** @param task never rejects @returns false when too many wait already: the task is not taken */
  submit(task: Task): boolean {
    if (this.running < this.concurrency) this.run(task);
    else if (this.waiting.length < this.maxWaiting) this.waiting.push(task);
    else return false;
    return true;
  }

  /** Drops what waits; resolves when what runs has ended. */
  async stop(): Promise<void> {
    this.waiting.length = 0;
    if (this.running > 0) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
  }

  private run(task: Task): void {
    this.running++;
    void task().finally(() => {
      this.running--;
      const next = this.waiting.shift();
      if (next) this.run(next);
      else if (this.running === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
    });
  }
}
