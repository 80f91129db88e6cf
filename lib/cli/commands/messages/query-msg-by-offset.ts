import { adminCommand } from '../../admin-command.js';
import { CommandError } from '../../errors.js';
import { required, wholeNumber } from '../../option-table.js';
import { bodyFormatOption } from './body-format.js';
import { messageAsJson, messageAsText } from './message-text.js';

export const queryMsgByOffset = adminCommand({
  name: 'queryMsgByOffset',
  group: 'Messages:',
  about: 'shows the message at a place in a queue',
  options: {
    topic: required('-t, --topic <topic>', 'the topic'),
    brokerName: required('-b, --brokerName <name>', 'the broker'),
    queueId: required('-i, --queueId <id>', 'the queue', wholeNumber),
    queueOffset: required('-o, --offset <n>', 'how many messages lie before it', wholeNumber),
    format: bodyFormatOption,
  },
  async run({ admin, output }, { topic, brokerName, queueId, queueOffset, format }) {
    const message = await admin.messages.at({ topic, brokerName, queueId }, queueOffset);
    if (message === undefined) {
      throw new CommandError(`nothing is at ${queueOffset} of queue ${queueId} of ${topic} on ${brokerName}`);
    }
    output.item(messageAsJson(message), messageAsText(message, format));
  },
});
