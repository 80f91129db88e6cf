import { connectEngine, type Engine } from '../../lib/engine/index.js';
import { type Sent, sortedContents } from './support/delivered.js';
import { describeOnTargets, type OnTarget } from './support/on-targets.js';
import { type Consumer, consumeByUs, sendByUs } from './support/our-clients.js';
import { sampleMessages } from './support/sample-messages.js';

const COUNT = 1_000;

describeOnTargets('a thousand messages each way', (on) => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await connectEngine({ nameServers: on.cluster.nameServerAddresses.split(';') });
  });

  afterAll(async () => engine.stop());

  const senders = {
    Java: async (messages: readonly Sent[]): Promise<string[]> => {
      const results = await on.java.send(messages);
      return results.map(({ messageId }) => messageId);
    },
    ours: async (messages: readonly Sent[]): Promise<string[]> => {
      const results = await sendByUs(engine, messages);
      return results.map(({ messageId }) => messageId);
    },
  };
  const consumers = {
    Java: async (topic: string, group: string): Promise<Consumer> => consumeByJava(on, topic, group),
    ours: async (topic: string, group: string): Promise<Consumer> => consumeByUs(engine, topic, group),
  };

  for (const [from, send] of Object.entries(senders)) {
    for (const [to, consume] of Object.entries(consumers)) {
      on.test([`from ${from}`, `to ${to}`], async () => {
        const topic = `thousand_${from}_${to}`;
        await on.java.createTopic(topic);
        const messages = sampleMessages(topic, COUNT);
        const consumer = await consume(topic, `group_${topic}`);
        const messageIds = await send(messages);
        const got = await consumer.messages.atLeast(COUNT);
        await consumer.stop();
        expect(got).toHaveLength(COUNT);
        expect(sortedContents(got)).toEqual(sortedContents(messages));
        expect(got.map(({ messageId }) => messageId).sort()).toEqual(messageIds.sort());
      });
    }
  }
});

async function consumeByJava({ java }: OnTarget, topic: string, group: string): Promise<Consumer> {
  const consumer = await java.consume({ group, topics: [topic] });
  return { messages: consumer, stop: consumer.stop };
}
