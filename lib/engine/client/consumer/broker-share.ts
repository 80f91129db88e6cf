import type { MessageQueue } from '../../message/message-queue.js';
import type { MessageModel } from '../../protocol/bodies/heartbeat-data.js';
import { decodeQueueAssignments } from '../../protocol/bodies/queue-assignments.js';
import { request } from '../../protocol/remoting-command.js';
import { RequestCode } from '../../protocol/request-code.js';
import type { ClientInstance } from '../client-instance.js';

/** What of a topic is ours: queues to pull, of which nobody else has any, and queues to pop, which others may share. */
export interface TopicShare {
  readonly pull: readonly MessageQueue[];
  readonly pop: readonly MessageQueue[];
}

export interface BrokerShareOptions {
  readonly client: ClientInstance;
  readonly group: string;
  readonly model: MessageModel;
  readonly strategyName: string;
}

/**
 * The queues of a topic that a broker has assigned to this client; undefined: leave everything as it is.
 * Source: Apache 5.3 RebalanceImpl#getRebalanceResultFromBroker.
 */
export async function brokerShare(
  { client, group, model, strategyName }: BrokerShareOptions,
  topic: string,
): Promise<TopicShare | undefined> {
  const { routes, random, brokers, clientId } = client;
  const addresses = routes.addressesOf(topic);
  const address = addresses[random.nextInt(Math.max(1, addresses.length))];
  const question = { topic, consumerGroup: group, clientId, strategyName, messageModel: model };
  const command = request(RequestCode.QUERY_ASSIGNMENT, { body: Buffer.from(JSON.stringify(question)) });
  const assignments = decodeQueueAssignments((await brokers.invoke(address, command)).body);
  if (!assignments) return undefined;
  const ofMode = (wanted: string): MessageQueue[] =>
    assignments.filter(({ mode }) => mode === wanted).map(({ queue }) => queue);
  return { pull: ofMode('PULL'), pop: ofMode('POP') };
}
