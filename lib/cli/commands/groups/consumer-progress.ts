import {
  groupOfRetryTopic,
  isRetryTopic,
  messageQueueKey,
  type AdminClient,
  type GroupQueueProgress,
} from '../../../engine/index.js';
import { adminCommand, type CommandContext } from '../../admin-command.js';
import { optional, trueOrFalse } from '../../option-table.js';
import { timeText } from '../../output/time.js';

export const consumerProgress = adminCommand({
  name: 'consumerProgress',
  group: 'Consumer groups:',
  about: 'how far a group is in each queue; without -g an overview of all groups',
  options: {
    group: optional('-g, --groupName <group>', 'the group'),
    topic: optional('-t, --topicName <topic>', 'only this topic'),
    withClients: optional('-s, --showClientIP <bool>', 'also which client has the queue', trueOrFalse, false),
  },
  async run(context, { group, topic, withClients }) {
    if (group === undefined) await overview(context);
    else await detail(context, group, topic, withClients);
  },
});

async function overview({ admin, output }: CommandContext): Promise<void> {
  const groups = (await admin.topics.names()).filter(isRetryTopic).map(groupOfRetryTopic).sort();
  const found = await Promise.all(
    groups.map(async (group) => {
      const { queues, consumeTps } = await admin.offsets.statistics(group);
      const online = await admin.clients.consumers(group);
      const { consumeType, messageModel, connections = [] } = online ?? {};
      return { group, clients: connections.length, consumeType, messageModel, consumeTps, lag: totalLag(queues) };
    }),
  );
  const rows = found.map(({ group, clients, consumeType, messageModel, consumeTps, lag }) => [
    group,
    clients,
    consumeType,
    messageModel,
    consumeTps.toFixed(2),
    lag,
  ]);
  output.table(found, ['Group', 'Clients', 'Type', 'Model', 'Per second', 'Lag'], rows);
}

async function detail(
  { admin, output }: CommandContext,
  group: string,
  topic: string | undefined,
  withClients: boolean,
): Promise<void> {
  const { queues, consumeTps } = await admin.offsets.statistics(group, topic);
  const owners = withClients ? await ownersOf(admin, group) : undefined;
  const found = queues.map((progress) => ({
    ...progress,
    lag: lagOf(progress),
    inflight: progress.pullOffset - progress.consumerOffset,
    ...(owners ? { client: owners.get(messageQueueKey(progress.queue)) } : {}),
  }));
  const rows = found.map(({ queue, brokerOffset, consumerOffset, lag, inflight, lastTimestamp, client }) => [
    queue.topic,
    queue.brokerName,
    queue.queueId,
    brokerOffset,
    consumerOffset,
    ...(owners ? [client] : []),
    lag,
    inflight,
    timeText(lastTimestamp),
  ]);
  const lag = totalLag(queues);
  output.table(
    { group, queues: found, lag, consumeTps },
    [
      ...['Topic', 'Broker', 'Queue', 'Broker offset', 'Group offset'],
      ...(owners ? ['Client'] : []),
      ...['Lag', 'In flight', 'Consumed up to'],
    ],
    rows,
  );
  output.note(`Lag of ${group}: ${lag} messages; it consumes ${consumeTps.toFixed(2)} a second.`);
}

async function ownersOf(admin: AdminClient, group: string): Promise<Map<string, string>> {
  const online = await admin.clients.consumers(group);
  const owners = new Map<string, string>();
  for (const { clientId } of online?.connections ?? []) {
    const { queues } = await admin.clients.consumerStatus(group, clientId);
    for (const { queue } of queues) owners.set(messageQueueKey(queue), clientId);
  }
  return owners;
}

function lagOf({ brokerOffset, consumerOffset }: GroupQueueProgress): number {
  return brokerOffset - consumerOffset;
}

function totalLag(queues: readonly GroupQueueProgress[]): number {
  return queues.reduce((sum, progress) => sum + lagOf(progress), 0);
}
