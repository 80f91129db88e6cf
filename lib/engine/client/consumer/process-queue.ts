import { messageQueueKey, type MessageQueue } from '../../message/message-queue.js';
import type { StoredMessage } from '../received-message.js';

/** A message between its pull and the moment it needs no more of this consumer. */
export interface CachedMessage {
  readonly message: StoredMessage;
  isSettled: boolean;
}

export interface CacheLimits {
  readonly messages: number;
  readonly bytes: number;
  /** Distance between the first and the last offset. */
  readonly span: number;
}

/**
 * One queue while it is assigned to this consumer: what is pulled and not yet settled, in the order
 * of offsets. Everything below `position` is settled, so a successor that begins there loses
 * nothing. Source: Apache 5.3 ProcessQueue.
 */
export class ProcessQueue {
  readonly key: string;
  /** Broker id to read from, as the broker suggested. */
  readFrom = 0;
  /** What was committed last; undefined when that is not known. */
  persistedOffset?: number;
  lastPullTimestamp = 0;
  lastConsumeTimestamp = 0;
  private cached: CachedMessage[] = [];
  /** Index of the first that is not settled. */
  private head = 0;
  private unsettled = 0;
  private bytes = 0;
  /** Listener calls that are under way. */
  private calls = 0;
  private dropped = false;
  private heldOffset?: number;
  private readonly pulling = new AbortController();
  private watchers: (() => void)[] = [];

  /** @param nextOffset the first message that is wanted */
  constructor(
    readonly queue: MessageQueue,
    private nextOffset: number,
  ) {
    this.key = messageQueueKey(queue);
  }

  /** Where the next pull begins: all before has been accepted, or was filtered out by the broker. */
  get pullOffset(): number {
    return this.nextOffset;
  }

  /** All before is settled. */
  get position(): number {
    return this.head < this.cached.length ? this.cached[this.head].message.queueOffset : this.nextOffset;
  }

  /** What may be committed: the position, unless it is held. */
  get commitOffset(): number {
    return this.heldOffset ?? this.position;
  }

  /** From now on no other offset is committed than this one, until the next call. */
  holdCommitAt(offset: number): void {
    this.heldOffset = offset;
  }

  get count(): number {
    return this.unsettled;
  }

  get cachedBytes(): number {
    return this.bytes;
  }

  /** Offset of the last cached message; that of the next one when nothing is cached. */
  get lastOffset(): number {
    return this.unsettled === 0 ? this.nextOffset : (this.cached.at(-1)?.message.queueOffset ?? this.nextOffset);
  }

  /** No listener has any of its messages. */
  get isIdle(): boolean {
    return this.calls === 0;
  }

  /** No longer ours: nothing new may begin. */
  get isDropped(): boolean {
    return this.dropped;
  }

  /** Fires when pulling is to end. */
  get pullSignal(): AbortSignal {
    return this.pulling.signal;
  }

  /** Takes over what a pull has brought. */
  accept(messages: readonly StoredMessage[], nextOffset: number): CachedMessage[] {
    const entries = messages.map((message): CachedMessage => ({ message, isSettled: false }));
    for (const entry of entries) {
      this.cached.push(entry);
      this.bytes += entry.message.size;
    }
    this.unsettled += entries.length;
    this.nextOffset = nextOffset;
    return entries;
  }

  /** Goes on elsewhere; only when nothing is cached. */
  moveTo(nextOffset: number): void {
    this.nextOffset = nextOffset;
  }

  /** The first messages that are not settled. */
  first(maxCount: number): CachedMessage[] {
    return this.cached.slice(this.head, this.head + maxCount);
  }

  /** All that are not settled. */
  open(): CachedMessage[] {
    return this.cached.filter(({ isSettled }) => !isSettled);
  }

  /** These need no more: consumed, or stored elsewhere for a later attempt. */
  settle(entries: readonly CachedMessage[]): void {
    for (const entry of entries) {
      if (entry.isSettled) continue;
      entry.isSettled = true;
      this.unsettled--;
      this.bytes -= entry.message.size;
    }
    while (this.head < this.cached.length && this.cached[this.head].isSettled) this.head++;
    // What is settled must not be kept: bodies that live on are what a garbage collector has to copy.
    if (this.head * 2 >= this.cached.length) {
      this.cached.splice(0, this.head);
      this.head = 0;
    }
    this.wake();
  }

  beginCall(now: number): void {
    this.calls++;
    this.lastConsumeTimestamp = now;
  }

  endCall(): void {
    this.calls--;
    if (this.calls === 0) this.wake();
  }

  exceeds({ messages, bytes, span }: CacheLimits): boolean {
    return this.unsettled > messages || this.bytes > bytes || this.lastOffset - this.position > span;
  }

  /** Waits until `condition` holds; it is looked at whenever something here has changed. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.nextChange();
  }

  nextChange(): Promise<void> {
    return new Promise((resolve) => this.watchers.push(resolve));
  }

  /** Has everybody who waits look again. */
  wake(): void {
    if (this.watchers.length === 0) return;
    for (const resolve of this.watchers.splice(0)) resolve();
  }

  stopPulling(): void {
    this.pulling.abort();
    this.wake();
  }

  drop(): void {
    this.dropped = true;
    this.stopPulling();
  }
}
