import type { AllocateStrategy } from './allocate-strategy.js';

/** Neighbouring queues; the first clients get one more when it doesn't come out even. Source: Apache 5.3 AllocateMessageQueueAveragely. */
export const averagely: AllocateStrategy = {
  name: 'AVG',
  allocate(clientId, queues, clientIds) {
    const index = clientIds.indexOf(clientId);
    if (index < 0) return [];
    const rest = queues.length % clientIds.length;
    const share = Math.floor(queues.length / clientIds.length);
    const start = index * share + Math.min(index, rest);
    return queues.slice(start, start + share + (index < rest ? 1 : 0));
  },
};
