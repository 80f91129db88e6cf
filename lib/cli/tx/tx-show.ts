import type { AdminClient, UndecidedTransaction } from '../../engine/index.js';
import { adminCommand } from '../admin-command.js';
import { messageAsText } from '../commands/messages/message-text.js';
import { CommandError } from '../errors.js';
import { argument } from '../option-table.js';
import { renderFields } from '../output/table.js';
import { givenUp } from './given-up.js';
import { ageText, transactionAsJson } from './tx-text.js';

export const txShow = adminCommand({
  name: 'show',
  group: 'Watching and mending:',
  about: 'everything of one undecided transaction',
  options: { id: argument('<id>', 'the message id') },
  async run({ admin, output, clock }, { id }) {
    const transaction = await find(admin, id);
    if (!transaction)
      throw new CommandError(`no transaction ${id} is undecided; 'rocketmq tx list' shows what there is`);
    const { state, checkTimes, producerGroup, topic, bornTimestamp, message } = transaction;
    const fields = renderFields([
      ['State', state],
      ['Age', ageText(clock.now() - bornTimestamp)],
      ['Checks', checkTimes],
      ['Producer group', producerGroup],
      ['Goes to', topic],
    ]);
    output.print(transactionAsJson(transaction), `${fields}\n${messageAsText(message)}`);
  },
});

async function find(admin: AdminClient, id: string): Promise<UndecidedTransaction | undefined> {
  const pending = (await admin.transactions.pending()).find(({ messageId }) => messageId === id);
  if (pending) return pending;
  for await (const { transaction } of givenUp(admin, true)) if (transaction.messageId === id) return transaction;
  return undefined;
}
