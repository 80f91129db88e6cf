import { connectEngine, type Engine } from '../../lib/engine/index.js';
import { Collected } from './support/collected.js';
import { type Delivered, deliveredToUs, type Sent, sortedContents } from './support/delivered.js';
import { describeOnTargets, type OnTarget } from './support/on-targets.js';
import { sampleMessages } from './support/sample-messages.js';

const COUNT = 1_000;

/** Someone who consumes a topic until it is stopped. */
interface Consumer {
  messages: Collected<Delivered>;
  stop(): Promise<void>;
}

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
    ours: async (messages: readonly Sent[]): Promise<string[]> => sendByUs(engine, messages),
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

async function sendByUs(engine: Engine, messages: readonly Sent[]): Promise<string[]> {
  const producer = engine.createProducer({ group: 'our-producer' });
  await producer.start();
  try {
    const results = await Promise.all(messages.map(async (message) => producer.send(message)));
    return results.map(({ messageId }) => messageId);
  } finally {
    await producer.stop();
  }
}

async function consumeByUs(engine: Engine, topic: string, group: string): Promise<Consumer> {
  const messages = new Collected<Delivered>();
  const consumer = engine.createPushConsumer({
    group,
    subscriptions: [{ topic }],
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    listener: {
      mode: 'concurrent',
      consume: async (received) => {
        for (const message of received) messages.add(deliveredToUs(message));
        return { status: 'SUCCESS' };
      },
    },
  });
  await consumer.start();
  return { messages, stop: async () => consumer.stop() };
}

async function consumeByJava({ java }: OnTarget, topic: string, group: string): Promise<Consumer> {
  const consumer = await java.consume({ group, topics: [topic] });
  return { messages: consumer, stop: consumer.stop };
}
