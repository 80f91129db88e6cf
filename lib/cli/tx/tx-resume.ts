import type { UndecidedTransaction } from '../../engine/index.js';
import { adminCommand } from '../admin-command.js';
import { CommandError, UsageError } from '../errors.js';
import { flag, optionalArgument } from '../option-table.js';
import { givenUp } from './given-up.js';
import { transactionAsJson, transactionRow, transactionTitles } from './tx-text.js';

export const txResume = adminCommand({
  name: 'resume',
  group: 'Watching and mending:',
  about: 'has producers asked again about transactions that were given up',
  options: {
    id: optionalArgument('[id]', 'the message id of the one'),
    all: flag('--all', 'all that wait'),
    isDryRun: flag('--dry-run', 'only show which'),
  },
  async run({ admin, output, clock }, { id, all, isDryRun }) {
    if ((id === undefined) !== all) throw new UsageError('give either the message id of one transaction, or --all');
    const resumed: UndecidedTransaction[] = [];
    for await (const { queue, transaction } of givenUp(admin)) {
      if (!all && transaction.messageId !== id) continue;
      if (!isDryRun) {
        await admin.transactions.resume(transaction);
        // What comes before has been resumed as well, so nothing that waits is passed over.
        if (all) await admin.transactions.settle(queue, transaction.message.queueOffset + 1);
      }
      resumed.push(transaction);
    }
    if (id !== undefined && resumed.length === 0) {
      throw new CommandError(`no transaction ${id} was given up; 'rocketmq tx list' shows what there is`);
    }
    const rows = resumed.map((transaction) => transactionRow(transaction, clock.now()));
    output.table(resumed.map(transactionAsJson), transactionTitles, rows, 'No transaction was given up.');
    if (resumed.length > 0) output.note(isDryRun ? 'Nothing was done.' : 'Their producers are asked about them again.');
  },
});
