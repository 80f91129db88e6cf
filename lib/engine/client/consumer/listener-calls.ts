import { Bag } from '../../common/bag.js';
import { PeriodicTask } from '../../common/periodic-task.js';
import type { ReceivedMessage } from '../../message/message.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { ListenerCall } from './listener-call.js';
import type { ProcessQueue } from './process-queue.js';
import type { SlowListener } from './push-consumer-options.js';

export interface ListenerCallsOptions {
  readonly group: string;
  readonly consumeTimeoutMs: number;
  readonly onSlowListener: (slow: SlowListener) => void;
  /** A call has taken consumeTimeoutMs; it may be ended here. */
  readonly onTimeout?: (call: ListenerCall) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const SWEEP_INTERVAL_MS = 30_000;

/** The listener calls that are under way; those that take long are named again and again. */
export class ListenerCalls {
  private readonly running = new Bag<ListenerCall>();
  private readonly sweep: PeriodicTask;
  private readonly slowMs: number;
  private whenDone?: () => void;

  constructor(private readonly options: ListenerCallsOptions) {
    const { clock, logger, group, consumeTimeoutMs } = options;
    this.slowMs = Math.min(SWEEP_INTERVAL_MS, consumeTimeoutMs);
    this.sweep = new PeriodicTask({
      isUpkeep: true,
      clock,
      intervalMs: this.slowMs,
      run: () => this.lookForSlow(),
      onError: (error) => logger.error('slow listener calls were not looked at', { group, error }),
    });
  }

  get size(): number {
    return this.running.size;
  }

  get messages(): readonly ReceivedMessage[] {
    return [...this.running].flatMap(({ entries }) => entries.map(({ message }) => message));
  }

  begin(call: ListenerCall): void {
    this.sweep.start();
    this.running.add(call);
    call.owned.beginCall(this.options.clock.now());
  }

  /** @returns false when it was ended before */
  end(call: ListenerCall): boolean {
    if (!this.running.delete(call)) return false;
    call.owned.endCall();
    if (this.running.size === 0) this.whenDone?.();
    return true;
  }

  /** Tells listeners that their outcome no longer counts: those with messages of one queue, or all. */
  cancel(reason: string, queue?: ProcessQueue): void {
    for (const call of this.running) if (queue === undefined || call.owned === queue) call.cancel(reason);
  }

  /** Resolves when none is under way; only after the last begin(). */
  async whenNone(): Promise<void> {
    if (this.running.size > 0) await new Promise<void>((resolve) => (this.whenDone = resolve));
    await this.sweep.stop();
  }

  private async lookForSlow(): Promise<void> {
    const { clock, logger, group, consumeTimeoutMs, onTimeout, onSlowListener } = this.options;
    const now = clock.monotonic();
    for (const call of this.running) {
      const runningMs = now - call.startedAt;
      if (runningMs < this.slowMs) continue;
      const slow = { group, queue: call.queue, messageIds: call.messageIds, runningMs };
      logger.warn('listener takes long', { ...slow });
      onSlowListener(slow);
      if (runningMs >= consumeTimeoutMs) await onTimeout?.(call);
    }
  }
}
