import { withTimeout } from '../../common/with-timeout.js';
import type { Clock } from '../../ports/clock.js';

interface Opening {
  readonly loaded: Promise<void>;
  waiting: number;
}

export interface Patience {
  /** On the monotonic clock. */
  readonly deadline: number;
  readonly signal?: AbortSignal;
}

/**
 * Topics a producer has met. Sends to a new one wait behind each other until it is open; from then
 * on a send leaves in the turn in which it is called, and none overtakes those that waited.
 */
export class OpenedTopics {
  private readonly opened = new Set<string>();
  private readonly opening = new Map<string, Opening>();

  constructor(
    private readonly clock: Clock,
    /** Checks the name and finds the route; called once for those who wait together. */
    private readonly load: (topic: string) => Promise<void>,
  ) {}

  has(topic: string): boolean {
    return this.opened.has(topic);
  }

  /** @throws RequestTimeoutError | AbortedError, or what loading failed by */
  async open(topic: string, { deadline, signal }: Patience): Promise<void> {
    const opening = this.opening.get(topic) ?? this.begin(topic);
    opening.waiting++;
    try {
      const timeoutMs = Math.max(1, deadline - this.clock.monotonic());
      await withTimeout(opening.loaded, { clock: this.clock, timeoutMs, signal, what: `route to ${topic}` });
      if (opening.waiting === 1) this.settleSoon(topic, opening);
    } finally {
      opening.waiting--;
    }
  }

  private begin(topic: string): Opening {
    const opening = { loaded: this.load(topic), waiting: 0 };
    this.opening.set(topic, opening);
    opening.loaded.catch(() => this.opening.delete(topic)); // whoever comes next tries again
    return opening;
  }

  /** When the last of those who waited has gone on. */
  private settleSoon(topic: string, opening: Opening): void {
    void Promise.resolve().then(() => {
      if (opening.waiting > 0 || this.opening.get(topic) !== opening) return;
      this.opening.delete(topic);
      this.opened.add(topic);
    });
  }
}
