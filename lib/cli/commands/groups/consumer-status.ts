import type { ConsumerStatus } from '../../../engine/index.js';
import { adminCommand } from '../../admin-command.js';
import { CommandError } from '../../errors.js';
import { flag, optional, required } from '../../option-table.js';
import { renderTable } from '../../output/table.js';
import { timeText } from '../../output/time.js';

export const consumerStatus = adminCommand({
  name: 'consumerStatus',
  group: 'Consumer groups:',
  about: 'what the consumers of a group tell of themselves',
  options: {
    group: required('-g, --consumerGroup <group>', 'the group'),
    clientId: optional('-i, --clientId <id>', 'only this consumer'),
    address: optional('-b, --brokerAddr <address>', 'asked by this broker'),
    jstack: flag('-s, --jstack', 'also the threads of Java consumers'),
  },
  async run({ admin, output }, { group, clientId, address, jstack }) {
    const online = await admin.clients.consumers(group, address);
    const ids = online?.connections.map((connection) => connection.clientId) ?? [];
    const wanted = ids.filter((id) => clientId === undefined || id === clientId).sort();
    if (wanted.length === 0) {
      throw new CommandError(
        `no such consumer of ${group} is online${ids.length > 0 ? `; there are ${ids.join(', ')}` : ''}`,
      );
    }
    const statuses = await Promise.all(
      wanted.map(async (id) => ({
        clientId: id,
        ...(await admin.clients.consumerStatus(group, id, { jstack, address })),
      })),
    );
    output.print(statuses, statuses.map(textOf).join('\n\n'));
  },
});

function textOf({ clientId, subscriptions, queues, jstack }: ConsumerStatus & { clientId: string }): string {
  const subscribed = subscriptions.map(({ topic, expressionType, subString }) => [topic, expressionType, subString]);
  const rows = queues.map(({ queue, commitOffset, cachedMsgCount, cachedMsgSizeInMiB, lastPullTimestamp }) => [
    queue.topic,
    queue.brokerName,
    queue.queueId,
    commitOffset,
    cachedMsgCount,
    cachedMsgSizeInMiB,
    timeText(lastPullTimestamp),
  ]);
  return [
    clientId,
    renderTable(['Topic', 'Type', 'Expression'], subscribed),
    renderTable(['Topic', 'Broker', 'Queue', 'Committed', 'Cached', 'MiB', 'Last pull'], rows),
    ...(jstack === undefined ? [] : [jstack]),
  ].join('\n\n');
}
