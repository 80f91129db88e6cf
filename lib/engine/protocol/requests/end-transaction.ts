import { bool, int, long, text, type HeaderOf } from '../field-table.js';

/** END_TRANSACTION (37). An UNKNOWN is never answered. */
export const endTransactionRequest = {
  topic: text.optional(),
  producerGroup: text.required(),
  /** Queue offset of the half message. */
  tranStateTableOffset: long.required(),
  /** Physical offset of the half message. */
  commitLogOffset: long.required(),
  /** SystemFlag: transactionCommit, transactionRollback, or transactionNone for unknown. */
  commitOrRollback: int.required(),
  fromTransactionCheck: bool.optional(),
  msgId: text.required(),
  transactionId: text.optional(),
  brokerName: text.optional('bname'),
};

export type EndTransactionRequest = HeaderOf<typeof endTransactionRequest>;
