export * from './inbox/index.js';
export * from './outbox/index.js';
export { insertIfAbsent, placeholders } from './sql.js';
export * from './transaction-coordinator.js';
export * from './transaction-errors.js';
export {
  defaultTransactionTuning,
  type HalfMessageProducer,
  type TransactionCoordinatorOptions,
  type TransactionResult,
  type TransactionTuning,
} from './transaction-options.js';
export { TransactionRunner, type SentInTransaction, type TransactionRunnerParts } from './transaction-runner.js';
export type { RecordCount, UnconfirmedCount } from './transaction-record.js';
export * from './transaction-steps.js';
export * from './unit-of-work.js';
