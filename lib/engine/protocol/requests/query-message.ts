import { int, long, text, type HeaderOf } from '../field-table.js';

/** QUERY_MESSAGE (12); the ext field below makes `key` a unique id. */
export const queryMessageRequest = {
  topic: text.required(),
  key: text.required(),
  maxNum: int.required(),
  beginTimestamp: long.required(),
  endTimestamp: long.required(),
  uniqueKeyQuery: text.optional('_UNIQUE_KEY_QUERY'),
};
export type QueryMessageRequest = HeaderOf<typeof queryMessageRequest>;

export const queryMessageResponse = {
  indexLastUpdateTimestamp: long.required(),
  indexLastUpdatePhyoffset: long.required(),
};

/** VIEW_MESSAGE_BY_ID (33). */
export const viewMessageRequest = {
  topic: text.optional(),
  offset: long.required(),
  brokerName: text.optional('bname'),
};
export type ViewMessageRequest = HeaderOf<typeof viewMessageRequest>;
