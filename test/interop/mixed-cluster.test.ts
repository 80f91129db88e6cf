import { connectEngine } from '../../lib/engine/index.js';
import { describeWhen } from '../support/requirements.js';
import { ApacheCluster } from './support/apache-cluster.js';
import type { Cluster } from './support/cluster.js';
import { contents, type Sent, sortedContents } from './support/delivered.js';
import { java17AndMaven } from './support/java-programs.js';
import { type ProbeClients, ClientProbe } from './support/client-probe.js';
import { startJavaClient } from './support/java-client.js';
import { OurCluster } from './support/our-cluster.js';
import { consumeByUs, sendByUs } from './support/our-clients.js';
import { sampleMessages } from './support/sample-messages.js';

const COUNT = 40;

/** A name server of one maker, and how brokers of both are started at it. */
interface NameServerOf {
  maker: string;
  start(): Promise<{ nameServerAddresses: string; stop(): Promise<void> }>;
}

const nameServers: NameServerOf[] = [
  { maker: 'ours', start: async () => OurCluster.startNameServer() },
  { maker: 'Apache’s', start: async () => ApacheCluster.start({ broker: false }) },
];

describeWhen(java17AndMaven, 'brokers and name servers of both makers in one cluster', () => {
  let probe: ClientProbe;

  beforeAll(async () => {
    probe = await startJavaClient();
  });

  afterAll(async () => probe.stop());

  describe.each(nameServers)('a name server of $maker', ({ start }) => {
    let nameServer: Awaited<ReturnType<NameServerOf['start']>>;
    let apache: Cluster;
    let ours: Cluster;
    let java: ProbeClients;

    beforeAll(async () => {
      nameServer = await start();
      const { nameServerAddresses } = nameServer;
      java = probe.at(nameServerAddresses);
      apache = await ApacheCluster.start({ nameServerAddresses, properties: { brokerName: 'apache' } });
      ours = await OurCluster.startBroker({ nameServerAddresses, properties: { brokerName: 'ours' } });
      await java.createTopic('both', { queues: 2 });
    });

    afterAll(async () => {
      await ours.stop();
      await apache.stop();
      await nameServer.stop();
    });

    test('both brokers are in the cluster', async () => {
      const printed = await java.mqadmin('clusterList');
      expect(printed).toMatch(new RegExp(`DefaultCluster +apache +0 +${apache.brokerAddress} +V5_3_3`));
      expect(printed).toMatch(new RegExp(`DefaultCluster +ours +0 +${ours.brokerAddress} +V5_3_3`));
    });

    test('a topic has its queues on both', async () => {
      const queues = (await java.queues('both')).map(({ brokerName, queueId }) => `${brokerName} ${queueId}`);
      expect(queues.sort()).toEqual(['apache 0', 'apache 1', 'ours 0', 'ours 1']);
    });

    test('Java’s client sends to both and consumes from both', async () => {
      const messages = sampleMessages('both', COUNT, 'java');
      const results = await java.send(messages);
      expect(new Set(results.map(({ queue }) => queue.brokerName))).toEqual(new Set(['apache', 'ours']));
      const consumer = await java.consume({ group: 'by_java', topics: ['both'] });
      const got = await consumer.until((all) => all.filter(isOf('java')).length >= COUNT, 'all that Java sent');
      await consumer.stop();
      expect(sortedContents(got.filter(isOf('java')))).toEqual(sortedContents(messages));
    });

    test('our client sends to both and consumes from both', async () => {
      const engine = await connectEngine({ nameServers: nameServer.nameServerAddresses.split(';') });
      const messages = sampleMessages('both', COUNT, 'ours');
      const results = await sendByUs(engine, messages);
      expect(new Set(results.map(({ queue }) => queue.brokerName))).toEqual(new Set(['apache', 'ours']));
      const consumer = await consumeByUs(engine, 'both', 'by_us');
      const got = await consumer.messages.until((all) => all.filter(isOf('ours')).length >= COUNT, 'all that we sent');
      await engine.stop();
      expect(sortedContents(got.filter(isOf('ours')))).toEqual(sortedContents(messages));
    });

    test('a message is viewed on the broker that stored it, whoever stored it', async () => {
      const messages = sampleMessages('both', 4, 'view');
      const results = await java.send(messages);
      for (const [i, { offsetMessageId }] of results.entries()) {
        expect(contents(await java.view('both', offsetMessageId))).toEqual(contents(messages[i]));
      }
    });

    test.each(['ours', 'apache'])('%s is forgotten when it is gone', async (name) => {
      await (name === 'ours' ? ours : apache).stop();
      const deadline = performance.now() + 10_000;
      let isListed = true;
      while (isListed && performance.now() < deadline) {
        isListed = (await java.mqadmin('clusterList')).includes(` ${name} `);
      }
      expect(isListed).toBe(false);
    });
  });
});

function isOf(prefix: string): (message: Sent) => boolean {
  return ({ keys }) => keys[0].startsWith(`${prefix}-`);
}
