import { parseFastjson, type FastjsonValue } from '../../common/fastjson.js';
import { arrayOf, integerOf, objectOf, textOf } from '../../common/json-fields.js';
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

/** @throws ProtocolError */
export function decodeLockBatchBody(body: Buffer | undefined): LockBatchBody {
  const json = objectOf(parseFastjson(body?.toString() ?? ''), 'the lock request');
  return {
    consumerGroup: textOf(json.consumerGroup, 'consumerGroup'),
    clientId: textOf(json.clientId, 'clientId'),
    onlyThisBroker: json.onlyThisBroker === true,
    mqSet: arrayOf(json.mqSet, 'mqSet').map(readMessageQueue),
  };
}

function readMessageQueue(value: FastjsonValue): MessageQueue {
  const queue = objectOf(value, 'messageQueue');
  return {
    topic: textOf(queue.topic, 'topic'),
    brokerName: textOf(queue.brokerName, 'brokerName'),
    queueId: integerOf(queue.queueId, 'queueId'),
  };
}
