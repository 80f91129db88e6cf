/** Lets pass while it is open; who comes while it is closed waits. */
export class Gate {
  private waiting: (() => void)[] = [];
  private closed = false;

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.closed = false;
    for (const pass of this.waiting.splice(0)) pass();
  }

  /** Undefined: pass at once. */
  whenOpen(): Promise<void> | undefined {
    return this.closed ? new Promise((resolve) => this.waiting.push(resolve)) : undefined;
  }
}
