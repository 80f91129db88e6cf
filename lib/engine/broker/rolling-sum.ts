/** A sum over the last so many slots of time, the running one left out. */
export class RollingSum {
  private readonly slots: Float64Array;
  private current = 0;

  constructor(
    private readonly slotMs: number,
    slotCount: number,
  ) {
    this.slots = new Float64Array(slotCount + 1);
  }

  add(now: number, value: number): void {
    this.moveTo(now);
    this.slots[this.current % this.slots.length] += value;
  }

  /** Of the last `slotCount` slots that have ended. */
  sum(now: number, slotCount = this.slots.length - 1): number {
    this.moveTo(now);
    let sum = 0;
    for (let back = 1; back <= slotCount; back++) {
      const slot = this.current - back;
      if (slot >= 0) sum += this.slots[slot % this.slots.length];
    }
    return sum;
  }

  private moveTo(now: number): void {
    const slot = Math.floor(now / this.slotMs);
    if (slot <= this.current) return; // also when the clock was set back
    if (slot - this.current >= this.slots.length) this.slots.fill(0);
    else for (let passed = this.current + 1; passed <= slot; passed++) this.slots[passed % this.slots.length] = 0;
    this.current = slot;
  }
}
