import { InvalidArgumentError } from 'commander';
import { adminCommand } from '../../admin-command.js';
import { integer, optional, required } from '../../option-table.js';
import { brokerTarget, targetOf } from '../broker-target.js';

export const setConsumeMode = adminCommand({
  name: 'setConsumeMode',
  group: 'Consumer groups:',
  about: 'how the brokers hand out the queues of a topic to a group',
  options: {
    ...brokerTarget,
    topic: required('-t, --topicName <topic>', 'the topic'),
    group: required('-g, --groupName <group>', 'the group'),
    mode: required('-m, --mode <PULL|POP>', 'a queue for each consumer, or shared queues', requestMode),
    popShareQueueNum: optional('-q, --popShareQueueNum <n>', 'consumers that share a queue; -1: all', integer, 0),
  },
  async run({ admin, output }, { topic, group, mode, popShareQueueNum, ...given }) {
    const target = targetOf(given);
    const brokers = await admin.brokers.addresses(target);
    await admin.groups.setRequestMode(group, topic, { mode, popShareQueueNum, ...target });
    const text = `${group} consumes ${topic} by ${mode} on ${brokers.join(', ')}.`;
    output.print({ topic, group, mode, popShareQueueNum, brokers }, text);
  },
});

function requestMode(text: string): 'PULL' | 'POP' {
  if (text === 'PULL' || text === 'POP') return text;
  throw new InvalidArgumentError('PULL or POP.');
}
