import { bool, long, text, type HeaderOf } from '../field-table.js';

/** RESET_CONSUMER_CLIENT_OFFSET (220), broker to consumer, oneway; see bodies/queue-offsets.ts. */
export const resetOffsetRequest = {
  topic: text.required(),
  group: text.required(),
  timestamp: long.optional(),
  isForce: bool.optional(),
};
export type ResetOffsetRequest = HeaderOf<typeof resetOffsetRequest>;

/** GET_CONSUMER_STATUS_FROM_CLIENT (221), broker to consumer. */
export const consumerStatusRequest = {
  topic: text.required(),
  group: text.required(),
  clientAddr: text.optional(),
};
export type ConsumerStatusRequest = HeaderOf<typeof consumerStatusRequest>;
