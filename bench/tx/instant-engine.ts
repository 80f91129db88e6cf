import type { EntityManager } from 'typeorm';
import type { HalfMessageProducer, TransactionCoordinatorOptions } from '../../lib/transaction/index.js';

const uniqKey = '7F0000010001000000000000000000';

/** Its broker answers at once. */
const producer: HalfMessageProducer = {
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  sendHalf: ({ topic }) => {
    const queue = { topic, brokerName: 'none', queueId: 0 };
    const place = { brokerName: 'none', producerGroup: 'bench', tranStateTableOffset: 1, commitLogOffset: 1 };
    return Promise.resolve({
      handle: { topic, ...place, messageId: uniqKey, transactionId: uniqKey },
      result: { status: 'SEND_OK', messageId: uniqKey, offsetMessageId: '', queue, queueOffset: 1 },
    });
  },
  end: () => Promise.resolve(),
  isVisible: () => Promise.resolve(false),
};

export const instantEngine: TransactionCoordinatorOptions<EntityManager>['engine'] = {
  createTransactionProducer: () => producer,
};
