import { join } from 'node:path';
import type { SubscriptionGroupConfig, TopicConfig } from '../../../engine/index.js';
import { adminCommand } from '../../admin-command.js';
import { flag } from '../../option-table.js';
import { brokerTarget, targetOf } from '../broker-target.js';
import { writeJsonFile } from '../json-file.js';
import { exportOptions } from './export-options.js';
import { userGroups, userTopics } from './user-metadata.js';

export const exportMetadata = adminCommand({
  name: 'exportMetadata',
  group: 'Export:',
  about: 'writes topics and consumer groups to a file; of a cluster, queues of its brokers are added up',
  options: {
    ...brokerTarget,
    directory: exportOptions.directory,
    topicsOnly: flag('-t, --topic', 'only topics'),
    groupsOnly: flag('-g, --subscriptionGroup', 'only consumer groups'),
    withRetries: flag('-s, --specialTopic', 'retry and dead-letter topics too'),
  },
  async run({ admin, output, clock }, { directory, topicsOnly, groupsOnly, withRetries, ...target }) {
    const topics = new Map<string, TopicConfig>();
    const groups = new Map<string, SubscriptionGroupConfig>();
    for (const address of await admin.brokers.addresses(targetOf(target))) {
      if (!groupsOnly) for (const topic of await userTopics(admin, address, withRetries)) addTopic(topics, topic);
      if (!topicsOnly) for (const group of await userGroups(admin, address)) addGroup(groups, group);
    }
    const content = {
      ...(groupsOnly ? {} : { topicConfigTable: Object.fromEntries(topics) }),
      ...(topicsOnly ? {} : { subscriptionGroupTable: Object.fromEntries(groups) }),
      exportTime: clock.now(),
    };
    const name = topicsOnly ? 'topic.json' : groupsOnly ? 'subscriptionGroup.json' : 'metadata.json';
    const path = join(directory, name);
    await writeJsonFile(path, content);
    output.print(
      { path, topics: topics.size, groups: groups.size },
      `${path}: ${topics.size} topics, ${groups.size} groups.`,
    );
  },
});

function addTopic(topics: Map<string, TopicConfig>, topic: TopicConfig): void {
  const { readQueueNums = 0, writeQueueNums = 0 } = topics.get(topic.topicName) ?? {};
  topics.set(topic.topicName, {
    ...topic,
    readQueueNums: topic.readQueueNums + readQueueNums,
    writeQueueNums: topic.writeQueueNums + writeQueueNums,
  });
}

function addGroup(groups: Map<string, SubscriptionGroupConfig>, group: SubscriptionGroupConfig): void {
  const { retryQueueNums = 0 } = groups.get(group.groupName) ?? {};
  groups.set(group.groupName, { ...group, retryQueueNums: group.retryQueueNums + retryQueueNums });
}
