import type { MessageQueue } from '../../../message/message-queue.js';
import type { AllocateStrategy } from './allocate-strategy.js';

/** Always these queues, whoever else is in the group. Source: Apache 5.3 AllocateMessageQueueByConfig. */
export function byConfig(queues: readonly MessageQueue[]): AllocateStrategy {
  return { name: 'CONFIG', allocate: () => queues };
}
