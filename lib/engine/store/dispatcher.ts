import type { AppendedMessage } from './appended-message.js';
import { hasQueueEntry, type DispatchRequest } from './dispatch-request.js';

/**
 * Makes records visible: index, consume queue, then whoever waits. Only up to where the store says they
 * are as safe as their acknowledgement promised.
 * Source: Apache 5.3 DefaultMessageStore.ReputMessageService.
 */
export class Dispatcher {
  private pending: AppendedMessage[] = [];
  private first = 0;

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
    while (this.first < this.pending.length && this.pending[this.first].physicalOffset < physicalOffset) {
      this.dispatch(this.pending[this.first++]);
    }
    this.dispatched = Math.max(this.dispatched, physicalOffset);
    if (this.first < 4096 && this.first < this.pending.length) return;
    this.pending = this.pending.slice(this.first);
    this.first = 0;
  }

  /** Forgets records from `physicalOffset` on; their queue offsets are free again. */
  rollBack(physicalOffset: number): void {
    while (this.pending.length > this.first) {
      const last = this.pending[this.pending.length - 1];
      if (last.physicalOffset < physicalOffset) break;
      this.pending.pop();
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
