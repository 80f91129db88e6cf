import type { ReceivedMessage } from '../../message/message.js';
import { messageQueueKey, type MessageQueue } from '../../message/message-queue.js';
import type { AssignedQueues } from './assigned-queues.js';
import { PollBuffer } from './poll-buffer.js';
import type { ProcessQueue } from './process-queue.js';

/** What polls may be given, and what they were given that does not count as consumed yet. */
export class HandOut {
  readonly buffer = new PollBuffer();
  private readonly paused = new Set<string>();
  /** Queues of which messages were handed out. */
  private readonly open = new Set<ProcessQueue>();

  constructor(
    private readonly queues: AssignedQueues,
    /** Messages over all queues before nothing more is fetched. */
    private readonly pullThresholdForAll: number,
  ) {}

  /** Messages of the queue whose turn it is. */
  take(maxMessages: number): ReceivedMessage[] {
    const wasFull = this.isFull();
    const taken = this.buffer.take(maxMessages, ({ key }) => this.paused.has(key));
    if (!taken) return [];
    this.open.add(taken.queue);
    if (wasFull) for (const owned of this.queues.all) owned.wake();
    return taken.messages;
  }

  /** All that was handed out counts as consumed. @returns the queues it was of */
  settle(): ProcessQueue[] {
    const settled = [...this.open];
    for (const owned of settled) owned.holdCommitAt(owned.position);
    this.open.clear();
    return settled;
  }

  /** What of a queue counts as consumed is said otherwise. */
  forget(owned: ProcessQueue): void {
    this.open.delete(owned);
  }

  pause(queues: readonly MessageQueue[]): void {
    for (const queue of queues) this.paused.add(messageQueueKey(queue));
  }

  resume(queues: readonly MessageQueue[]): void {
    for (const queue of queues) {
      this.paused.delete(messageQueueKey(queue));
      const owned = this.queues.get(queue);
      if (!owned) continue;
      owned.wake();
      this.buffer.accept(owned);
    }
  }

  /** Whether nothing of a queue is to be fetched now. */
  isPaused({ key }: ProcessQueue): boolean {
    return this.paused.has(key) || this.isFull();
  }

  private isFull(): boolean {
    let cached = 0;
    for (const { count } of this.queues.all) cached += count;
    return cached >= this.pullThresholdForAll;
  }
}
