import { bool, text, type HeaderOf } from '../field-table.js';

/** GET_CONSUMER_RUNNING_INFO (307), passed on by the broker to the consumer. */
export const consumerRunningInfoRequest = {
  consumerGroup: text.required(),
  clientId: text.optional(),
  jstackEnable: bool.optional(),
};
export type ConsumerRunningInfoRequest = HeaderOf<typeof consumerRunningInfoRequest>;

/** CONSUME_MESSAGE_DIRECTLY (309), passed on by the broker to the consumer; the body is the stored record. */
export const consumeDirectlyRequest = {
  consumerGroup: text.required(),
  clientId: text.optional(),
  msgId: text.optional(),
  brokerName: text.optional(),
  topic: text.optional(),
};
export type ConsumeDirectlyRequest = HeaderOf<typeof consumeDirectlyRequest>;
