import { text, type HeaderOf } from '../field-table.js';

/** RECALL_MESSAGE (370). */
export const recallMessageRequest = {
  producerGroup: text.optional(),
  topic: text.required(),
  /** As the answer to the send gave it. */
  recallHandle: text.required(),
  brokerName: text.optional('bname'),
};
export type RecallMessageRequest = HeaderOf<typeof recallMessageRequest>;

export const recallMessageResponse = { msgId: text.required() };
