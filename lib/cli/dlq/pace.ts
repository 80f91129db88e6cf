import { sleep, type Clock } from '../../engine/index.js';

/** So many a second at most, evenly. */
export class Pace {
  private next: number;

  constructor(
    private readonly clock: Clock,
    private readonly perSecond: number,
  ) {
    this.next = clock.monotonic();
  }

  /** Resolves when the next one may go. @throws AbortedError */
  async turn(signal: AbortSignal): Promise<void> {
    const wait = this.next - this.clock.monotonic();
    this.next = Math.max(this.next, this.clock.monotonic()) + 1000 / this.perSecond;
    if (wait > 0) await sleep(this.clock, wait, signal);
  }
}
