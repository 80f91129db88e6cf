import { adminCommand } from '../../admin-command.js';
import { required } from '../../option-table.js';
import { brokerTarget, targetOf } from '../broker-target.js';
import { permission, permissionText } from '../permission.js';

export const updateTopicPerm = adminCommand({
  name: 'updateTopicPerm',
  group: 'Topics:',
  about: 'allows or forbids reading and writing',
  options: {
    ...brokerTarget,
    topic: required('-t, --topic <topic>', 'its name'),
    perm: required('-p, --perm <perm>', '2 write, 4 read, 6 both', permission),
  },
  async run({ admin, output }, { topic, perm, ...target }) {
    const addresses = await admin.brokers.addresses(targetOf(target));
    const changes: { address: string; from: number; to: number }[] = [];
    for (const address of addresses) {
      const config = await admin.topics.config(topic, address);
      const { readQueueNums, writeQueueNums, order, topicSysFlag } = config;
      await admin.topics.create(topic, { readQueueNums, writeQueueNums, order, topicSysFlag, perm, address });
      changes.push({ address, from: config.perm, to: perm });
    }
    const text = changes.map(
      ({ address, from, to }) => `${topic} on ${address}: ${permissionText(from)} -> ${permissionText(to)}`,
    );
    output.print(changes, text.join('\n'));
  },
});
