import type { AllocateStrategy } from './allocate-strategy.js';

/** Queues dealt out in turn. Source: Apache 5.3 AllocateMessageQueueAveragelyByCircle. */
export const averagelyByCircle: AllocateStrategy = {
  name: 'AVG_BY_CIRCLE',
  allocate(clientId, queues, clientIds) {
    const index = clientIds.indexOf(clientId);
    return queues.filter((_, position) => position % clientIds.length === index);
  },
};
