import { adminCommand } from '../../admin-command.js';

export const topicList = adminCommand({
  name: 'topicList',
  group: 'Topics:',
  about: 'names of all topics',
  options: {},
  async run({ admin, output }) {
    const topics = (await admin.topics.names()).sort();
    output.print(topics, topics.join('\n'));
  },
});
