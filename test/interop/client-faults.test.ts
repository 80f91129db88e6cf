import { connectEngine, type Engine } from '../../lib/engine/index.js';
import { describeWhen } from '../support/requirements.js';
import { cycles } from '../support/run-options.js';
import { AcknowledgedLoad } from './support/acknowledged-load.js';
import { ApacheCluster } from './support/apache-cluster.js';
import { freePorts } from './support/free-ports.js';
import { java17AndMaven } from './support/java-programs.js';

jest.setTimeout(180_000);

/** Acknowledged between two faults; `--cycles` lengthens. */
const COUNT = 300 * cycles(1);
const lines: string[] = [];

async function report(title: string, load: AcknowledgedLoad): Promise<void> {
  await load.pause();
  const { acknowledged, duplicates, refused } = await load.settle();
  lines.push(`${title}: ${acknowledged} acknowledged, 0 missing, ${duplicates} more than once, ${refused} refused`);
}

/** What is acknowledged is consumed, whoever of Apache's cluster is killed; what can go elsewhere does. */
describeWhen(java17AndMaven, 'our client and faults of Apache’s cluster', () => {
  afterAll(() => {
    process.stdout.write(`\nour client and faults of Apache’s cluster\n${lines.join('\n')}\n`);
  });

  describe('two masters, one with a slave, two name servers', () => {
    const servers: ApacheCluster[] = [];
    let nameServers: ApacheCluster[];
    let masterA: ApacheCluster;
    let masterB: ApacheCluster;
    let slaveA: ApacheCluster;
    let engine: Engine;

    beforeAll(async () => {
      const start = async (options: Parameters<typeof ApacheCluster.start>[0]): Promise<ApacheCluster> => {
        const server = await ApacheCluster.start(options);
        servers.push(server);
        return server;
      };
      // One after the other: together they would take each other's time, and be given up.
      nameServers = [await start({ broker: false }), await start({ broker: false })];
      const nameServerAddresses = nameServers.map((server) => server.nameServerAddresses).join(';');
      const common = { registerNameServerPeriod: '10000', slaveReadEnable: 'true' };
      // An acknowledgement says that the slave has the message too.
      const replicated = { ...common, brokerRole: 'SYNC_MASTER', inSyncReplicas: '2' };
      masterA = await start({ nameServerAddresses, properties: replicated });
      masterB = await start({ nameServerAddresses, properties: { ...common, brokerName: 'broker-b' } });
      // It hears of its master by the name server: 5.3.3 forgets a haMasterAddress before its store starts.
      const slave = { brokerRole: 'SLAVE', brokerId: '1' };
      slaveA = await start({ nameServerAddresses, properties: { ...common, ...slave } });
      engine = await connectEngine({ nameServers: nameServerAddresses.split(';'), pollNameServerIntervalMs: 1000 });
      while ((await engine.admin.brokers.haStatus(masterA.brokerAddress)).inSyncSlaveNums < 1) await pause();
      for (const topic of ['masters', 'servers-0', 'servers-1', 'slaves']) {
        await engine.admin.topics.create(topic, { readQueueNums: 2, writeQueueNums: 2 });
      }
    });

    afterAll(async () => {
      await (engine as Engine | undefined)?.stop();
      await Promise.all(servers.map(async (server) => server.stop()));
    });

    test('one of two masters killed: no send is refused, and what it had stored is consumed when it is back', async () => {
      const load = await AcknowledgedLoad.start(engine, 'masters');
      load.resume();
      await load.more(COUNT);
      expect(load.brokers).toEqual(new Set(['broker-a', 'broker-b']));
      await masterB.kill();
      await load.more(COUNT);
      await masterB.startAgain();
      load.brokers.clear();
      while (!load.brokers.has('broker-b')) await load.more(10);
      await load.more(COUNT);
      await report('one of two masters killed', load);
      await load.stop();
      expect(load.refusals).toEqual([]);
    });

    test('each name server killed in turn: sending, consuming and new topics go on', async () => {
      for (const [index, server] of nameServers.entries()) {
        await server.kill();
        const load = await AcknowledgedLoad.start(engine, `servers-${index}`); // its route is asked for now
        load.resume();
        await load.more(COUNT);
        await report(`name server ${index + 1} of 2 killed`, load);
        await load.stop();
        expect(load.refusals).toEqual([]);
        await server.startAgain();
        await untilRouted(server, `servers-${index}`);
      }
    });

    test('a master whose slave stays is killed: what it has acknowledged is read from the slave', async () => {
      const load = await AcknowledgedLoad.start(engine, 'slaves');
      load.resume();
      await load.more(COUNT);
      await load.pause();
      await load.settle();
      while (!(await knowsTopic(engine, slaveA, 'slaves'))) await pause();
      const late = await connectEngine({ nameServers: [nameServers[0].nameServerAddresses] });
      await masterA.kill();
      load.resume();
      await load.more(COUNT);
      await report('a master killed whose slave stays', load);
      // A group that comes now gets all there is: half of it only the slave has.
      const newcomer = late.createPushConsumer({
        group: 'newcomers',
        subscriptions: [{ topic: 'slaves' }],
        consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
        listener: {
          mode: 'concurrent',
          consume: async ([{ body }]) => {
            seen.add(body.toString());
            if (load.acknowledged.all.every((id) => seen.has(id))) complete();
            return { status: 'SUCCESS' };
          },
        },
      });
      const seen = new Set<string>();
      let complete!: () => void;
      const completed = new Promise<void>((resolve) => (complete = resolve));
      await newcomer.start();
      await completed;
      await late.stop();
      await load.stop();
      expect(load.refusals).toEqual([]);
    });
  });

  test('a DLedger group, its leader killed: the next leader has all that was acknowledged', async () => {
    const nameServer = await ApacheCluster.start({ broker: false });
    const { nameServerAddresses } = nameServer;
    const ports = await Promise.all([freePorts([0]), freePorts([0]), freePorts([0])]);
    const peers = ports.map(([port], index) => `n${index}-127.0.0.1:${port}`).join(';');
    const group = {
      brokerName: 'broker-d',
      enableDLegerCommitLog: 'true',
      dLegerGroup: 'broker-d',
      dLegerPeers: peers,
    };
    const servers = [nameServer];
    for (const index of ports.keys()) {
      servers.push(
        await ApacheCluster.start({ nameServerAddresses, properties: { ...group, dLegerSelfId: `n${index}` } }),
      );
    }
    const engine = await connectEngine({ nameServers: [nameServerAddresses], pollNameServerIntervalMs: 500 });
    try {
      await untilCreated(engine, 'ledger');
      const load = await AcknowledgedLoad.start(engine, 'ledger');
      load.resume();
      await load.more(COUNT);
      const leader = await leaderOf(engine);
      await servers.find(({ brokerAddress }) => brokerAddress === leader)!.kill();
      await load.more(COUNT);
      expect(await leaderOf(engine)).not.toBe(leader);
      await report('the leader of a DLedger group killed', load);
      await load.stop();
    } finally {
      await engine.stop();
      await Promise.all(servers.map(async (server) => server.stop()));
    }
  });
});

/** A slave asks its master for topics every ten seconds. */
async function knowsTopic(engine: Engine, { brokerAddress }: ApacheCluster, topic: string): Promise<boolean> {
  return (await engine.admin.topics.configs(brokerAddress)).some(({ topicName }) => topicName === topic);
}

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 200));
}

async function leaderOf(engine: Engine): Promise<string | undefined> {
  const { brokerDatas } = await engine.admin.topics.route('ledger');
  return brokerDatas[0].brokerAddrs[0];
}

/** Until a leader is elected no broker takes a topic. */
async function untilCreated(engine: Engine, topic: string): Promise<void> {
  for (;;) {
    try {
      await engine.admin.topics.create(topic, { readQueueNums: 4, writeQueueNums: 4 });
      if ((await engine.admin.topics.queues(topic)).length === 4) return;
    } catch {
      // not yet; the test's timeout bounds this
    }
    await pause();
  }
}

/** A name server that is back hears of topics when the brokers announce themselves again. */
async function untilRouted({ nameServerAddresses }: ApacheCluster, topic: string): Promise<void> {
  const engine = await connectEngine({ nameServers: [nameServerAddresses] });
  while ((await engine.admin.topics.queues(topic).catch(() => [])).length < 4) {
    await pause();
  }
  await engine.stop();
}
