import { long, text, type HeaderOf } from '../field-table.js';

/** CHECK_TRANSACTION_STATE (39), broker to producer, oneway; the body is the half message's record. */
export const checkTransactionStateRequest = {
  topic: text.optional(),
  tranStateTableOffset: long.required(),
  commitLogOffset: long.required(),
  msgId: text.optional(),
  transactionId: text.optional(),
  offsetMsgId: text.optional(),
  brokerName: text.optional('bname'),
};

export type CheckTransactionStateRequest = HeaderOf<typeof checkTransactionStateRequest>;
