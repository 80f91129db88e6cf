import type { TopicConfig } from '../../protocol/bodies/topic-config.js';
import { Permission } from '../../protocol/bodies/topic-route-data.js';
import { refuse } from '../../protocol/answers.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { SubscriptionGroupTable } from '../tables/subscription-group-table.js';
import type { TopicTable } from '../tables/topic-table.js';

/**
 * Whether a group may pop or peek from a queue (-1: any).
 * @returns the topic, or an answer that refuses
 */
export function poppableTopic(
  { topics, groups }: { topics: TopicTable; groups: SubscriptionGroupTable },
  { topic: name, consumerGroup, queueId }: { topic: string; consumerGroup: string; queueId: number },
): TopicConfig | RemotingCommand {
  const topic = topics.get(name);
  if (topic === undefined) {
    return refuse(ResponseCode.TOPIC_NOT_EXIST, `topic[${name}] not exist, apply first please!`);
  }
  if ((topic.perm & Permission.read) === 0) {
    return refuse(ResponseCode.NO_PERMISSION, `the topic[${name}] peeking message is forbidden`);
  }
  if (queueId >= topic.readQueueNums) {
    return refuse(
      ResponseCode.INVALID_PARAMETER,
      `queueId[${queueId}] is illegal, topic:[${name}] topicConfig.readQueueNums:[${topic.readQueueNums}]`,
    );
  }
  const group = groups.find(consumerGroup);
  if (group === undefined) {
    return refuse(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `subscription group [${consumerGroup}] does not exist`);
  }
  if (!group.consumeEnable) {
    return refuse(ResponseCode.NO_PERMISSION, `subscription group no permission, ${consumerGroup}`);
  }
  return topic;
}
