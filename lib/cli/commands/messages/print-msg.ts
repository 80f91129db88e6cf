import { adminCommand } from '../../admin-command.js';
import { optional, required, trueOrFalse } from '../../option-table.js';
import { messageAsJson, messageAsLine } from './message-text.js';
import { readQueue } from './queue-reader.js';
import { stretchOptions } from './stretch-options.js';

export const printMsg = adminCommand({
  name: 'printMsg',
  group: 'Messages:',
  about: 'prints the messages of a topic, queue by queue',
  options: {
    topic: required('-t, --topic <topic>', 'the topic'),
    ...stretchOptions,
    withBody: optional('-d, --printBody <bool>', 'with their bodies', trueOrFalse, true),
  },
  async run({ admin, output }, { topic, withBody, ...stretch }) {
    const queues = await admin.topics.queues(topic);
    for (const queue of queues) {
      for await (const { message } of readQueue(admin, queue, stretch)) {
        output.item(messageAsJson(message), messageAsLine(message, { withBody }));
      }
    }
  },
});
