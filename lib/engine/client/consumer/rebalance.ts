import { compareMessageQueues, messageQueueKey, type MessageQueue } from '../../message/message-queue.js';
import type { Cancellable } from '../../ports/clock.js';
import type { ClientInstance } from '../client-instance.js';

/** What has to happen so that the queues we have become those we are assigned. */
export interface Reassignment {
  readonly release: readonly MessageQueue[];
  readonly acquire: readonly MessageQueue[];
}

export function decideReassignment(owned: readonly MessageQueue[], assigned: readonly MessageQueue[]): Reassignment {
  const ownedKeys = new Set(owned.map(messageQueueKey));
  const assignedKeys = new Set(assigned.map(messageQueueKey));
  return {
    release: owned.filter((queue) => !assignedKeys.has(messageQueueKey(queue))),
    acquire: assigned.filter((queue) => !ownedKeys.has(messageQueueKey(queue))),
  };
}

export interface RebalancerOptions<Share> {
  readonly client: ClientInstance;
  readonly group: string;
  readonly topics: () => Iterable<string>;
  /** Finds out what of a topic is ours. All of its queues, sorted, are given. */
  readonly share: (topic: string, queues: readonly MessageQueue[]) => Promise<Share>;
  /** Makes what we have of a topic this. */
  readonly assign: (topic: string, share: Share) => Promise<void>;
}

const RETRY_MS = 1000;

/**
 * Finds out, again and again, which queues are ours. Rounds follow each other; a request during a
 * round causes one more. Each client decides for itself, by the same list and the same rule, so a
 * client that cannot see the list changes nothing. Source: Apache 5.3 RebalanceImpl#rebalanceByTopic.
 */
export class Rebalancer<Share = readonly MessageQueue[]> {
  private requested = false;
  private stopped = false;
  private rounds?: Promise<void>;
  private timer?: Cancellable;
  private timerDue = Infinity;

  constructor(private readonly options: RebalancerOptions<Share>) {}

  /** Resolves when the round that this request caused, or joined, is over. Never rejects. */
  request(): Promise<void> {
    if (this.stopped) return this.rounds ?? Promise.resolve();
    this.requested = true;
    this.rounds ??= this.run();
    return this.rounds;
  }

  requestLater(delayMs: number): void {
    const { clock } = this.options.client;
    const due = clock.monotonic() + delayMs;
    if (this.stopped || due >= this.timerDue) return;
    this.timer?.cancel();
    this.timerDue = due;
    this.timer = clock.schedule(delayMs, () => {
      this.timerDue = Infinity;
      void this.request();
    });
  }

  /** Resolves when the round under way is over; none follows. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.rounds;
  }

  private async run(): Promise<void> {
    while (this.requested && !this.stopped) {
      this.requested = false;
      await Promise.all([...this.options.topics()].map((topic) => this.rebalance(topic)));
    }
    this.rounds = undefined; // in the same step as the last look at `requested`
  }

  private async rebalance(topic: string): Promise<void> {
    const { client, group, share, assign } = this.options;
    const route = client.routes.find(topic);
    if (!route) return; // it is watched: when there is a route we hear of it
    try {
      const queues = [...route.subscribeQueues].sort(compareMessageQueues);
      const ours = await share(topic, queues);
      if (!this.stopped) await assign(topic, ours);
    } catch (error) {
      if (this.stopped) return;
      client.logger.warn('queues stay as they are: who else consumes could not be found out', { group, topic, error });
      this.requestLater(RETRY_MS);
    }
  }
}
