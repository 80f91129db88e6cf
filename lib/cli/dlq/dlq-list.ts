import type { ReceivedMessage } from '../../engine/index.js';
import { adminCommand } from '../admin-command.js';
import { messageAsJson } from '../commands/messages/message-text.js';
import { optional, optionalArgument, wholeNumber } from '../option-table.js';
import { deadLetterRow, deadLetterTitles } from './dlq-text.js';
import { selectedOf, selectionOptions } from './selection.js';

const MOST_BY_DEFAULT = 100;

export const dlqList = adminCommand({
  name: 'list',
  group: 'Watching and mending:',
  about: 'which groups have dead letters, or those of one group',
  options: {
    group: optionalArgument('[group]', 'the consumer group; without it, how many each group has'),
    ...selectionOptions,
    count: optional('--count <n>', 'at most so many', wholeNumber, MOST_BY_DEFAULT),
  },
  async run(context, { group, ...selection }) {
    const { admin, output } = context;
    if (group === undefined) {
      const counts = await admin.deadLetters.counts();
      const rows = counts.map(({ group: name, waiting, stored }) => [name, waiting, stored]);
      output.table(counts, ['Group', 'Waiting', 'Stored'], rows, 'No group has dead letters.');
      return;
    }
    const messages: ReceivedMessage[] = [];
    for await (const { message } of selectedOf(context, group, selection)) messages.push(message);
    output.table(messages.map(messageAsJson), deadLetterTitles, messages.map(deadLetterRow), 'No dead letter waits.');
    if (messages.length === selection.count) output.note(`Only the first ${selection.count} are shown; see --count.`);
  },
});
