/** What became of a local transaction; UNKNOWN has the broker ask again. Source: Apache 5.3 LocalTransactionState. */
export type TransactionState = 'COMMIT' | 'ROLLBACK' | 'UNKNOWN';
