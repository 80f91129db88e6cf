import { adminCommand } from '../../admin-command.js';
import { UsageError } from '../../errors.js';
import { optional, required, trueOrFalse, wholeNumber } from '../../option-table.js';

export const sendMessage = adminCommand({
  name: 'sendMessage',
  group: 'Messages:',
  about: 'sends one message',
  options: {
    topic: required('-t, --topic <topic>', 'to which topic'),
    body: required('-p, --body <text>', 'the body'),
    keys: optional('-k, --key <keys>', 'separated by spaces'),
    tag: optional('-c, --tags <tag>', 'its tag'),
    brokerName: optional('-b, --broker <name>', 'to this broker'),
    queueId: optional('-i, --qid <id>', 'and this queue of it', wholeNumber),
    enableTrace: optional('-m, --msgTraceEnable <bool>', 'trace it', trueOrFalse, false),
  },
  async run({ engine, output }, { topic, body, keys, tag, brokerName, queueId, enableTrace }) {
    if ((brokerName === undefined) !== (queueId === undefined)) throw new UsageError('-b and -i belong together');
    const producer = engine.createProducer({ group: 'PID_SMSC', enableTrace });
    await producer.start();
    const queue = brokerName !== undefined && queueId !== undefined ? { topic, brokerName, queueId } : undefined;
    const message = { topic, body: Buffer.from(body), tag, keys: keys?.split(' ') };
    const result = await producer.send(message, { queue });
    const rows = [[result.queue.brokerName, result.queue.queueId, result.status, result.messageId]];
    output.table(result, ['Broker', 'Queue', 'Status', 'Message id'], rows);
  },
});
