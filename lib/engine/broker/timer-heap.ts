/** A message that waits for its time. */
export interface PendingTimer {
  readonly dueAt: number;
  readonly physicalOffset: number;
}

/** Messages by their time, those of the same time by their place in the log; two numbers each. */
export class TimerHeap {
  private readonly dueTimes: number[] = [];
  private readonly offsets: number[] = [];

  get size(): number {
    return this.dueTimes.length;
  }

  /** When the first is due. */
  get nextDueAt(): number | undefined {
    return this.dueTimes[0];
  }

  push({ dueAt, physicalOffset }: PendingTimer): void {
    let at = this.dueTimes.length;
    this.dueTimes.push(dueAt);
    this.offsets.push(physicalOffset);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!this.isBefore(at, parent)) break;
      this.swap(at, parent);
      at = parent;
    }
  }

  pop(): PendingTimer | undefined {
    const last = this.dueTimes.length - 1;
    if (last < 0) return undefined;
    this.swap(0, last);
    const first = { dueAt: this.dueTimes.pop() ?? 0, physicalOffset: this.offsets.pop() ?? 0 };
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < last && this.isBefore(child, least)) least = child;
      if (least === at) return first;
      this.swap(at, least);
      at = least;
    }
  }

  private isBefore(a: number, b: number): boolean {
    const { dueTimes, offsets } = this;
    return dueTimes[a] < dueTimes[b] || (dueTimes[a] === dueTimes[b] && offsets[a] < offsets[b]);
  }

  private swap(a: number, b: number): void {
    [this.dueTimes[a], this.dueTimes[b]] = [this.dueTimes[b], this.dueTimes[a]];
    [this.offsets[a], this.offsets[b]] = [this.offsets[b], this.offsets[a]];
  }
}
