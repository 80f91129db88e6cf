import { adminCommand } from '../../admin-command.js';
import { required } from '../../option-table.js';

export const allocateMq = adminCommand({
  name: 'allocateMQ',
  group: 'Topics:',
  about: 'which queues each of so many consumers would get',
  options: {
    topic: required('-t, --topic <topic>', 'its name'),
    clients: required('-i, --ipList <ids>', 'client ids, separated by ,', (text) => text.split(',')),
  },
  async run({ admin, output }, { topic, clients }) {
    const allocation = await admin.topics.allocation(topic, clients);
    const rows = [...allocation].flatMap(([client, queues]) =>
      queues.map(({ brokerName, queueId }) => [client, brokerName, queueId]),
    );
    output.table(Object.fromEntries(allocation), ['Client', 'Broker', 'Queue'], rows);
  },
});
