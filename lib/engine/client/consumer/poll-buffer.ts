import { AbortedError } from '../../common/errors.js';
import { Fifo } from '../../common/fifo.js';
import { onAbort } from '../../common/on-abort.js';
import type { Clock } from '../../ports/clock.js';
import type { StoredMessage } from '../received-message.js';
import type { ProcessQueue } from './process-queue.js';

/** Pulled messages until the application takes them. Queues take turns; of each the order is kept. */
export class PollBuffer {
  private readonly turns = new Fifo<ProcessQueue>();
  private readonly queued = new Set<ProcessQueue>();
  private readonly waiting = new Set<() => void>();

  /** The queue has messages that may be taken. */
  accept(queue: ProcessQueue): void {
    if (this.queued.has(queue)) return;
    this.queued.add(queue);
    this.turns.push(queue);
    this.wake();
  }

  /**
   * Messages of the queue whose turn it is; they are settled, so its position is behind them.
   * @param isPaused such queues lose their turn until accept()
   */
  take(
    maxCount: number,
    isPaused: (queue: ProcessQueue) => boolean,
  ): { queue: ProcessQueue; messages: StoredMessage[] } | undefined {
    for (let queue = this.turns.shift(); queue; queue = this.turns.shift()) {
      this.queued.delete(queue);
      if (queue.isDropped || isPaused(queue)) continue;
      const entries = queue.first(maxCount);
      if (entries.length === 0) continue;
      queue.settle(entries);
      if (queue.count > 0) this.accept(queue);
      return { queue, messages: entries.map(({ message }) => message) };
    }
    return undefined;
  }

  /** Resolves when there may be something to take, or after `timeoutMs`. @throws AbortedError */
  wait(clock: Clock, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(new AbortedError('poll aborted', { cause: signal?.reason }));
      if (signal?.aborted) {
        abort();
        return;
      }
      const end = (): void => {
        this.waiting.delete(finish);
        timer.cancel();
        stopListening?.();
      };
      const finish = (): void => {
        end();
        resolve();
      };
      const timer = clock.schedule(timeoutMs, finish);
      const stopListening =
        signal &&
        onAbort(signal, () => {
          end();
          abort();
        });
      this.waiting.add(finish);
    });
  }

  /** Has everybody who waits look again. */
  wake(): void {
    for (const finish of [...this.waiting]) finish();
  }
}
