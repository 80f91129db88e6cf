import { isRetryTopic, groupOfRetryTopic, type AdminClient } from '../../../engine/index.js';
import { adminCommand } from '../../admin-command.js';
import { flag } from '../../option-table.js';

export const topicList = adminCommand({
  name: 'topicList',
  group: 'Topics:',
  about: 'names of all topics',
  options: { withClusters: flag('-c, --clusterModel', 'with their clusters and the groups that consume them') },
  async run({ admin, output }, { withClusters }) {
    const topics = (await admin.topics.names()).sort();
    if (!withClusters) {
      output.print(topics, topics.join('\n'));
      return;
    }
    const found = await Promise.all(topics.map(async (topic) => describe(admin, topic)));
    const rows = found.map(({ topic, clusters, groups }) => [clusters.join(','), topic, groups.join(',')]);
    output.table(found, ['Cluster', 'Topic', 'Consumer groups'], rows);
  },
});

interface TopicUse {
  topic: string;
  clusters: string[];
  groups: string[];
}

async function describe(admin: AdminClient, topic: string): Promise<TopicUse> {
  const clusters = await admin.topics.clusters(topic);
  const groups = isRetryTopic(topic) ? [groupOfRetryTopic(topic)] : await admin.topics.groups(topic);
  return { topic, clusters, groups };
}
