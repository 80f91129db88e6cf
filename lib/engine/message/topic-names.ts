/** Topic names with a meaning of their own. Sources: Apache 5.3 TopicValidator, MixAll. */
export const SystemTopic = {
  autoCreate: 'TBW102',
  schedule: 'SCHEDULE_TOPIC_XXXX',
  half: 'RMQ_SYS_TRANS_HALF_TOPIC',
  op: 'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  checkMaxTime: 'TRANS_CHECK_MAX_TIME_TOPIC',
  trace: 'RMQ_SYS_TRACE_TOPIC',
  selfTest: 'SELF_TEST_TOPIC',
  benchmark: 'BenchmarkTest',
  offsetMovedEvent: 'OFFSET_MOVED_EVENT',
  wheelTimer: 'rmq_sys_wheel_timer',
  checkpoint: 'CHECKPOINT_TOPIC',
} as const;

/** The group whose offsets say how far half and op messages have been looked at. */
export const TRANSACTION_GROUP = 'CID_RMQ_SYS_TRANS';

/** Groups that every broker has, for Apache's own tools. Source: Apache 5.3 SubscriptionGroupManager#init. */
export const predefinedGroups: readonly string[] = [
  'TOOLS_CONSUMER',
  'FILTERSRV_CONSUMER',
  'SELF_TEST_C_GROUP',
  'CID_ONS-HTTP-PROXY',
  'CID_ONSAPI_PULL',
  'CID_ONSAPI_PERMISSION',
  'CID_ONSAPI_OWNER',
  TRANSACTION_GROUP,
];

const SYSTEM_GROUP_PREFIX = 'CID_RMQ_SYS_';

/** A group that no application made. */
export function isSystemGroup(group: string): boolean {
  return group.startsWith(SYSTEM_GROUP_PREFIX) || predefinedGroups.includes(group);
}

const RETRY_PREFIX = '%RETRY%';
const DLQ_PREFIX = '%DLQ%';
const SYSTEM_PREFIX = 'rmq_sys_';

export const MAX_TOPIC_LENGTH = 127;
export const MAX_RETRY_TOPIC_LENGTH = 255;
export const MAX_GROUP_LENGTH = 255;

/** Source: Apache 5.3 TopicValidator#NOT_ALLOWED_SEND_TOPIC_SET. */
const NOT_ALLOWED_TO_SEND: ReadonlySet<string> = new Set([
  SystemTopic.schedule,
  SystemTopic.half,
  SystemTopic.op,
  SystemTopic.checkMaxTime,
  SystemTopic.selfTest,
  SystemTopic.offsetMovedEvent,
]);

const SYSTEM_TOPICS: ReadonlySet<string> = new Set(Object.values(SystemTopic));

/** Where messages that a group is to get again are stored: `%RETRY%` and its name. */
export function retryTopic(group: string): string {
  return RETRY_PREFIX + group;
}

/** `%DLQ%` and the group's name. */
export function deadLetterTopic(group: string): string {
  return DLQ_PREFIX + group;
}

/** Where replies to requests are stored, one topic of each cluster. Source: Apache 5.3 MixAll#getReplyTopic. */
export function replyTopicOf(clusterName: string): string {
  return `${clusterName}_REPLY_TOPIC`;
}

/** Whether a topic holds what a group gets again. */
export function isRetryTopic(topic: string): boolean {
  return topic.startsWith(RETRY_PREFIX);
}

/** Whether a topic holds dead letters of a group. */
export function isDeadLetterTopic(topic: string): boolean {
  return topic.startsWith(DLQ_PREFIX);
}

/** The group of a retry or dead-letter topic. */
export function groupOfRetryTopic(topic: string): string {
  return topic.slice(isRetryTopic(topic) ? RETRY_PREFIX.length : DLQ_PREFIX.length);
}

/** Whether a topic is RocketMQ's own. */
export function isSystemTopic(topic: string): boolean {
  return SYSTEM_TOPICS.has(topic) || topic.startsWith(SYSTEM_PREFIX);
}

export function isSendingForbidden(topic: string): boolean {
  return NOT_ALLOWED_TO_SEND.has(topic);
}

/**
 * Says what is wrong with a topic's name, or undefined when it is good. A name is also a folder of
 * the store, so the character set is what keeps it inside. Source: Apache 5.3 TopicValidator#validateTopic.
 */
export function topicNameProblem(topic: string): string | undefined {
  const limit = isRetryTopic(topic) ? MAX_RETRY_TOPIC_LENGTH : MAX_TOPIC_LENGTH;
  return nameProblem(topic, limit);
}

/** The same for producer and consumer groups. Source: Apache 5.3 Validators#checkGroup. */
export function groupNameProblem(group: string): string | undefined {
  return nameProblem(group, MAX_GROUP_LENGTH);
}

function nameProblem(name: string, limit: number): string | undefined {
  if (name.trim() === '') return 'is blank; give it a name';
  if (name.length > limit) return `has ${name.length} characters; at most ${limit} are allowed`;
  const illegal = /[^%|a-zA-Z0-9_-]/.exec(name);
  if (illegal)
    return `'${name}' holds the character ${JSON.stringify(illegal[0])}; only letters, digits and % | _ - are allowed`;
  return undefined;
}
