import { messageQueueKey, type MessageQueue } from '../../message/message-queue.js';
import type { ClientInstance } from '../client-instance.js';
import type { OffsetStore } from './offset-store.js';
import { ProcessQueue } from './process-queue.js';
import type { QueueLocks } from './queue-locks.js';
import { decideReassignment } from './rebalance.js';

export interface AssignedQueuesOptions {
  readonly client: ClientInstance;
  readonly group: string;
  readonly offsets: OffsetStore;
  /** Set when a queue may only be consumed under its broker's lock. */
  readonly locks?: QueueLocks;
  /** Where a queue without committed offset begins. */
  readonly startOffset: (queue: MessageQueue) => Promise<number>;
  /** Pulls the queue until its pullSignal fires; never rejects. */
  readonly pull: (queue: ProcessQueue) => Promise<void>;
  /** Assigned queues could not be taken over yet. */
  readonly retryLater: (delayMs: number) => void;
}

/** A peer gives a queue up within milliseconds, unless its listener is at work. */
const LOCK_RETRY_MS = 200;
const START_RETRY_MS = 1000;
/** The sooner we ask, the less time a newcomer has to be first after a broker's restart. */
const DEFEND_INTERVAL_MS = 100;

/**
 * The queues this consumer has. Taking one over: lock it (orderly), learn where the group stands,
 * pull. Giving one up, in this order: begin nothing new, wait for the listener (orderly), commit,
 * unlock; so a successor never overtakes us, and begins where we ended.
 */
export class AssignedQueues {
  private readonly queues = new Map<string, ProcessQueue>();
  /** Being given up; nobody here may take them over before that is done. */
  private readonly releasing = new Map<string, { readonly owned: ProcessQueue; readonly done: Promise<void> }>();
  /** Up to where queues were consumed that we had to give up without committing. */
  private readonly consumedTo = new Map<string, number>();
  private readonly pulls = new Set<Promise<void>>();
  private closed = false;

  constructor(private readonly options: AssignedQueuesOptions) {}

  get all(): readonly ProcessQueue[] {
    return [...this.queues.values()];
  }

  ofTopic(topic: string): readonly ProcessQueue[] {
    return this.all.filter(({ queue }) => queue.topic === topic);
  }

  get(queue: MessageQueue): ProcessQueue | undefined {
    return this.queues.get(messageQueueKey(queue));
  }

  /** Makes the queues of `topic` that we have these. */
  async assign(topic: string, assigned: readonly MessageQueue[]): Promise<void> {
    const owned = this.ofTopic(topic).map(({ queue }) => queue);
    const { release, acquire } = decideReassignment(owned, assigned);
    if (release.length + acquire.length > 0) {
      const { logger } = this.options.client;
      logger.info('queues reassigned', {
        group: this.options.group,
        topic,
        release: release.map(idOf),
        acquire: acquire.map(idOf),
      });
    }
    for (const queue of release) {
      this.release(queue);
      this.consumedTo.delete(messageQueueKey(queue));
    }
    await this.unlockStrays(topic, assigned);
    await this.acquire(acquire);
  }

  /** Gives a queue up in the background. `resetTo` takes the place of its progress. */
  release(queue: MessageQueue, resetTo?: number): void {
    if (resetTo !== undefined) this.consumedTo.delete(messageQueueKey(queue));
    const owned = this.get(queue);
    if (owned) this.letGo(owned, () => this.handOver(owned, resetTo));
  }

  /** Consumption of a queue that is ours goes on at `offset`; what is cached is forgotten. Nothing is committed. */
  restartAt(queue: MessageQueue, offset: number): ProcessQueue | undefined {
    const owned = this.get(queue);
    if (!owned || this.closed) return undefined;
    owned.drop();
    const fresh = new ProcessQueue(owned.queue, offset);
    this.take(fresh);
    return fresh;
  }

  /** Another consumer has the queue: stop, and commit nothing, since it may be further on. */
  abandon(queue: MessageQueue, reason: string): void {
    const owned = this.get(queue);
    if (!owned) return;
    this.options.client.logger.warn('queue given up', { group: this.options.group, queue, reason });
    this.letGo(owned, () => owned.until(() => owned.isIdle || this.closed));
  }

  /**
   * The connection to the queue's broker is gone, and with it perhaps our lock: stop, but as long as
   * the listener is at work, keep others out if we can. What it has done already is not done again.
   */
  suspend(queue: MessageQueue): void {
    const owned = this.get(queue);
    if (!owned) return;
    this.letGo(owned, async () => {
      await this.defend(owned);
      this.consumedTo.set(owned.key, owned.commitOffset);
      await this.commitLast(owned, owned.commitOffset);
      if (owned.isIdle) await this.options.locks?.unlock([queue]);
    });
  }

  /** Commits progress that has changed. */
  async persist(): Promise<void> {
    const { client, group, locks } = this.options;
    await Promise.all(
      this.all.map(async (owned) => {
        const offset = owned.commitOffset;
        if (owned.persistedOffset === offset || (locks && !locks.isHeld(owned.key))) return;
        try {
          await this.commit(owned, offset);
        } catch (error) {
          client.logger.warn('progress not committed yet', { group, queue: owned.queue, offset, error });
        }
      }),
    );
  }

  /** Commits the progress of one queue, if it has changed. @throws what kept it from being stored */
  async commitNow(owned: ProcessQueue): Promise<void> {
    const offset = owned.commitOffset;
    if (owned.persistedOffset !== offset) await this.commit(owned, offset);
  }

  /** Gives everything up. Listeners have been waited for; where one is at work still, its lock has to run out. */
  async close(): Promise<void> {
    this.closed = true;
    const { locks } = this.options;
    for (const { owned } of this.releasing.values()) owned.drop(); // wakes those that wait for a listener
    for (const owned of this.all) this.letGo(owned, () => this.commitLast(owned, owned.commitOffset));
    const busy = new Set(
      [...this.releasing.values()].filter(({ owned }) => !owned.isIdle).map(({ owned }) => owned.key),
    );
    await Promise.all([...this.releasing.values()].map(({ done }) => done));
    await locks?.unlock(locks.held().filter((queue) => !busy.has(messageQueueKey(queue))));
    await Promise.all(this.pulls);
  }

  /** A queue that was locked for us but could not be taken over before it became another's must not stay locked. */
  private async unlockStrays(topic: string, assigned: readonly MessageQueue[]): Promise<void> {
    const { locks } = this.options;
    if (!locks) return;
    const ours = new Set([...assigned.map(messageQueueKey), ...this.queues.keys(), ...this.releasing.keys()]);
    const strays = locks.held().filter((queue) => queue.topic === topic && !ours.has(messageQueueKey(queue)));
    if (strays.length > 0) await locks.unlock(strays);
  }

  private letGo(owned: ProcessQueue, finish: () => Promise<void>): void {
    owned.drop();
    this.queues.delete(owned.key);
    const done = finish().finally(() => {
      this.releasing.delete(owned.key);
      if (!this.closed) this.options.retryLater(0); // perhaps it is ours again
    });
    this.releasing.set(owned.key, { owned, done });
  }

  private async defend(owned: ProcessQueue): Promise<void> {
    const { client, locks } = this.options;
    const isOver = (): boolean => owned.isIdle || this.closed;
    while (!isOver()) {
      if (locks && !locks.isHeld(owned.key)) await locks.lock([owned.queue]);
      const timer = client.clock.schedule(DEFEND_INTERVAL_MS, () => owned.wake());
      await owned.nextChange();
      timer.cancel();
    }
  }

  private async handOver(owned: ProcessQueue, resetTo: number | undefined): Promise<void> {
    const { locks } = this.options;
    if (locks || resetTo !== undefined) await owned.until(() => owned.isIdle || this.closed);
    await this.commitLast(owned, resetTo ?? owned.commitOffset);
    if (owned.isIdle) await locks?.unlock([owned.queue]);
  }

  private async commitLast(owned: ProcessQueue, offset: number): Promise<void> {
    const { client, group, locks } = this.options;
    if (locks && !locks.isHeld(owned.key)) return; // no longer ours to commit
    if (owned.persistedOffset === offset) return;
    try {
      await this.commit(owned, offset);
    } catch (error) {
      client.logger.warn('progress not committed; messages will come again', {
        group,
        queue: owned.queue,
        offset,
        error,
      });
    }
  }

  private async commit(owned: ProcessQueue, offset: number): Promise<void> {
    await this.options.offsets.write(owned.queue, offset);
    owned.persistedOffset = offset;
  }

  private async acquire(queues: readonly MessageQueue[]): Promise<void> {
    const { locks, retryLater } = this.options;
    const free = queues.filter((queue) => !this.releasing.has(messageQueueKey(queue)));
    if (free.length === 0) return;
    const ours = locks ? await locks.lock(free) : free;
    if (ours.length < free.length) retryLater(LOCK_RETRY_MS);
    await Promise.all(ours.map((queue) => this.begin(queue)));
  }

  private async begin(queue: MessageQueue): Promise<void> {
    const { client, group, locks, retryLater } = this.options;
    const key = messageQueueKey(queue);
    let owned: ProcessQueue;
    try {
      owned = new ProcessQueue(queue, await this.findOffset(queue));
    } catch (error) {
      if (this.closed) return;
      client.logger.warn('queue not taken over yet', { group, queue, error });
      retryLater(START_RETRY_MS);
      return;
    }
    if (this.closed || this.queues.has(key)) return;
    if (locks && !locks.isHeld(key)) {
      retryLater(LOCK_RETRY_MS);
      return;
    }
    this.take(owned);
  }

  private take(owned: ProcessQueue): void {
    this.queues.set(owned.key, owned);
    const pulling = this.options.pull(owned).finally(() => this.pulls.delete(pulling));
    this.pulls.add(pulling);
  }

  private async findOffset(queue: MessageQueue): Promise<number> {
    const { client, group, offsets, startOffset } = this.options;
    const key = messageQueueKey(queue);
    const committed = await offsets.read(queue);
    const consumed = this.consumedTo.get(key);
    this.consumedTo.delete(key);
    if (committed !== undefined && (consumed === undefined || consumed <= committed)) {
      client.logger.info('group goes on where its broker says', { group, queue, offset: committed });
      return committed;
    }
    const offset = consumed ?? (await startOffset(queue));
    if (consumed === undefined)
      client.logger.info('group begins where nothing was committed', { group, queue, offset });
    // At once, so that whoever takes over next does not begin behind messages that came meanwhile.
    await offsets.write(queue, offset);
    return offset;
  }
}

function idOf({ brokerName, queueId }: MessageQueue): string {
  return `${brokerName}:${queueId}`;
}
