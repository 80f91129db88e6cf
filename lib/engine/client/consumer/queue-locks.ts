import { messageQueueKey, type MessageQueue } from '../../message/message-queue.js';
import type { ClientInstance } from '../client-instance.js';

/** We trust a lock this long after asking for it; brokers give it away after 60 s. Source: Apache 5.3 ProcessQueue#REBALANCE_LOCK_MAX_LIVE_TIME. */
const LEASE_MS = 30_000;

/**
 * A broker that restarts has forgotten who consumes what. For this long after it is reached again
 * members only ask for the queues they had, so that one whose listener is at work gets its lock back
 * before anybody else takes it.
 */
const RESTART_GRACE_MS = 5000;

/**
 * And who meets such a broker for the first time waits this long before asking: members whose listeners
 * are at work ask every 100 ms. Only a broker in its first second is one.
 */
const NEWCOMER_GRACE_MS = 500;
const YOUNG_BROKER_MS = 1000;

interface Lease {
  readonly queue: MessageQueue;
  /** On the monotonic clock. */
  readonly until: number;
  /** Wall clock of the moment it was asked for. */
  readonly takenAt: number;
}

/**
 * The queues that the brokers have locked for this consumer, so that nobody else of its group
 * consumes them. A lock is believed only while its lease runs. Source: Apache 5.3 RebalanceImpl#lockAll.
 */
export class QueueLocks {
  private readonly leases = new Map<string, Lease>();
  /** Keys of queues we had when their broker was lost. */
  private readonly formerly = new Set<string>();
  /** From when on we may ask a broker, by its address; on the monotonic clock. */
  private readonly welcomeFrom = new Map<string, number>();

  constructor(
    private readonly client: ClientInstance,
    private readonly group: string,
  ) {}

  isHeld(key: string): boolean {
    const lease = this.leases.get(key);
    return lease !== undefined && this.client.clock.monotonic() < lease.until;
  }

  held(): MessageQueue[] {
    return [...this.leases.values()].map(({ queue }) => queue);
  }

  /** Milliseconds since the epoch; 0 when there is no lock. */
  takenAt(key: string): number {
    return this.leases.get(key)?.takenAt ?? 0;
  }

  /** @returns those that are ours now; of a broker that cannot be asked none is */
  async lock(queues: readonly MessageQueue[]): Promise<MessageQueue[]> {
    const locked = await Promise.all(
      groupByBroker(queues).map(async (ofBroker) => {
        await this.meet(ofBroker[0]);
        const asked = ofBroker.filter((queue) => this.mayAsk(queue));
        const keys = asked.length > 0 ? await this.tryLock(asked) : undefined;
        return asked.filter((queue) => keys?.has(messageQueueKey(queue)));
      }),
    );
    return locked.flat();
  }

  /** Renews what is held. @returns queues that a broker has given to somebody else, or whose lease ran out */
  async refresh(): Promise<MessageQueue[]> {
    const lost = await Promise.all(
      groupByBroker(this.held()).map(async (ofBroker) => {
        const keys = await this.tryLock(ofBroker);
        return ofBroker.filter((queue) => {
          const key = messageQueueKey(queue);
          if (keys && !keys.has(key)) this.leases.delete(key);
          return !this.isHeld(key);
        });
      }),
    );
    return lost.flat();
  }

  /** Lets others have them; a broker that cannot be told gives them away by itself, later. */
  async unlock(queues: readonly MessageQueue[]): Promise<void> {
    const held = queues.filter((queue) => this.leases.delete(messageQueueKey(queue)));
    await Promise.all(
      groupByBroker(held).map(async (ofBroker) => {
        try {
          const address = await this.client.routes.findMasterAddress(ofBroker[0]);
          await this.client.brokers.unlockQueues(address, this.body(ofBroker));
        } catch (error) {
          this.client.logger.warn('queues not unlocked; their locks run out', {
            group: this.group,
            queues: ofBroker,
            error,
          });
        }
      }),
    );
  }

  /** A broker that was away may have forgotten its locks and given them to others. */
  forget(brokerName: string): void {
    for (const [key, { queue }] of this.leases) {
      if (queue.brokerName !== brokerName) continue;
      this.leases.delete(key);
      this.formerly.add(key);
    }
  }

  /** Learns whether a broker that we have not asked before has just started. */
  private async meet({ brokerName }: MessageQueue): Promise<void> {
    const { clock, brokers, routes, isAlone, logger } = this.client;
    const address = routes.masterAddress(brokerName);
    if (address === undefined || isAlone || this.welcomeFrom.has(address)) return;
    try {
      const isYoung = (await brokers.uptimeMs(address)) < YOUNG_BROKER_MS;
      this.welcomeFrom.set(address, isYoung ? clock.monotonic() + NEWCOMER_GRACE_MS : 0);
    } catch (error) {
      logger.debug('a broker does not say how long it has been up', { brokerName, error });
      this.welcomeFrom.set(address, 0);
    }
  }

  private mayAsk(queue: MessageQueue): boolean {
    const { routes, clock } = this.client;
    const address = routes.masterAddress(queue.brokerName);
    if (address !== undefined && clock.monotonic() < (this.welcomeFrom.get(address) ?? 0)) return false;
    const isGraceOver = address === undefined || this.client.sinceReconnect(address) >= RESTART_GRACE_MS;
    const key = messageQueueKey(queue);
    if (isGraceOver) this.formerly.delete(key);
    return isGraceOver || this.formerly.has(key);
  }

  /** Keys of the queues that are ours; undefined when the broker could not be asked. */
  private async tryLock(queues: readonly MessageQueue[]): Promise<ReadonlySet<string> | undefined> {
    const { clock, brokers, routes, logger } = this.client;
    const takenAt = clock.now();
    const until = clock.monotonic() + LEASE_MS;
    try {
      const keys = await brokers.lockQueues(await routes.findMasterAddress(queues[0]), this.body(queues));
      for (const queue of queues) {
        const key = messageQueueKey(queue);
        if (keys.has(key)) this.leases.set(key, { queue, until, takenAt });
      }
      return keys;
    } catch (error) {
      logger.warn('queues not locked', { group: this.group, brokerName: queues[0].brokerName, error });
      return undefined;
    }
  }

  private body(queues: readonly MessageQueue[]): { consumerGroup: string; clientId: string; mqSet: MessageQueue[] } {
    return { consumerGroup: this.group, clientId: this.client.clientId, mqSet: [...queues] };
  }
}

function groupByBroker(queues: readonly MessageQueue[]): MessageQueue[][] {
  const groups = new Map<string, MessageQueue[]>();
  for (const queue of queues) {
    const group = groups.get(queue.brokerName);
    if (group) group.push(queue);
    else groups.set(queue.brokerName, [queue]);
  }
  return [...groups.values()];
}
