import type { UndecidedTransaction } from '../../engine/index.js';
import { adminCommand } from '../admin-command.js';
import { flag, optional } from '../option-table.js';
import { givenUp } from './given-up.js';
import { transactionAsJson, transactionRow, transactionTitles } from './tx-text.js';

export const txList = adminCommand({
  name: 'list',
  group: 'Watching and mending:',
  about: 'transactions that nobody has decided: those that producers are asked about, and those that were given up',
  options: {
    topic: optional('-t, --topic <topic>', 'only those that go to this topic'),
    producerGroup: optional('-g, --group <group>', 'only those of this producer group'),
    all: flag('--all', 'also those that were given up and resumed'),
  },
  async run({ admin, output, clock }, { topic, producerGroup, all }) {
    const found: UndecidedTransaction[] = await admin.transactions.pending();
    for await (const { transaction } of givenUp(admin, all)) found.push(transaction);
    const wanted = found.filter(
      (transaction) =>
        (topic === undefined || transaction.topic === topic) &&
        (producerGroup === undefined || transaction.producerGroup === producerGroup),
    );
    const rows = wanted.map((transaction) => transactionRow(transaction, clock.now()));
    output.table(wanted.map(transactionAsJson), transactionTitles, rows, 'No transaction is undecided.');
  },
});
