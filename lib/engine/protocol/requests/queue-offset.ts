import { bool, int, long, text, type HeaderOf } from '../field-table.js';

/** GET_MAX_OFFSET (30), GET_MIN_OFFSET (31), GET_EARLIEST_MSG_STORETIME (32). */
export const queueRequest = {
  topic: text.required(),
  queueId: int.required(),
  committed: bool.optional(),
  brokerName: text.optional('bname'),
};
export type QueueRequest = HeaderOf<typeof queueRequest>;

/** SEARCH_OFFSET_BY_TIMESTAMP (29). */
export const searchOffsetRequest = {
  topic: text.required(),
  queueId: int.required(),
  timestamp: long.required(),
  /** `lower` (default) or `upper`. */
  boundaryType: text.optional(),
  brokerName: text.optional('bname'),
};
export type SearchOffsetRequest = HeaderOf<typeof searchOffsetRequest>;

/** Answer of 14, 29, 30, 31. */
export const offsetResponse = { offset: long.required() };
/** Answer of 32. */
export const timestampResponse = { timestamp: long.required() };
