import { getOrCreate } from '../../common/get-or-create.js';
import { messageQueueKey, type MessageQueue } from '../../message/message-queue.js';
import type { Clock } from '../../ports/clock.js';

/** An orderly consumer keeps a queue so long without asking for it again. */
export const QUEUE_LOCK_EXPIRY_MS = 60_000;

interface Lock {
  clientId: string;
  /** Monotonic, in milliseconds. */
  lastUpdate: number;
}

/**
 * Which client of a group consumes which queue in order. In memory only: after a restart clients
 * ask again.
 * Source: Apache 5.3 RebalanceLockManager.
 */
export class QueueLockTable {
  private readonly groups = new Map<string, Map<string, Lock>>();

  constructor(private readonly clock: Clock) {}

  /** @returns the queues that are now the client's: free, expired, or its own already */
  lock(group: string, queues: readonly MessageQueue[], clientId: string): MessageQueue[] {
    const now = this.clock.monotonic();
    const locks = getOrCreate(this.groups, group, () => new Map<string, Lock>());
    const held: MessageQueue[] = [];
    for (const queue of queues) {
      const key = messageQueueKey(queue);
      const lock = locks.get(key);
      if (lock !== undefined && lock.clientId !== clientId && !isExpired(lock, now)) continue;
      locks.set(key, { clientId, lastUpdate: now });
      held.push(queue);
    }
    return held;
  }

  /** Frees those of the queues that are the client's. */
  unlock(group: string, queues: readonly MessageQueue[], clientId: string): void {
    const locks = this.groups.get(group);
    if (locks === undefined) return;
    for (const queue of queues) {
      const key = messageQueueKey(queue);
      if (locks.get(key)?.clientId === clientId) locks.delete(key);
    }
    if (locks.size === 0) this.groups.delete(group);
  }

  /** Whether anybody of the group consumes in order. */
  hasUnexpiredLock(group: string): boolean {
    const now = this.clock.monotonic();
    for (const lock of this.groups.get(group)?.values() ?? []) if (!isExpired(lock, now)) return true;
    return false;
  }

  /** Forgets locks that nobody renews. */
  expire(): void {
    const now = this.clock.monotonic();
    for (const [group, locks] of this.groups) {
      for (const [key, lock] of locks) if (isExpired(lock, now)) locks.delete(key);
      if (locks.size === 0) this.groups.delete(group);
    }
  }
}

function isExpired({ lastUpdate }: Lock, now: number): boolean {
  return now - lastUpdate > QUEUE_LOCK_EXPIRY_MS;
}
