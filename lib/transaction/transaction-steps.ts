import { channel } from 'node:diagnostics_channel';

/**
 * What a transaction has just done, in this order; a crash between two of them leaves what the first says.
 * - half-sending: nothing anywhere
 * - half-sent: the broker keeps a half message, nobody sees it
 * - record-written, work-done: rows inside an open transaction
 * - committed: the database holds record and work; the broker does not know
 * - ended: the broker has delivered the message; the record does not say so
 * - confirmed: the record says so; finished
 * - rolled-back: the database holds neither; the broker is told next
 */
export type TransactionStep =
  'half-sending' | 'half-sent' | 'record-written' | 'work-done' | 'committed' | 'ended' | 'confirmed' | 'rolled-back';

/** Who took the step: run() itself, a check-back of the broker, or the sweeper. */
export type TransactionActor = 'run' | 'check' | 'sweeper';

/** A step that a transaction has reached. */
export interface TransactionStepEvent {
  step: TransactionStep;
  transactionId: string;
  by: TransactionActor;
}

/** Diagnostics channel on which each step is published, as it happens, as a TransactionStepEvent. */
export const transactionStepChannel = 'nestjs-rocketmq:transaction-step';

const steps = channel(transactionStepChannel);

/** Tells the diagnostics channel of a step. */
export function publishStep(step: TransactionStep, transactionId: string, by: TransactionActor): void {
  if (steps.hasSubscribers) steps.publish({ step, transactionId, by } satisfies TransactionStepEvent);
}
