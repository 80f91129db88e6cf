import { bool, int, long, text, type HeaderOf } from '../field-table.js';

/** GET_CONSUME_STATS (208). */
export const consumeStatsRequest = {
  consumerGroup: text.required(),
  topic: text.optional(),
  /** Separated by `;`. */
  topicList: text.optional(),
};
export type ConsumeStatsRequest = HeaderOf<typeof consumeStatsRequest>;

/** GET_PRODUCER_CONNECTION_LIST (204). */
export const producerGroupRequest = { producerGroup: text.required() };
export type ProducerGroupRequest = HeaderOf<typeof producerGroupRequest>;

/** QUERY_CONSUME_TIME_SPAN (303), QUERY_SUBSCRIPTION_BY_CONSUMER (345). */
export const topicAndGroupRequest = { topic: text.required(), group: text.required() };
export type TopicAndGroupRequest = HeaderOf<typeof topicAndGroupRequest>;

/** INVOKE_BROKER_TO_RESET_OFFSET (222). */
export const invokeResetOffsetRequest = {
  group: text.required(),
  topic: text.required(),
  /** Absent or below 0: all queues. */
  queueId: int.optional(),
  /** Of one queue; absent or -1: by time. */
  offset: long.optional(),
  /** -1: the end. */
  timestamp: long.required(),
  isForce: bool.optional(),
};
export type InvokeResetOffsetRequest = HeaderOf<typeof invokeResetOffsetRequest>;

/** QUERY_CORRECTION_OFFSET (308). */
export const correctionOffsetRequest = {
  topic: text.required(),
  compareGroup: text.required(),
  /** Groups that don't count, separated by `,`. */
  filterGroups: text.optional(),
};
export type CorrectionOffsetRequest = HeaderOf<typeof correctionOffsetRequest>;

/** CLONE_GROUP_OFFSET (314). */
export const cloneGroupOffsetRequest = {
  srcGroup: text.required(),
  destGroup: text.required(),
  /** Absent or blank: all. */
  topic: text.optional(),
  offline: bool.optional(),
};
export type CloneGroupOffsetRequest = HeaderOf<typeof cloneGroupOffsetRequest>;

/** VIEW_BROKER_STATS_DATA (315). */
export const brokerStatsRequest = { statsName: text.required(), statsKey: text.required() };
export type BrokerStatsRequest = HeaderOf<typeof brokerStatsRequest>;

/** GET_BROKER_CONSUME_STATS (317). */
export const brokerConsumeStatsRequest = { isOrder: bool.required() };
export type BrokerConsumeStatsRequest = HeaderOf<typeof brokerConsumeStatsRequest>;

/** QUERY_CONSUME_QUEUE (321). */
export const queryConsumeQueueRequest = {
  topic: text.required(),
  queueId: int.required(),
  /** Of the first entry. */
  index: long.required(),
  count: int.required(),
  consumerGroup: text.optional(),
};
export type QueryConsumeQueueRequest = HeaderOf<typeof queryConsumeQueueRequest>;

/** RESUME_CHECK_HALF_MESSAGE (323). */
export const resumeCheckRequest = { topic: text.optional(), msgId: text.required() };
export type ResumeCheckRequest = HeaderOf<typeof resumeCheckRequest>;

/** RESET_MASTER_FLUSH_OFFSET (908). */
export const resetMasterFlushOffsetRequest = { masterFlushOffset: long.required() };
