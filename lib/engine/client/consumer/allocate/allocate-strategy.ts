import type { MessageQueue } from '../../../message/message-queue.js';

/**
 * Decides which queues of a topic belong to one client of a group. Each client decides for itself,
 * so the answer must follow from the arguments alone; what all clients are given must cover each
 * queue once. Source: Apache 5.3 AllocateMessageQueueStrategy.
 */
export interface AllocateStrategy {
  /** Apache's name, as mqadmin and brokers know it. */
  readonly name: string;
  /**
   * @param queues all of the topic, sorted by compareMessageQueues()
   * @param clientIds all of the group, sorted by UTF-16 code units; nothing is given to a client that is not among them
   */
  allocate(clientId: string, queues: readonly MessageQueue[], clientIds: readonly string[]): readonly MessageQueue[];
}
