import { adminCommand } from '../../admin-command.js';
import { UsageError } from '../../errors.js';
import { moment, optional, required, wholeNumber } from '../../option-table.js';
import { messageAsJson, messageAsLine } from './message-text.js';
import { readQueue } from './queue-reader.js';

export const consumeMessage = adminCommand({
  name: 'consumeMessage',
  group: 'Messages:',
  about: 'prints messages of a topic, a broker or a queue; nobody’s progress changes',
  options: {
    topic: required('-t, --topic <topic>', 'the topic'),
    brokerName: optional('-b, --brokerName <name>', 'only those of this broker'),
    queueId: optional('-i, --queueId <id>', 'only this queue of it', wholeNumber),
    beginOffset: optional('-o, --offset <n>', 'from there on in that queue', wholeNumber),
    group: optional('-g, --consumerGroup <group>', 'taken for the sake of mqadmin: no group is needed'),
    begin: optional('-s, --beginTimestamp <time>', 'milliseconds or yyyy-MM-dd#HH:mm:ss:SSS', moment),
    end: optional('-e, --endTimestamp <time>', 'stored then or earlier', moment),
    count: optional('-c, --MessageNumber <n>', 'at most so many of each queue', wholeNumber, 128),
  },
  async run({ admin, output }, { topic, brokerName, queueId, group: _unused, ...stretch }) {
    if (queueId !== undefined && brokerName === undefined) throw new UsageError('a queue (-i) needs its broker (-b)');
    if (stretch.beginOffset !== undefined && queueId === undefined) {
      throw new UsageError('an offset (-o) needs its queue (-b and -i)');
    }
    const queues = (await admin.topics.queues(topic)).filter(
      (queue) =>
        (brokerName === undefined || queue.brokerName === brokerName) &&
        (queueId === undefined || queue.queueId === queueId),
    );
    for (const queue of queues) {
      for await (const { message } of readQueue(admin, queue, stretch)) {
        output.item(messageAsJson(message), messageAsLine(message));
      }
    }
  },
});
