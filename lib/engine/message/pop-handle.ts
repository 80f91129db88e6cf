import { isRetryTopic, retryTopic } from './topic-names.js';

/** The revive queue that order pops name: none. Source: Apache 5.3 KeyBuilder#POP_ORDER_REVIVE_QUEUE. */
export const ORDER_REVIVE_QUEUE = 999;

/** Which of a group's topics a message came from: the normal one, the retry topic, the one of newer names. */
export type RetryFlag = '0' | '1' | '2';

/** What a consumer gives back to acknowledge a message it has popped. */
export interface PopHandle {
  /** Queue offset at which the pop began. */
  startOffset: number;
  popTime: number;
  invisibleTime: number;
  reviveQueueId: number;
  retry: RetryFlag;
  brokerName: string;
  queueId: number;
  queueOffset: number;
}

/** `%RETRY%group_topic`: where messages of a topic wait that a group has popped in vain. */
export function popRetryTopic(topic: string, group: string): string {
  return retryTopic(`${group}_${topic}`);
}

/** Of brokers with enableRetryTopicV2. */
export function popRetryTopicV2(topic: string, group: string): string {
  return retryTopic(`${group}+${topic}`);
}

export function retryFlagOf(topic: string): RetryFlag {
  if (!isRetryTopic(topic)) return '0';
  return topic.includes('+') ? '2' : '1';
}

/** The topic that a flag means. */
export function topicByRetryFlag(topic: string, group: string, retry: string): string {
  if (retry === '1') return popRetryTopic(topic, group);
  return retry === '2' ? popRetryTopicV2(topic, group) : topic;
}

/** Eight parts, separated by spaces. Source: Apache 5.3 ExtraInfoUtil#buildExtraInfo. */
export function formatPopHandle(handle: PopHandle): string {
  const { startOffset, popTime, invisibleTime, reviveQueueId, retry, brokerName, queueId, queueOffset } = handle;
  return [startOffset, popTime, invisibleTime, reviveQueueId, retry, brokerName, queueId, queueOffset].join(' ');
}

/** Undefined when it is no handle; older ones lack the last part. */
export function parsePopHandle(text: string): PopHandle | undefined {
  const parts = text.split(' ');
  if (parts.length < 7) return undefined;
  const [startOffset, popTime, invisibleTime, reviveQueueId] = parts.slice(0, 4).map(Number);
  const [retry, brokerName] = [parts[4], parts[5]];
  const [queueId, queueOffset] = [Number(parts[6]), Number(parts[7] ?? 0)];
  const numbers = [startOffset, popTime, invisibleTime, reviveQueueId, queueId, queueOffset];
  if (!numbers.every(Number.isSafeInteger) || (retry !== '0' && retry !== '1' && retry !== '2')) return undefined;
  return { startOffset, popTime, invisibleTime, reviveQueueId, retry, brokerName, queueId, queueOffset };
}
