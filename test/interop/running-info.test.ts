import { connectEngine, silentLogger, type Engine } from '../../lib/engine/index.js';
import type { ConsumeStatus } from '../../lib/engine/protocol/bodies/consumer-running-info.js';
import { describeWhen } from '../support/requirements.js';
import type { ClientProbe } from './support/client-probe.js';
import { startJavaClient } from './support/java-client.js';
import { java17AndMaven } from './support/java-programs.js';
import { OurCluster } from './support/our-cluster.js';
import { brokerProperties } from './support/targets.js';

const TOPIC = 'Rated';
const GROUPS = { Java: 'by_java', ours: 'by_us' };
const SEND_EVERY_MS = 50;
/** Java looks at its counters every ten seconds. */
const PATIENCE_MS = 40_000;
const LOOK_EVERY_MS = 1000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describeWhen(java17AndMaven, 'what consumers tell of themselves', () => {
  let cluster: OurCluster;
  let probe: ClientProbe;
  let engine: Engine;

  beforeAll(async () => {
    cluster = await OurCluster.start({ properties: brokerProperties });
    probe = await startJavaClient();
    engine = await connectEngine({ nameServers: cluster.nameServerAddresses.split(';'), logger: silentLogger });
    await engine.admin.topics.create(TOPIC, { readQueueNums: 2, writeQueueNums: 2 });
  });

  afterAll(async () => {
    await engine.stop();
    await probe.stop();
    await cluster.stop();
  });

  /** Once messages have been consumed at the second attempt for long enough to be counted. */
  async function ratesOf(group: string): Promise<Record<string, Partial<ConsumeStatus>>> {
    const { clients } = engine.admin;
    const begunAt = performance.now();
    for (;;) {
      const online = await clients.consumers(group);
      const status = online && (await clients.consumerStatus(group, online.connections[0].clientId));
      const retried = status?.rates[`%RETRY%${group}`];
      if (status && retried && retried.consumeOKTPS > 0) return status.rates;
      if (performance.now() - begunAt > PATIENCE_MS) throw new Error(`no rates: ${JSON.stringify(status)}`);
      await pause(LOOK_EVERY_MS);
    }
  }

  test('our consumer and Java’s, which get the same messages, count them alike', async () => {
    const java = await probe.at(cluster.nameServerAddresses).consume({
      ...{ group: GROUPS.Java, topics: [TOPIC], failFirst: 1 },
    });
    const ours = engine.createPushConsumer({
      group: GROUPS.ours,
      subscriptions: [{ topic: TOPIC }],
      consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
      listener: {
        mode: 'concurrent',
        consume: async ([{ reconsumeTimes }]) => ({ status: reconsumeTimes === 0 ? 'LATER' : 'SUCCESS' }),
      },
    });
    await ours.start();
    const producer = engine.createProducer({ group: 'producers' });
    await producer.start();
    let isLoaded = true;
    const load = (async () => {
      while (isLoaded) {
        await producer.send({ topic: TOPIC, body: Buffer.from('x') });
        await pause(SEND_EVERY_MS);
      }
    })();
    const byJava = await ratesOf(GROUPS.Java);
    const byUs = await ratesOf(GROUPS.ours);
    isLoaded = false;
    await load;
    await Promise.all([java.stop(), ours.stop(), producer.stop()]);

    expect(Object.keys(byUs).sort()).toEqual([`%RETRY%${GROUPS.ours}`, TOPIC]);
    expect(Object.keys(byJava).sort()).toEqual([`%RETRY%${GROUPS.Java}`, TOPIC]);
    const shapes = (rates: Record<string, Partial<ConsumeStatus>>, group: string): Record<string, string[]>[] =>
      [TOPIC, `%RETRY%${group}`].map((topic) => signs(rates[topic]));
    expect(shapes(byUs, GROUPS.ours)).toEqual(shapes(byJava, GROUPS.Java));
    for (const name of ['pullTPS', 'consumeFailedTPS'] as const) {
      const ratio = byUs[TOPIC][name]! / byJava[TOPIC][name]!;
      expect({ name, isAlike: ratio > 0.3 && ratio < 3 }).toEqual({ name, isAlike: true });
    }
  }, 120_000);
});

/** Which figures are nothing, which something. Times may be either: they are below a millisecond. */
function signs(status: Partial<ConsumeStatus>): Record<string, string[]> {
  const names = Object.keys(status).filter((name) => !name.endsWith('RT'));
  const isNothing = (name: string): boolean => status[name as keyof ConsumeStatus] === 0;
  return { nothing: names.filter(isNothing).sort(), something: names.filter((name) => !isNothing(name)).sort() };
}
