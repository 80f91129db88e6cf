import { MASTER_ID } from '../../../engine/index.js';
import { adminCommand } from '../../admin-command.js';
import { optional, required, wholeNumber } from '../../option-table.js';

export const queryCq = adminCommand({
  name: 'queryCq',
  group: 'Messages:',
  about: 'entries of a consume queue',
  options: {
    topic: required('-t, --topic <topic>', 'the topic'),
    queueId: required('-q, --queue <id>', 'the queue', wholeNumber),
    index: required('-i, --index <n>', 'the first entry', wholeNumber),
    count: optional('-c, --count <n>', 'how many', wholeNumber, 10),
    address: optional('-b, --broker <address>', 'the broker at host:port'),
    group: optional('-g, --consumer <group>', 'whose filter is applied'),
  },
  async run({ admin, output }, { topic, queueId, index, count, address, group }) {
    const brokers = address === undefined ? await addressesOf(topic) : [address];
    const found = await Promise.all(
      brokers.map(async (broker) => {
        const data = await admin.messages.consumeQueue(broker, { topic, queueId }, index, count, group);
        return { broker, ...data };
      }),
    );
    const rows = found.flatMap(({ broker, entries }) =>
      entries.map((entry, i) => [
        ...[broker, index + i, entry.physicOffset, entry.physicSize, entry.tagsCode],
        ...(group === undefined ? [] : [entry.eval]),
      ]),
    );
    const titles = ['Broker', 'Index', 'Byte', 'Size', 'Tag code', ...(group === undefined ? [] : ['Passes'])];
    output.table(found, titles, rows);
    for (const { broker, minQueueIndex, maxQueueIndex, filterData } of found) {
      output.note(`${broker}: from ${minQueueIndex} to ${maxQueueIndex}${filterData ? `, ${filterData}` : ''}`);
    }

    async function addressesOf(name: string): Promise<string[]> {
      const { brokerDatas } = await admin.topics.route(name);
      return brokerDatas.flatMap(({ brokerAddrs }) => brokerAddrs[MASTER_ID] ?? []);
    }
  },
});
