import { InvalidArgumentError } from 'commander';
import { adminCommand } from '../../admin-command.js';
import { UsageError } from '../../errors.js';
import { optional, required } from '../../option-table.js';

type Method = 'put' | 'get' | 'delete';

export const updateOrderConf = adminCommand({
  name: 'updateOrderConf',
  group: 'Topics:',
  about: 'the queues that messages of an ordered topic keep to, whatever is alive',
  options: {
    topic: required('-t, --topic <topic>', 'its name'),
    method: required('-m, --method <put|get|delete>', 'what to do', method),
    orderConf: optional('-v, --orderConf <queues>', 'broker-a:4;broker-b:4'),
  },
  async run({ admin, output }, { topic, method, orderConf }) {
    const { nameServers } = admin;
    switch (method) {
      case 'put':
        if (orderConf === undefined) throw new UsageError('put needs the queues: -v broker-a:4;broker-b:4');
        await nameServers.putOrderConf(topic, orderConf);
        output.print({ topic, orderConf }, `${topic} keeps to ${orderConf}.`);
        return;
      case 'get': {
        const found = await nameServers.orderConf(topic);
        output.print({ topic, orderConf: found }, found ?? '-');
        return;
      }
      case 'delete':
        await nameServers.deleteOrderConf(topic);
        output.print({ topic }, `${topic} has no order configuration any more.`);
    }
  },
});

function method(text: string): Method {
  if (text === 'put' || text === 'get' || text === 'delete') return text;
  throw new InvalidArgumentError('put, get or delete.');
}
