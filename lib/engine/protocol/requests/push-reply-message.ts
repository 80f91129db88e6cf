import { bool, int, long, text, type HeaderOf } from '../field-table.js';

/** PUSH_REPLY_MESSAGE_TO_CLIENT (326), broker to requester; the body is the reply's. Source: Apache 5.3 ReplyMessageRequestHeader. */
export const pushReplyMessageRequest = {
  producerGroup: text.required(),
  topic: text.required(),
  defaultTopic: text.required(),
  defaultTopicQueueNums: int.required(),
  queueId: int.required(),
  sysFlag: int.required(),
  bornTimestamp: long.required(),
  flag: int.required(),
  properties: text.optional(),
  reconsumeTimes: int.optional(),
  unitMode: bool.optional(),
  bornHost: text.required(),
  storeHost: text.required(),
  storeTimestamp: long.required(),
};
export type PushReplyMessageRequest = HeaderOf<typeof pushReplyMessageRequest>;
