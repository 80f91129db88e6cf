import { createServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { ConnectError, PortInUseError, StoreLockedError, startEmbeddedEngine } from '../../../lib/engine/index.js';
import { rocketTemplateToken } from '../../../lib/tokens.js';
import type { ConnectionInit } from '../../../lib/transport/await-cluster.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { RocketMqServer } from '../../../lib/transport/rocketmq.server.js';
import { cycles } from '../../support/run-options.js';
import { bothWays, Cluster, Journal } from './cluster.js';
import { shuttingDown } from './shutting-down.suite.js';

jest.setTimeout(30_000);

describe.each(bothWays)('an engine reached %s', (reached) => {
  const cluster = new Cluster(reached);
  let journal: Journal;
  beforeAll(() => cluster.start());
  beforeEach(() => (journal = new Journal()));
  afterEach(() => cluster.closeApps());
  afterAll(() => cluster.stop());

  it.each(['by the module', 'by connectMicroservice', 'by createMicroservice'])(
    'started %s: messages that wait already come after the application has bootstrapped',
    async (how) => {
      const topic = `waiting-${how.split(' ')[1]}`;
      @Injectable()
      class Warm implements OnModuleInit, OnApplicationBootstrap {
        async onModuleInit() {
          await new Promise((resolve) => setImmediate(resolve));
          journal.write('init');
        }

        onApplicationBootstrap() {
          journal.write('bootstrap');
        }
      }
      @Controller()
      class Listener {
        @RocketListener(topic, '*', topic, { consumeFrom: 'first' })
        handle(id: number) {
          journal.write(String(id));
        }
      }
      const sender = await cluster.startApp({});
      await sender.get(RocketTemplate).send(topic, 1);
      if (reached === 'in memory') await cluster.closeApps();

      const parts = { controllers: [Listener], providers: [Warm] };
      if (how === 'by createMicroservice') await cluster.startMicroservice(parts);
      else {
        const app = await cluster.createApp(parts);
        if (how === 'by connectMicroservice') {
          app.connectMicroservice({ strategy: app.get(RocketMqServer) });
          await app.startAllMicroservices();
        }
        await app.init();
      }
      expect(await journal.have(3)).toEqual(['init', 'bootstrap', '1']);
    },
  );

  shuttingDown(() => cluster);

  it('nothing is left after many starts and stops', async () => {
    @Controller()
    class Listener {
      @RocketListener('cycles', '*', 'cycles', { consumeFrom: 'first' })
      handle(id: number) {
        journal.write(String(id));
      }
    }
    const cycle = async (id: number): Promise<void> => {
      const app = await cluster.startApp({ controllers: [Listener] });
      await app.get(RocketTemplate).send('cycles', id);
      await journal.until(() => journal.entries.includes(String(id)));
      await cluster.closeApps();
    };
    await cycle(0);
    const before = handles();
    const times = cycles(20);
    for (let id = 1; id <= times; id++) await cycle(id);
    // The engine behind TCP goes on meanwhile, with a timer or two more or less.
    const grown = [...handles()].filter(([kind, count]) => count > (before.get(kind) ?? 0) + 2);
    expect(grown).toEqual([]);
    expect(journal.entries).toEqual(Array.from({ length: times + 1 }, (_, id) => String(id)));
  });
});

it('two applications of one process, each with an engine of its own, share nothing', async () => {
  const clusters = [new Cluster('in memory'), new Cluster('in memory')];
  const journals = [new Journal(), new Journal()];
  const apps = await Promise.all(
    clusters.map((cluster, index) => {
      @Controller()
      class Listener {
        @RocketListener('shared', '*', 'shared')
        handle(text: string) {
          journals[index].write(text);
        }
      }
      return cluster.startApp({ controllers: [Listener] });
    }),
  );
  await apps[0].get(RocketTemplate).send('shared', 'first');
  await journals[0].have(1);
  await clusters[0].stop();
  await apps[1].get(RocketTemplate).send('shared', 'second');
  expect(await journals[1].have(1)).toEqual(['second']);
  await clusters[1].stop();
});

it('two connections of one application: each listener hears its own', async () => {
  const [one, two] = [new Cluster('in memory'), new Cluster('in memory')];
  const journal = new Journal();
  @Controller()
  class Both {
    @RocketListener('both', '*', 'both')
    first(text: string) {
      journal.write(`first ${text}`);
    }

    @RocketListener('both', '*', 'both', { connection: 'two' })
    second(text: string) {
      journal.write(`second ${text}`);
    }
  }
  const app = await one.startApp({ controllers: [Both], imports: [two.module({ connection: 'two' })] });
  await app.get<RocketTemplate>(rocketTemplateToken('two')).send('both', 'b');
  await journal.have(1);
  await app.get(RocketTemplate).send('both', 'a');
  expect(await journal.have(2)).toEqual(['second b', 'first a']);
  await one.stop();
  await two.stop();
});

describe('a cluster that cannot be reached', () => {
  const unreachable = (connectionInit?: ConnectionInit) => ({
    mq: { engine: { type: 'remote' as const, nameServers: ['127.0.0.1:1'], connectionInit } },
  });
  const cluster = new Cluster('in memory');
  afterAll(() => cluster.stop());

  it.each([
    ['by default', undefined],
    ['with reject: false', { wait: true, timeoutMs: 10, reject: false }],
  ])('%s the application starts, and a send says what is wrong', async (_how, connectionInit) => {
    const app = await cluster.startApp(unreachable(connectionInit));
    await expect(app.get(RocketTemplate).send('t', 1)).rejects.toThrow(ConnectError);
  });

  it('with wait: true the start fails', async () => {
    const app = await cluster.createApp(unreachable({ wait: true, timeoutMs: 10 }));
    await expect(app.init()).rejects.toThrow(/cannot connect to 127.0.0.1:1: no name server answered within 10 ms/);
  });

  it('with wait: true the start waits until it is there; listeners hear what comes then', async () => {
    const journal = new Journal();
    @Controller()
    class Listener {
      @RocketListener('late', '*', 'late', { consumeFrom: 'first' })
      handle(id: number) {
        journal.write(String(id));
      }
    }
    const nameServerPort = await freePort();
    const engine = {
      type: 'remote' as const,
      nameServers: [`127.0.0.1:${nameServerPort}`],
      connectionInit: { wait: true },
    };
    const app = await cluster.createApp({ controllers: [Listener], mq: { engine } });
    const started = app.init();
    const storeDir = mkdtempSync(join(tmpdir(), 'nest-late-'));
    const server = await startEmbeddedEngine({ storeDir, listen: { nameServerPort, brokerPort: 0 } });
    await started;
    await app.get(RocketTemplate).send('late', 1);
    expect(await journal.have(1)).toEqual(['1']);
    await app.close();
    await server.stop();
    rmSync(storeDir, { recursive: true });
  });
});

describe('a start that cannot succeed fails init() by a typed error, and leaves nothing behind', () => {
  const directory = mkdtempSync(join(tmpdir(), 'nest-fails-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('a port in use', async () => {
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(0, '127.0.0.1', resolve));
    const { port } = occupant.address() as { port: number };
    const cluster = new Cluster('in memory');
    const engine = {
      type: 'embedded' as const,
      storeDir: join(directory, 'port'),
      listen: { brokerPort: port, nameServerPort: 0 },
    };
    const app = await cluster.createApp({ mq: { engine } });
    await expect(app.init()).rejects.toThrow(PortInUseError);
    await cluster.stop();
    await new Promise((resolve) => occupant.close(resolve));
  });

  it('a store that another engine holds', async () => {
    const storeDir = join(directory, 'locked');
    const holder = await startEmbeddedEngine({ storeDir });
    const cluster = new Cluster('in memory');
    const app = await cluster.createApp({ mq: { engine: { type: 'embedded', storeDir } } });
    await expect(app.init()).rejects.toThrow(StoreLockedError);
    await cluster.stop();
    await holder.stop();
    const again = await startEmbeddedEngine({ storeDir });
    await again.stop();
  });

  it('a setting of the broker that there is not', async () => {
    const cluster = new Cluster('in memory');
    const engine = {
      type: 'embedded' as const,
      storeDir: join(directory, 'x'),
      broker: { flushDiskTyp: 'SYNC_FLUSH' },
    };
    const app = await cluster.createApp({ mq: { engine } });
    await expect(app.init()).rejects.toThrow(/flushDiskTyp: .*did you mean flushDiskType/);
    await cluster.stop();
  });

  it('a listener without a group', async () => {
    @Controller()
    class Groupless {
      @RocketListener('t')
      handle() {
        return undefined;
      }
    }
    const cluster = new Cluster('in memory');
    const app = await cluster.createApp({ controllers: [Groupless] });
    await expect(app.init()).rejects.toThrow(/Groupless.handle: group: is missing; give @RocketListener a group/);
    await cluster.stop();
  });

  it('listeners that contradict each other', async () => {
    @Controller()
    class Contradicting {
      @RocketListener('t', 'a', 'g')
      one() {
        return undefined;
      }

      @RocketListener('t', 'a', 'g')
      two() {
        return undefined;
      }
    }
    const cluster = new Cluster('in memory');
    const app = await cluster.createApp({ controllers: [Contradicting] });
    await expect(app.init()).rejects.toThrow(/Contradicting.one and Contradicting.two both take tag a/);
    await cluster.stop();
  });
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** What would keep the process alive: how many of each kind. */
function handles(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
