import { originOf } from '../../engine/index.js';
import { adminCommand } from '../admin-command.js';
import { messageAsJson, messageAsText } from '../commands/messages/message-text.js';
import { CommandError } from '../errors.js';
import { argument } from '../option-table.js';
import { selectedOf, type Selection } from './selection.js';

export const dlqShow = adminCommand({
  name: 'show',
  group: 'Watching and mending:',
  about: 'everything of one dead letter',
  options: {
    group: argument('<group>', 'the consumer group'),
    id: argument('<id>', 'the message id'),
  },
  async run(context, { group, id }) {
    const selection: Selection = { ids: [id], key: undefined, tag: undefined, since: undefined, count: 1, all: true };
    for await (const { message } of selectedOf(context, group, selection)) {
      const origin = originOf(message);
      context.output.print({ ...messageAsJson(message), origin }, `Origin        ${origin}\n${messageAsText(message)}`);
      return;
    }
    throw new CommandError(`${group} has no dead letter ${id}; 'rocketmq dlq list ${group} --all' shows what there is`);
  },
});
