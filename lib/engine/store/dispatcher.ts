import { Fifo } from '../common/fifo.js';
import type { AppendedMessage } from './appended-message.js';
import { hasQueueEntry, type DispatchRequest } from './dispatch-request.js';

/**
 * Makes records visible: index, consume queue, then whoever waits. Only up to where the store says they
 * are as safe as their acknowledgement promised.
 * Source: Apache 5.3 DefaultMessageStore.ReputMessageService.
 */
export class Dispatcher {
  private readonly pending = new Fifo<AppendedMessage>();

  constructor(
    /** Every record in front of it is visible. */
    private dispatched: number,
    private lastStoreTimestamp: number,
    private readonly index: { add(request: DispatchRequest): void } | undefined,
    private readonly onVisible: (request: DispatchRequest) => void,
  ) {}

  get dispatchedOffset(): number {
    return this.dispatched;
  }

  /** Of the last visible record. */
  get storeTimestamp(): number {
    return this.lastStoreTimestamp;
  }

  /** Takes a record that has been appended, in the order of the log. */
  add(message: AppendedMessage): void {
    this.pending.push(message);
  }

  dispatchUpTo(physicalOffset: number): void {
    const { pending } = this;
    for (let next = pending.first; next && next.physicalOffset < physicalOffset; next = pending.first) {
      pending.shift();
      this.dispatch(next);
    }
    this.dispatched = Math.max(this.dispatched, physicalOffset);
  }

  /** Forgets records from `physicalOffset` on; their queue offsets are free again. */
  rollBack(physicalOffset: number): void {
    const { pending } = this;
    for (let last = pending.last; last && last.physicalOffset >= physicalOffset; last = pending.last) {
      pending.pop();
      if (hasQueueEntry(last.sysFlag)) last.queue.nextOffset = last.queueOffset;
    }
  }

  private dispatch(message: AppendedMessage): void {
    this.lastStoreTimestamp = message.storeTimestamp;
    this.index?.add(message);
    if (!hasQueueEntry(message.sysFlag)) return;
    message.queue.append(message.queueOffset, message);
    this.onVisible(message);
  }
}
