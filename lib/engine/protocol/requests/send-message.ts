import { bool, decodeHeader, int, long, text, type HeaderOf } from '../field-table.js';
import type { RemotingCommand } from '../remoting-command.js';
import { RequestCode } from '../request-code.js';

/** SEND_MESSAGE (10): long field names; sent by Go and old clients. */
export const sendMessageRequest = {
  producerGroup: text.required(),
  topic: text.required(),
  /** The topic whose settings a missing one is created from: TBW102. */
  defaultTopic: text.required(),
  defaultTopicQueueNums: int.required(),
  /** Below 0: the broker chooses. */
  queueId: int.required(),
  sysFlag: int.required(),
  bornTimestamp: long.required(),
  flag: int.required(),
  /** Text of encodeProperties(). */
  properties: text.optional(),
  reconsumeTimes: int.optional(),
  unitMode: bool.optional(),
  maxReconsumeTimes: int.optional(),
  batch: bool.optional(),
  brokerName: text.optional('bname'),
};

/** SEND_MESSAGE_V2 (310), SEND_BATCH_MESSAGE (320), SEND_REPLY_MESSAGE_V2 (325): the same in letters. */
export const sendMessageV2Request = {
  producerGroup: text.required('a'),
  topic: text.required('b'),
  defaultTopic: text.required('c'),
  defaultTopicQueueNums: int.required('d'),
  queueId: int.required('e'),
  sysFlag: int.required('f'),
  bornTimestamp: long.required('g'),
  flag: int.required('h'),
  properties: text.optional('i'),
  reconsumeTimes: int.optional('j'),
  unitMode: bool.optional('k'),
  maxReconsumeTimes: int.optional('l'),
  batch: bool.optional('m'),
  brokerName: text.optional('n'),
};

export type SendMessageRequest = HeaderOf<typeof sendMessageRequest>;

/** Reads either form, by the request's code. Source: Apache 5.3 SendMessageRequestHeader#parseRequestHeader. */
export function decodeSendMessageRequest({ code, extFields }: RemotingCommand): SendMessageRequest {
  const long = code === RequestCode.SEND_MESSAGE || code === RequestCode.SEND_REPLY_MESSAGE;
  return decodeHeader(long ? sendMessageRequest : sendMessageV2Request, extFields);
}

export const sendMessageResponse = {
  /** Offset message id; of a batch: all, joined by commas. */
  msgId: text.required(),
  queueId: int.required(),
  /** Of the first message. */
  queueOffset: long.required(),
  /** The message's UNIQ_KEY. */
  transactionId: text.optional(),
  batchUniqId: text.optional(),
  recallHandle: text.optional(),
  region: text.optional('MSG_REGION'),
  traceOn: bool.optional('TRACE_ON'),
};

export type SendMessageResponse = HeaderOf<typeof sendMessageResponse>;
