import { ConfigurationError, type Message } from '../engine/index.js';
import type { OutboxService, Outgoing } from './outbox/index.js';
import type { TransactionCoordinator } from './transaction-coordinator.js';
import type { TransactionResult } from './transaction-options.js';
import type { UnitOfWork } from './unit-of-work.js';

/** What became of a transaction that was committed, whichever way its message went. */
export interface SentInTransaction<Result> extends Omit<TransactionResult<Result>, 'transactionId'> {
  /** Absent: the message went by the outbox. */
  transactionId?: string;
}

/** What a TransactionRunner uses. */
export interface TransactionRunnerParts<Context> {
  coordinator?: { service: TransactionCoordinator<Context>; unitOfWork: UnitOfWork<Context> };
  outbox?: OutboxService<Context>;
}

/**
 * One call, two ways: a half message where one can serve, else the outbox; which of the two are there
 * is the application's choice. A half message can't be delayed or keep an order (its place in the
 * queue follows its end, not the commit), and needs a transaction of its own.
 */
export class TransactionRunner<Context> {
  constructor(private readonly parts: TransactionRunnerParts<Context>) {}

  /** @throws ConfigurationError neither of the two is there; and as the one that is */
  async send<Result>(
    message: Message,
    work: (context: Context, out: Outgoing) => Promise<Result>,
  ): Promise<SentInTransaction<Result>> {
    const { coordinator, outbox } = this.parts;
    // Without an outbox, what a half message can't do is refused by the coordinator.
    if (coordinator !== undefined && (outbox === undefined || this.canBeHalf(message))) {
      const sent = await coordinator.service.run(message, (context) =>
        outbox === undefined ? work(context, noOutbox) : outbox.collect(context, work),
      );
      outbox?.kick();
      return sent;
    }
    if (outbox === undefined) throw outboxMissing('there is no option `transaction` either');
    let messageId = '';
    const value = await outbox.run((context, out) => {
      messageId = out.add(message);
      return work(context, out);
    });
    return { value, messageId, isConfirmed: false };
  }

  /** For messages that are known inside only. @throws ConfigurationError there is no outbox */
  async run<Result>(work: (context: Context, out: Outgoing) => Promise<Result>): Promise<Result> {
    const { outbox } = this.parts;
    if (outbox === undefined) throw outboxMissing('its messages are known inside the transaction only');
    return outbox.run(work);
  }

  private canBeHalf({ delayLevel = 0, deliverAt, shardingKey }: Message): boolean {
    const isDelayed = delayLevel > 0 || deliverAt !== undefined;
    return !isDelayed && shardingKey === undefined && this.parts.coordinator?.unitOfWork.current() === undefined;
  }
}

const noOutbox: Outgoing = {
  add: () => {
    throw outboxMissing('further messages go with it');
  },
};

function outboxMissing(why: string): ConfigurationError {
  return new ConfigurationError(
    'outbox',
    `is missing in the options of MqModule, and a half message can't serve: ${why}; give it { unitOfWork }`,
  );
}
