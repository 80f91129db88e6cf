import { adminCommand } from '../../admin-command.js';
import { required } from '../../option-table.js';

export const topicClusterList = adminCommand({
  name: 'topicClusterList',
  group: 'Topics:',
  about: 'names of the clusters that have a topic',
  options: { topic: required('-t, --topic <topic>', 'its name') },
  async run({ admin, output }, { topic }) {
    const clusters = await admin.topics.clusters(topic);
    output.print(clusters, clusters.join('\n'));
  },
});
