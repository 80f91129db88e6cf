import type { ConsumeQueue } from './consume-queue.js';
import { hasQueueEntry, type DispatchRequest } from './dispatch-request.js';

interface Pending {
  readonly queue: ConsumeQueue;
  readonly request: DispatchRequest;
}

/**
 * Makes records visible: index, consume queue, then whoever waits. Only up to where the store says they
 * are as safe as their acknowledgement promised.
 * Source: Apache 5.3 DefaultMessageStore.ReputMessageService.
 */
export class Dispatcher {
  private pending: Pending[] = [];
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
  add(queue: ConsumeQueue, request: DispatchRequest): void {
    this.pending.push({ queue, request });
  }

  dispatchUpTo(physicalOffset: number): void {
    while (this.first < this.pending.length && this.pending[this.first].request.physicalOffset < physicalOffset) {
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
      const { queue, request } = this.pending[this.pending.length - 1];
      if (request.physicalOffset < physicalOffset) break;
      this.pending.pop();
      if (hasQueueEntry(request.sysFlag)) queue.nextOffset = request.queueOffset;
    }
  }

  private dispatch({ queue, request }: Pending): void {
    this.lastStoreTimestamp = request.storeTimestamp;
    this.index?.add(request);
    if (!hasQueueEntry(request.sysFlag)) return;
    const { queueOffset, physicalOffset, size, tagsCode } = request;
    queue.append(queueOffset, { physicalOffset, size, tagsCode });
    this.onVisible(request);
  }
}
