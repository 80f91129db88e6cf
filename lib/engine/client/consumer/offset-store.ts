import type { MessageQueue } from '../../message/message-queue.js';
import { MASTER_ID } from '../../protocol/bodies/topic-route-data.js';
import type { ClientInstance } from '../client-instance.js';

/** Where a group's progress is kept. */
export interface OffsetStore {
  /** Undefined when nothing was committed. */
  read(queue: MessageQueue): Promise<number | undefined>;
  /** Resolves when it is kept. */
  write(queue: MessageQueue, offset: number): Promise<void>;
}

/** On the broker that has the queue, for clustering. Source: Apache 5.3 RemoteBrokerOffsetStore. */
export class BrokerOffsetStore implements OffsetStore {
  constructor(
    private readonly client: ClientInstance,
    private readonly group: string,
    /** False: what a broker says of a young queue, 0, counts as committed. */
    private readonly exact = false,
  ) {}

  async read(queue: MessageQueue): Promise<number | undefined> {
    const options = this.exact ? { setZeroIfNotFound: false } : {};
    return this.client.brokers.consumerOffset(await this.addressOf(queue), this.group, queue, options);
  }

  async write(queue: MessageQueue, offset: number): Promise<void> {
    await this.client.brokers.updateConsumerOffset(await this.addressOf(queue), this.group, queue, offset);
  }

  /** The master; a slave where there is none. */
  private async addressOf(queue: MessageQueue): Promise<string> {
    const { routes } = this.client;
    return routes.readAddress(queue.brokerName, MASTER_ID)?.address ?? (await routes.findMasterAddress(queue));
  }
}
