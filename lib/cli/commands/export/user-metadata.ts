import {
  isDeadLetterTopic,
  isRetryTopic,
  isSystemGroup,
  isSystemTopic,
  type AdminClient,
  type SubscriptionGroupConfig,
  type TopicConfig,
} from '../../../engine/index.js';

/** Topics that applications made, of one broker. @param withRetries also retry and dead-letter topics */
export async function userTopics(admin: AdminClient, address: string, withRetries: boolean): Promise<TopicConfig[]> {
  const own = new Set(await admin.topics.systemNames(address));
  const isUsers = ({ topicName }: TopicConfig): boolean =>
    !own.has(topicName) &&
    !isSystemTopic(topicName) &&
    (withRetries || (!isRetryTopic(topicName) && !isDeadLetterTopic(topicName)));
  return (await admin.topics.configs(address)).filter(isUsers).sort((a, b) => (a.topicName < b.topicName ? -1 : 1));
}

export async function userGroups(admin: AdminClient, address: string): Promise<SubscriptionGroupConfig[]> {
  const groups = await admin.groups.configs(address);
  return groups
    .filter(({ groupName }) => !isSystemGroup(groupName))
    .sort((a, b) => (a.groupName < b.groupName ? -1 : 1));
}
