import { adminCommand } from '../../admin-command.js';
import { optional, required, wholeNumber } from '../../option-table.js';

export const sendMsgStatus = adminCommand({
  name: 'sendMsgStatus',
  group: 'Messages:',
  about: 'sends messages to the topic named like a broker, and measures how long each takes',
  options: {
    topic: required('-b, --brokerName <name>', 'the broker, which is also a topic on itself'),
    size: optional('-s, --messageSize <bytes>', 'of each body', wholeNumber, 128),
    count: optional('-c, --count <n>', 'how many', wholeNumber, 50),
  },
  async run({ engine, output, clock }, { topic, size, count }) {
    const producer = engine.createProducer({ group: 'PID_SMSC' });
    await producer.start();
    await producer.send({ topic, body: Buffer.alloc(16, 'h') }); // also connects
    for (let i = 0; i < count; i++) {
      const begin = clock.monotonic();
      const result = await producer.send({ topic, body: Buffer.alloc(size, 'h') });
      const ms = clock.monotonic() - begin;
      output.item({ ...result, ms }, `${result.status} ${result.messageId} ${ms.toFixed(1)} ms`);
    }
  },
});
