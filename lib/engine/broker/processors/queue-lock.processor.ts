import { decodeLockBatchBody } from '../../protocol/bodies/lock-batch.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import { succeed, succeedWith } from '../../protocol/answers.js';
import type { QueueLockTable } from '../tables/queue-lock-table.js';

/**
 * LOCK_BATCH_MQ (41), UNLOCK_BATCH_MQ (42).
 * Source: Apache 5.3 AdminBrokerProcessor#lockBatchMQ.
 */
export class QueueLockProcessor {
  constructor(private readonly locks: QueueLockTable) {}

  lock(request: RemotingCommand): RemotingCommand {
    const { consumerGroup, clientId, mqSet } = decodeLockBatchBody(request.body);
    return succeedWith({ lockOKMQSet: this.locks.lock(consumerGroup, mqSet, clientId) });
  }

  unlock(request: RemotingCommand): RemotingCommand {
    const { consumerGroup, clientId, mqSet } = decodeLockBatchBody(request.body);
    this.locks.unlock(consumerGroup, mqSet, clientId);
    return succeed();
  }
}
