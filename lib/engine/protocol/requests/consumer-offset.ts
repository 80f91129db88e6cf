import { bool, int, long, text, type HeaderOf } from '../field-table.js';

/** QUERY_CONSUMER_OFFSET (14). */
export const queryConsumerOffsetRequest = {
  consumerGroup: text.required(),
  topic: text.required(),
  queueId: int.required(),
  setZeroIfNotFound: bool.optional(),
  brokerName: text.optional('bname'),
};
export type QueryConsumerOffsetRequest = HeaderOf<typeof queryConsumerOffsetRequest>;

/** UPDATE_CONSUMER_OFFSET (15). */
export const updateConsumerOffsetRequest = {
  consumerGroup: text.required(),
  topic: text.required(),
  queueId: int.required(),
  commitOffset: long.required(),
  brokerName: text.optional('bname'),
};
export type UpdateConsumerOffsetRequest = HeaderOf<typeof updateConsumerOffsetRequest>;
