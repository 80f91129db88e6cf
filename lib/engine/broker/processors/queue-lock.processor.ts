import { ProtocolError } from '../../common/errors.js';
import { parseFastjson } from '../../common/fastjson.js';
import type { MessageQueue } from '../../message/message-queue.js';
import type { LockBatchBody } from '../../protocol/bodies/lock-batch.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import { succeed, succeedWith } from '../answers.js';
import type { QueueLockTable } from '../tables/queue-lock-table.js';

/**
 * LOCK_BATCH_MQ (41), UNLOCK_BATCH_MQ (42).
 * Source: Apache 5.3 AdminBrokerProcessor#lockBatchMQ.
 */
export class QueueLockProcessor {
  constructor(private readonly locks: QueueLockTable) {}

  lock(request: RemotingCommand): RemotingCommand {
    const { consumerGroup, clientId, mqSet } = parseBody(request.body);
    return succeedWith({ lockOKMQSet: this.locks.lock(consumerGroup, mqSet, clientId) });
  }

  unlock(request: RemotingCommand): RemotingCommand {
    const { consumerGroup, clientId, mqSet } = parseBody(request.body);
    this.locks.unlock(consumerGroup, mqSet, clientId);
    return succeed();
  }
}

/** @throws ProtocolError */
function parseBody(body: Buffer | undefined): LockBatchBody {
  const parsed = parseFastjson((body ?? '').toString()) as unknown as Partial<LockBatchBody> | null;
  const { consumerGroup, clientId, mqSet } = parsed ?? {};
  if (typeof consumerGroup !== 'string' || typeof clientId !== 'string' || !Array.isArray(mqSet)) {
    throw new ProtocolError('a lock request names consumerGroup, clientId and mqSet');
  }
  return { consumerGroup, clientId, mqSet: mqSet.filter(isMessageQueue) };
}

function isMessageQueue({ topic, brokerName, queueId }: Partial<MessageQueue>): boolean {
  return typeof topic === 'string' && typeof brokerName === 'string' && Number.isInteger(queueId);
}
