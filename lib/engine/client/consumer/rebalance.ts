import { compareMessageQueues, compareText, messageQueueKey, type MessageQueue } from '../../message/message-queue.js';
import type { MessageModel } from '../../protocol/bodies/heartbeat-data.js';
import type { Cancellable } from '../../ports/clock.js';
import type { ClientInstance } from '../client-instance.js';
import type { AllocateStrategy } from './allocate/allocate-strategy.js';

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

export interface RebalancerOptions {
  readonly client: ClientInstance;
  readonly group: string;
  readonly topics: readonly string[];
  readonly model: MessageModel;
  readonly strategy: AllocateStrategy;
  /** Makes a topic's queues these; see AssignedQueues. */
  readonly assign: (topic: string, queues: readonly MessageQueue[]) => Promise<void>;
}

const RETRY_MS = 1000;

/**
 * Finds out, again and again, which queues are ours. Rounds follow each other; a request during a
 * round causes one more. Each client decides for itself, by the same list and the same rule, so a
 * client that cannot see the list changes nothing. Source: Apache 5.3 RebalanceImpl#rebalanceByTopic.
 */
export class Rebalancer {
  private requested = false;
  private stopped = false;
  private rounds?: Promise<void>;
  private timer?: Cancellable;
  private timerDue = Infinity;

  constructor(private readonly options: RebalancerOptions) {}

  /** Resolves when the round that this request caused, or joined, is over. Never rejects. */
  request(): Promise<void> {
    this.requested = true;
    this.rounds ??= this.run().finally(() => (this.rounds = undefined));
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
      await Promise.all(this.options.topics.map((topic) => this.rebalance(topic)));
    }
  }

  private async rebalance(topic: string): Promise<void> {
    const { client, group, assign } = this.options;
    const route = client.routes.find(topic);
    if (!route) return; // it is watched: when there is a route we hear of it
    try {
      const queues = [...route.subscribeQueues].sort(compareMessageQueues);
      const assigned = await this.assigned(topic, queues);
      if (!this.stopped) await assign(topic, assigned);
    } catch (error) {
      if (this.stopped) return;
      client.logger.warn('queues stay as they are: who else consumes could not be found out', { group, topic, error });
      this.requestLater(RETRY_MS);
    }
  }

  private async assigned(topic: string, queues: readonly MessageQueue[]): Promise<readonly MessageQueue[]> {
    const { client, group, model, strategy } = this.options;
    if (model === 'BROADCASTING' || queues.length === 0) return queues;
    const addresses = client.routes.addressesOf(topic);
    const address = addresses[client.random.nextInt(Math.max(1, addresses.length))];
    let clientIds = await client.brokers.consumerIds(address, group);
    if (!clientIds.includes(client.clientId)) {
      // The broker does not know us (any more), so neither do the others: what we have will be theirs.
      await client.heartbeat(address);
      clientIds = await client.brokers.consumerIds(address, group);
    }
    return strategy.allocate(client.clientId, queues, [...clientIds].sort(compareText));
  }
}
