import type { Baggable } from '../../common/bag.js';
import type { MessageQueue } from '../../message/message-queue.js';
import type { CachedMessage, ProcessQueue } from './process-queue.js';
import type { ConsumeContext } from './push-consumer-options.js';

/** One call of a listener, from its begin until it has ended or is given up. */
export class ListenerCall implements ConsumeContext, Baggable {
  place = -1;
  private controller?: AbortController;
  private cancelledFor?: Error;

  /** @param startedAt on the monotonic clock */
  constructor(
    readonly owned: ProcessQueue,
    readonly entries: readonly CachedMessage[],
    readonly startedAt: number,
  ) {}

  get queue(): MessageQueue {
    return this.owned.queue;
  }

  /** Made when it is asked for: most listeners never do. */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.cancelledFor) this.controller.abort(this.cancelledFor);
    }
    return this.controller.signal;
  }

  get messageIds(): string[] {
    return this.entries.map(({ message }) => message.messageId);
  }

  /** Tells the listener that its outcome no longer counts. */
  cancel(reason: string): void {
    if (this.cancelledFor) return;
    this.cancelledFor = new Error(reason);
    this.controller?.abort(this.cancelledFor);
  }
}
