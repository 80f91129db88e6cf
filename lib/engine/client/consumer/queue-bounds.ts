import { untilAborted, type WaitOptions } from '../../common/on-abort.js';
import type { MessageQueue } from '../../message/message-queue.js';
import type { ClientInstance } from '../client-instance.js';

/** Offsets of queues, as their masters know them. */
export class QueueBounds {
  constructor(private readonly client: Pick<ClientInstance, 'brokers' | 'routes'>) {}

  /** Of the first message there is. */
  min(queue: MessageQueue, options?: WaitOptions): Promise<number> {
    return this.ask(queue, (address) => this.client.brokers.minOffset(address, queue), options);
  }

  /** Of the next message that comes. */
  max(queue: MessageQueue, options?: WaitOptions): Promise<number> {
    return this.ask(queue, (address) => this.client.brokers.maxOffset(address, queue), options);
  }

  /** Of the first message stored at `timestamp` (milliseconds) or later; of the next one when there is none. */
  at(queue: MessageQueue, timestamp: number, options?: WaitOptions): Promise<number> {
    return this.ask(queue, (address) => this.client.brokers.searchOffset(address, queue, timestamp), options);
  }

  private ask(
    queue: MessageQueue,
    question: (address: string) => Promise<number>,
    { signal }: WaitOptions = {},
  ): Promise<number> {
    return untilAborted(this.client.routes.findMasterAddress(queue).then(question), signal);
  }
}
