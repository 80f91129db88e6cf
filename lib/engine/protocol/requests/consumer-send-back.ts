import { bool, int, long, text, type HeaderOf } from '../field-table.js';

/** CONSUMER_SEND_MSG_BACK (36): asks the broker that stored a message to deliver it again later. */
export const consumerSendBackRequest = {
  /** Physical offset of the message. */
  offset: long.required(),
  group: text.required(),
  /** 0: by reconsume times; below 0: to the dead letters. */
  delayLevel: int.required(),
  originMsgId: text.optional(),
  originTopic: text.optional(),
  unitMode: bool.optional(),
  maxReconsumeTimes: int.optional(),
  brokerName: text.optional('bname'),
};

export type ConsumerSendBackRequest = HeaderOf<typeof consumerSendBackRequest>;
