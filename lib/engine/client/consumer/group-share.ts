import { compareText, type MessageQueue } from '../../message/message-queue.js';
import type { MessageModel } from '../../protocol/bodies/heartbeat-data.js';
import type { ClientInstance } from '../client-instance.js';
import type { AllocateStrategy } from './allocate/allocate-strategy.js';

export interface GroupShareOptions {
  readonly client: ClientInstance;
  readonly group: string;
  readonly model: MessageModel;
  readonly strategy: AllocateStrategy;
}

/**
 * The queues of a topic that fall to this client by the group's strategy: every member works them out
 * for itself, from the same list of clients. @param queues all of the topic, sorted
 */
export async function groupShare(
  { client, group, model, strategy }: GroupShareOptions,
  topic: string,
  queues: readonly MessageQueue[],
): Promise<readonly MessageQueue[]> {
  if (model === 'BROADCASTING' || queues.length === 0) return queues;
  const addresses = client.routes.addressesOf(topic);
  const address = addresses[client.random.nextInt(Math.max(1, addresses.length))];
  let clientIds = await client.brokers.consumerIds(address, group);
  if (!clientIds.includes(client.clientId)) {
    // The broker does not know us (any more), so neither do the others: what we have will be theirs.
    await client.heartbeat(address);
    clientIds = await client.brokers.consumerIds(address, group);
  }
  return strategy.allocate(client.clientId, queues, [...clientIds].sort(compareText));
}
