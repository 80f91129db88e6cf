import { readTopicConfig } from '../../../engine/index.js';
import { adminCommand } from '../../admin-command.js';
import { required } from '../../option-table.js';
import { brokerTarget, targetOf } from '../broker-target.js';
import { readJsonList } from '../json-file.js';

export const updateTopicList = adminCommand({
  name: 'updateTopicList',
  group: 'Topics:',
  about: 'creates or changes many topics at once',
  options: {
    ...brokerTarget,
    file: required('-f, --filename <file>', 'a JSON list of TopicConfig: topicName, readQueueNums, …'),
  },
  async run({ admin, output }, { file, ...given }) {
    const target = targetOf(given);
    const configs = (await readJsonList(file)).map(readTopicConfig);
    const brokers = await admin.brokers.addresses(target);
    await admin.topics.createAll(configs, target);
    const topics = configs.map(({ topicName }) => topicName);
    output.print({ topics, brokers }, `On ${brokers.join(', ')}: ${topics.join(', ')}`);
  },
});
