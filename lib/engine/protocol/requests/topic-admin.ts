import { bool, int, text, type HeaderOf } from '../field-table.js';

/** UPDATE_AND_CREATE_TOPIC (17). */
export const createTopicRequest = {
  topic: text.required(),
  defaultTopic: text.required(),
  readQueueNums: int.required(),
  writeQueueNums: int.required(),
  perm: int.required(),
  topicFilterType: text.required(),
  topicSysFlag: int.optional(),
  order: bool.required(),
  /** `+key=value,-key`. */
  attributes: text.optional(),
  force: bool.optional(),
};
export type CreateTopicRequest = HeaderOf<typeof createTopicRequest>;

/** DELETE_TOPIC_IN_BROKER (215), GET_TOPIC_CONFIG (351), GET_ROUTEINFO_BY_TOPIC (105), GET_TOPIC_STATS_INFO (202). */
export const topicRequest = {
  topic: text.required(),
  acceptStandardJsonOnly: bool.optional(),
  clusterName: text.optional(),
};
export type TopicRequest = HeaderOf<typeof topicRequest>;
