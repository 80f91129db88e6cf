import { adminCommand } from '../../admin-command.js';
import { optional, required, trueOrFalse, wholeNumber } from '../../option-table.js';
import { messageAsJson, messageAsLine } from './message-text.js';
import { readQueue } from './queue-reader.js';
import { stretchOptions } from './stretch-options.js';

export const printMsgByQueue = adminCommand({
  name: 'printMsgByQueue',
  group: 'Messages:',
  about: 'prints the messages of one queue, or counts them by tag',
  options: {
    topic: required('-t, --topic <topic>', 'the topic'),
    brokerName: required('-a, --brokerName <name>', 'the broker'),
    queueId: required('-i, --queueId <id>', 'the queue', wholeNumber),
    ...stretchOptions,
    withMessages: optional('-p, --print <bool>', 'print the messages', trueOrFalse, false),
    withBody: optional('-d, --printBody <bool>', 'with their bodies', trueOrFalse, false),
    byTag: optional('-f, --calculate <bool>', 'count by tag', trueOrFalse, false),
  },
  async run({ admin, output }, { topic, brokerName, queueId, withMessages, withBody, byTag, ...stretch }) {
    const counts = new Map<string, number>();
    const bar = output.progress('reading');
    for await (const { message, done, total } of readQueue(admin, { topic, brokerName, queueId }, stretch)) {
      const tag = message.tag ?? '';
      counts.set(tag, (counts.get(tag) ?? 0) + 1);
      if (withMessages) output.item(messageAsJson(message), messageAsLine(message, { withBody }));
      else bar.update(done, total);
    }
    bar.clear();
    if (!byTag) return;
    const tags = [...counts].map(([tag, count]) => ({ tag, count })).sort((a, b) => b.count - a.count);
    output.table(
      tags,
      ['Tag', 'Messages'],
      tags.map(({ tag, count }) => [tag, count]),
    );
  },
});
