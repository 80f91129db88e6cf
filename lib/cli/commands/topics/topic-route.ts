import { adminCommand } from '../../admin-command.js';
import { flag, required } from '../../option-table.js';
import { permissionText } from '../permission.js';

export const topicRoute = adminCommand({
  name: 'topicRoute',
  group: 'Topics:',
  about: 'which brokers have a topic, and how many queues on each',
  options: {
    topic: required('-t, --topic <topic>', 'its name'),
    list: flag('-l, --list', 'taken for the sake of mqadmin: a table is printed anyhow'),
  },
  async run({ admin, output }, { topic }) {
    const route = await admin.topics.route(topic);
    const rows = route.queueDatas.map(({ brokerName, readQueueNums, writeQueueNums, perm }) => {
      const broker = route.brokerDatas.find((data) => data.brokerName === brokerName);
      const addresses = Object.entries(broker?.brokerAddrs ?? {}).map(([id, address]) => `${id}:${address}`);
      return [broker?.cluster, brokerName, addresses.join(' '), readQueueNums, writeQueueNums, permissionText(perm)];
    });
    output.table(route, ['Cluster', 'Broker', 'Id:address', 'Read queues', 'Write queues', 'Perm'], rows);
  },
});
