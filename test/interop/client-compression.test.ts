import { connectEngine, type Engine } from '../../lib/engine/index.js';
import { contents, deliveredToUs, type Delivered, type Sent } from './support/delivered.js';
import { Collected } from './support/collected.js';
import { describeOnTargets } from './support/on-targets.js';
import { largeMessages } from './support/sample-messages.js';

const types = ['ZLIB', 'LZ4', 'ZSTD'] as const;
/** MessageSysFlag: compressed, and by what. */
const flags = { ZLIB: 0x301, LZ4: 0x101, ZSTD: 0x201 } as const;
const COUNT = 6;

/** Bodies compressed by Java are read by us, and ours by Java: by each of the three ways. */
describeOnTargets('compressed bodies', (on) => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await connectEngine({ nameServers: on.cluster.nameServerAddresses.split(';') });
  });

  afterAll(async () => engine.stop());

  /** Compressible ones by turns with others. */
  const messagesFor = (topic: string): Sent[] => [
    ...largeMessages(topic, COUNT - 2, 20_000),
    ...largeMessages(topic, 2, 500_000),
  ];
  const sorted = (messages: readonly Sent[]): unknown[] =>
    messages.map((message) => JSON.stringify(contents(message))).sort();

  async function fromJavaToUs(compressType: (typeof types)[number]): Promise<void> {
    const topic = `java_${compressType}`;
    await on.java.createTopic(topic);
    const got = new Collected<Delivered & { sysFlag: number }>();
    const consumer = engine.createPushConsumer({
      group: topic,
      subscriptions: [{ topic }],
      consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
      listener: {
        mode: 'concurrent',
        consume: async ([message]) => {
          got.add({ ...deliveredToUs(message), sysFlag: message.sysFlag });
          return { status: 'SUCCESS' };
        },
      },
    });
    await consumer.start();
    const messages = messagesFor(topic);
    await on.java.send(messages, 'sync', { group: `java-${compressType}`, compressType });
    const all = await got.atLeast(COUNT);
    await consumer.stop();
    expect(sorted(all)).toEqual(sorted(messages));
    expect(all.map(({ sysFlag }) => sysFlag & 0x701)).toEqual(all.map(() => flags[compressType]));
  }

  async function fromUsToJava(compressType: (typeof types)[number]): Promise<void> {
    const topic = `ours_${compressType}`;
    await on.java.createTopic(topic);
    const consumer = await on.java.consume({ group: topic, topics: [topic], from: 'CONSUME_FROM_FIRST_OFFSET' });
    const producer = engine.createProducer({ group: `ours-${compressType}`, compressType });
    await producer.start();
    const messages = messagesFor(topic);
    for (const message of messages) await producer.send(message);
    await producer.stop();
    const all = await consumer.atLeast(COUNT);
    await consumer.stop();
    expect(sorted(all)).toEqual(sorted(messages));
  }

  on.test('from Java to us: ZLIB, LZ4, ZSTD', async () => {
    await Promise.all(types.map(fromJavaToUs));
  });

  on.test('from us to Java: ZLIB, LZ4, ZSTD', async () => {
    await Promise.all(types.map(fromUsToJava));
  });
});
