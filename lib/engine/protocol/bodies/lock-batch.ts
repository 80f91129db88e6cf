import type { MessageQueue } from '../../message/message-queue.js';

/** Body of LOCK_BATCH_MQ (41) and UNLOCK_BATCH_MQ (42). */
export interface LockBatchBody {
  consumerGroup: string;
  clientId: string;
  onlyThisBroker?: boolean;
  mqSet: MessageQueue[];
}

/** Answer of LOCK_BATCH_MQ: the queues now held by the asking client. */
export interface LockBatchResult {
  lockOKMQSet: MessageQueue[];
}

/** Answer of GET_CONSUMER_LIST_BY_GROUP (38). */
export interface ConsumerList {
  consumerIdList: string[];
}
