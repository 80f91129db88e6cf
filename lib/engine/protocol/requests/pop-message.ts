import { bool, int, long, text, type HeaderOf } from '../field-table.js';

/** POP_MESSAGE (200050). */
export const popMessageRequest = {
  consumerGroup: text.required(),
  topic: text.required(),
  /** -1: all. */
  queueId: int.required(),
  maxMsgNums: int.required(),
  /** Milliseconds that the messages are nobody else's. */
  invisibleTime: long.required(),
  /** Milliseconds that the broker may hold the request. */
  pollTime: long.required(),
  /** 0: now. */
  bornTime: long.required(),
  /** Where a group without an offset begins: 0 the first message, 1 the last. */
  initMode: int.required(),
  expType: text.optional(),
  exp: text.optional(),
  order: bool.optional(),
  attemptId: text.optional(),
};
export type PopMessageRequest = HeaderOf<typeof popMessageRequest>;

export const popMessageResponse = {
  popTime: long.required(),
  invisibleTime: long.required(),
  reviveQid: int.required(),
  restNum: long.required(),
  startOffsetInfo: text.optional(),
  msgOffsetInfo: text.optional(),
  orderCountInfo: text.optional(),
};

/** PEEK_MESSAGE (200052). */
export const peekMessageRequest = {
  consumerGroup: text.required(),
  topic: text.required(),
  /** -1: all. */
  queueId: int.required(),
  maxMsgNums: int.required(),
};
export type PeekMessageRequest = HeaderOf<typeof peekMessageRequest>;

/** ACK_MESSAGE (200051). */
export const ackMessageRequest = {
  consumerGroup: text.required(),
  topic: text.required(),
  queueId: int.required(),
  /** The handle that came with the message. */
  extraInfo: text.required(),
  offset: long.required(),
};
export type AckMessageRequest = HeaderOf<typeof ackMessageRequest>;

/** CHANGE_MESSAGE_INVISIBLETIME (200053). */
export const changeInvisibleTimeRequest = { ...ackMessageRequest, invisibleTime: long.required() };
export type ChangeInvisibleTimeRequest = HeaderOf<typeof changeInvisibleTimeRequest>;

export const changeInvisibleTimeResponse = {
  popTime: long.required(),
  invisibleTime: long.required(),
  reviveQid: int.required(),
};

/** NOTIFICATION (200054): whether there is anything to pop. */
export const notificationRequest = {
  consumerGroup: text.required(),
  topic: text.required(),
  queueId: int.required(),
  pollTime: long.required(),
  bornTime: long.required(),
  order: bool.optional(),
  attemptId: text.optional(),
};
export type NotificationRequest = HeaderOf<typeof notificationRequest>;

export const notificationResponse = { hasMsg: bool.required(), pollingFull: bool.required() };

/** POLLING_INFO (200055). */
export const pollingInfoRequest = {
  consumerGroup: text.required(),
  topic: text.required(),
  queueId: int.required(),
};
export const pollingInfoResponse = { pollingNum: int.required() };
