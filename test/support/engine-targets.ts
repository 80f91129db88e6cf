import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClientEngine } from '../../lib/engine/client-engine.js';
import { ClientInstance } from '../../lib/engine/client/client-instance.js';
import type { ClientSettings } from '../../lib/engine/client/client-settings.js';
import { connectEngine } from '../../lib/engine/connect.js';
import type { Engine } from '../../lib/engine/engine.js';
import { NameServer } from '../../lib/engine/namesrv/name-server.js';
import { clientIdentity } from '../../lib/engine/servers/client-identity.js';
import type { Network } from '../../lib/engine/ports/network.js';
import { MemoryHub } from '../../lib/engine/remoting/memory-hub.js';
import { TcpConnector } from '../../lib/engine/remoting/tcp-transport.js';
import { createBrokerNode } from '../../lib/engine/servers/broker-node.js';
import { localOffsetFiles } from '../../lib/engine/servers/local-offset-files.js';
import { nodePorts } from '../../lib/engine/servers/node-ports.js';
import { ServerThread } from '../../lib/engine/servers/server-thread.js';
import { startBroker, startNameServer, type RunningServer } from '../../lib/engine/servers/standalone.js';

/** A cluster under test. What a suite asks of it, every RocketMQ cluster can give. */
export interface Target {
  /** Another engine on it, as a process of its own would have; stopped with the target. */
  connect(settings?: ClientSettings): Promise<Engine>;
  /** Stops the broker and starts it again, on the same store. */
  restartBroker(): Promise<void>;
  stop(): Promise<void>;
}

export interface TargetKind {
  readonly name: string;
  /** Has the way to it alone that is new, so that a short run leaves out what depends on brokers and clients only. */
  readonly isVariant?: true;
  start(): Promise<Target>;
}

/** Retries, delays and checks come within a second or two, so that tests needn't wait long. */
const settings = {
  messageDelayLevel: `${'1s '.repeat(17)}1s`,
  transactionTimeOut: 1000,
  transactionCheckInterval: 1000,
  recallMessageEnable: true,
  enablePropertyFilter: true,
  enableRemoteConfig: true,
};

/** A cluster of ours whose clients reach it in memory. */
const inMemory: TargetKind = {
  name: 'ours, in memory',
  async start() {
    const ports = nodePorts();
    const directory = await temporaryDirectory();
    const hub = new MemoryHub(ports);
    const [nameServerAddress, brokerAddress] = ['127.0.0.1:9876', '127.0.0.1:10911'];
    const nameServer = new NameServer({ ...ports, acceptors: [hub.acceptor(nameServerAddress)] });
    const newBroker = () =>
      createBrokerNode(
        {
          settings: { ...settings, storePathRootDir: directory, brokerIP1: '127.0.0.1', listenPort: 10911 },
          acceptors: [hub.acceptor(brokerAddress)],
          connector: hub.connector(),
          nameServers: [nameServerAddress],
        },
        ports,
      );
    await nameServer.start();
    let broker = newBroker();
    await broker.start();
    const engines: Engine[] = [];
    return {
      async connect(settings) {
        const instance = new ClientInstance(
          {
            ...ports,
            connector: hub.connector(),
            identity: clientIdentity(),
            offsetFile: localOffsetFiles(join(directory, `offsets-${engines.length}`), ports),
          },
          { ...settings, nameServers: [nameServerAddress] },
        );
        const parts = { kind: 'remote', instance, servers: [], nameServerAddresses: () => undefined } as const;
        const engine = new ClientEngine(parts);
        await engine.start();
        engines.push(engine);
        return engine;
      },
      async restartBroker() {
        await broker.stop();
        broker = newBroker();
        await broker.start();
      },
      async stop() {
        await Promise.all(engines.map((engine) => engine.stop()));
        await broker.stop();
        await nameServer.stop();
        await rm(directory, { recursive: true });
      },
    };
  },
};

/** A cluster of ours whose clients reach it by TCP. */
const byTcp: TargetKind = {
  name: 'ours, by TCP',
  async start() {
    const directory = await temporaryDirectory();
    const nameServer = await startNameServer({ port: 0 });
    const start = (listenPort: number): Promise<RunningServer> =>
      startBroker({
        settings: { ...settings, storePathRootDir: directory, listenPort },
        nameServers: [nameServer.address],
      });
    let broker = await start(0);
    const engines: Engine[] = [];
    return {
      async connect(settings) {
        const localOffsetStoreDir = join(directory, `offsets-${engines.length}`);
        const engine = await connectEngine({ ...settings, nameServers: [nameServer.address], localOffsetStoreDir });
        engines.push(engine);
        return engine;
      },
      async restartBroker() {
        await broker.stop();
        broker = await start(Number(broker.address.split(':')[1]));
      },
      async stop() {
        await Promise.all(engines.map((engine) => engine.stop()));
        await broker.stop();
        await nameServer.stop();
        await rm(directory, { recursive: true });
      },
    };
  },
};

/** A thread as startWorkerEngine() makes one; sources have to be translated for it. */
export const threadOfSources = { execArgv: ['--import', './scripts/ts.mjs'] };

/** A cluster of ours in a thread of its own. */
const inThread: TargetKind = {
  name: 'ours, in a thread',
  isVariant: true,
  async start() {
    const ports = nodePorts();
    const directory = await temporaryDirectory();
    const startThread = async (): Promise<ServerThread> => {
      const thread = new ServerThread({ storeDir: directory, broker: settings }, threadOfSources, ports.logger);
      await thread.start();
      return thread;
    };
    let thread = await startThread();
    const network: Network = {
      listen: (...args) => thread.network.listen(...args),
      connect: (...args) => thread.network.connect(...args),
    };
    const engines: Engine[] = [];
    return {
      async connect(settings) {
        const instance = new ClientInstance(
          {
            ...ports,
            connector: new TcpConnector({ ...ports, network }),
            identity: clientIdentity(),
            offsetFile: localOffsetFiles(join(directory, `offsets-${engines.length}`), ports),
          },
          { ...settings, nameServers: [thread.nameServerAddress] },
        );
        const parts = { kind: 'remote', instance, servers: [], nameServerAddresses: () => undefined } as const;
        const engine = new ClientEngine(parts);
        await engine.start();
        engines.push(engine);
        return engine;
      },
      async restartBroker() {
        await thread.stop();
        thread = await startThread();
      },
      async stop() {
        await Promise.all(engines.map((engine) => engine.stop()));
        await thread.stop();
        await rm(directory, { recursive: true });
      },
    };
  },
};

export const ourTargets: readonly TargetKind[] = [inMemory, byTcp, inThread];

function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'engine-behaviour-'));
}
