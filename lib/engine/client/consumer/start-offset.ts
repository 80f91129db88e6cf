import type { MessageQueue } from '../../message/message-queue.js';
import { isRetryTopic } from '../../message/topic-names.js';
import type { ConsumeFromWhere } from '../../protocol/bodies/heartbeat-data.js';
import type { ClientInstance } from '../client-instance.js';

/** How long before its start a group begins with CONSUME_FROM_TIMESTAMP. Source: Apache 5.3 DefaultMQPushConsumer#consumeTimestamp. */
export const HALF_HOUR_MS = 30 * 60_000;

/**
 * Where a group without committed offset begins.
 * Source: Apache 5.3 RebalancePushImpl#computePullFromWhereWithException.
 */
export async function startOffset(
  { routes, brokers }: ClientInstance,
  queue: MessageQueue,
  from: ConsumeFromWhere,
  timestamp: number,
): Promise<number> {
  const retry = isRetryTopic(queue.topic);
  if (from === 'CONSUME_FROM_FIRST_OFFSET' || (from === 'CONSUME_FROM_LAST_OFFSET' && retry)) return 0;
  const address = await routes.findMasterAddress(queue);
  if (from === 'CONSUME_FROM_LAST_OFFSET' || retry) return brokers.maxOffset(address, queue);
  return brokers.searchOffset(address, queue, timestamp);
}
