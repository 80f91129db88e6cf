import { adminCommand } from '../../admin-command.js';
import { required } from '../../option-table.js';

export const deleteTopic = adminCommand({
  name: 'deleteTopic',
  group: 'Topics:',
  about: 'deletes a topic and its messages from the brokers of a cluster and the name servers',
  options: {
    topic: required('-t, --topic <topic>', 'its name'),
    cluster: required('-c, --clusterName <name>', 'the cluster'),
  },
  async run({ admin, output }, { topic, cluster }) {
    await admin.topics.delete(topic, { cluster });
    output.print({ topic, cluster }, `Topic ${topic} is deleted from ${cluster}.`);
  },
});
