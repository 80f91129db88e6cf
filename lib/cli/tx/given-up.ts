import type { AdminClient, LaidAsideQueue, UndecidedTransaction } from '../../engine/index.js';

export interface GivenUp {
  readonly queue: LaidAsideQueue;
  readonly transaction: UndecidedTransaction;
}

/** Transactions that brokers ask nobody about any more, oldest first. @param all also those that were resumed */
export async function* givenUp(
  { transactions }: Pick<AdminClient, 'transactions'>,
  all = false,
): AsyncGenerator<GivenUp> {
  for (const queue of await transactions.givenUpQueues(all)) {
    for await (const transaction of transactions.readGivenUp(queue)) yield { queue, transaction };
  }
}
