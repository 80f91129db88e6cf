import { RocketMqError } from '../../../engine/index.js';
import { adminCommand } from '../../admin-command.js';
import { optional, required, wholeNumber } from '../../option-table.js';

export const checkMsgSendRt = adminCommand({
  name: 'checkMsgSendRT',
  group: 'Messages:',
  about: 'sends messages to a topic, queue by queue, and measures how long each takes',
  options: {
    topic: required('-t, --topic <topic>', 'the topic'),
    amount: optional('-a, --amount <n>', 'how many', wholeNumber, 100),
    size: optional('-s, --size <bytes>', 'of each body', wholeNumber, 128),
  },
  async run({ engine, output, clock }, { topic, amount, size }) {
    const producer = engine.createProducer({ group: 'CHECK_MSG_SEND_RT' });
    await producer.start();
    const queues = await producer.publishQueues(topic);
    const body = Buffer.alloc(size, 'a');
    let totalMs = 0;
    for (let i = 0; i < amount; i++) {
      const queue = queues[i % queues.length];
      const begin = clock.monotonic();
      const status = await producer.send({ topic, body }, { queue }).then(
        (result) => result.status,
        (error: unknown) => {
          if (error instanceof RocketMqError) return error.message;
          throw error;
        },
      );
      const ms = clock.monotonic() - begin;
      if (i > 0) totalMs += ms; // the first one also connects
      const { brokerName, queueId } = queue;
      output.item({ brokerName, queueId, status, ms }, `${brokerName} ${queueId} ${status} ${ms.toFixed(1)} ms`);
    }
    if (amount > 1) output.note(`${(totalMs / (amount - 1)).toFixed(2)} ms on average, the first one not counted.`);
  },
});
