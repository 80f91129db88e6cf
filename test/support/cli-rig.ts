import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Broker } from '../../lib/engine/broker/broker.js';
import { ClientEngine } from '../../lib/engine/client-engine.js';
import { ClientInstance } from '../../lib/engine/client/client-instance.js';
import type { Engine } from '../../lib/engine/engine.js';
import { NameServer } from '../../lib/engine/namesrv/name-server.js';
import { MemoryHub } from '../../lib/engine/remoting/memory-hub.js';
import { createBrokerNode } from '../../lib/engine/servers/broker-node.js';
import { nodePorts, type EnginePorts } from '../../lib/engine/servers/node-ports.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { capturedRun, type CapturedRun } from './captured-run.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';

const NAME_SERVER = '127.0.0.1:9876';

/**
 * A cluster in memory, on a clock that stands still and with chance from a seed, and our command
 * line before it: what a command prints is the same in every run.
 */
export class CliRig {
  readonly directory: string;
  private readonly hub: MemoryHub;
  private readonly nameServer: NameServer;
  private readonly broker: Broker;
  private readonly engines: Engine[] = [];

  private constructor(
    directory: string,
    private readonly ports: EnginePorts,
    readonly clock: VirtualClock,
  ) {
    this.directory = directory;
    this.hub = new MemoryHub(ports);
    this.nameServer = new NameServer({ ...ports, acceptors: [this.hub.acceptor(NAME_SERVER)] });
    this.broker = createBrokerNode(
      {
        settings: {
          storePathRootDir: join(directory, 'store'),
          brokerIP1: '127.0.0.1',
          listenPort: 10911,
          // Keeps users; whoever comes through memory is not asked.
          authenticationEnabled: true,
          initAuthenticationUser: '{"username":"admin","password":"change-me"}',
        },
        acceptors: [this.hub.acceptor('127.0.0.1:10911')],
        connector: this.hub.connector(),
        nameServers: [NAME_SERVER],
      },
      ports,
    );
  }

  static async start(): Promise<CliRig> {
    const directory = await mkdtemp(join(tmpdir(), 'cli-rig-'));
    const clock = new VirtualClock(Date.UTC(2026, 6, 1, 12));
    const rig = new CliRig(directory, nodePorts({ clock, random: seededRandom(1) }), clock);
    await rig.nameServer.start();
    await rig.broker.start();
    return rig;
  }

  /** What a process of its own would have. */
  async connect(): Promise<Engine> {
    const identity = { ip: Buffer.from([127, 0, 0, 1]), processId: 1000 + this.engines.length };
    const ports = { ...this.ports, connector: this.hub.connector(), identity };
    const instance = new ClientInstance(ports, { nameServers: [NAME_SERVER] });
    const engine = new ClientEngine({ kind: 'remote', instance, servers: [], nameServerAddresses: () => NAME_SERVER });
    this.engines.push(engine);
    await engine.start();
    return engine;
  }

  run(words: readonly string[], options?: Parameters<typeof capturedRun>[2]): Promise<CapturedRun> {
    return capturedRun(words, { clock: this.clock, connect: () => this.connect(), nameServers: NAME_SERVER }, options);
  }

  async stop(): Promise<void> {
    await Promise.all(this.engines.map((engine) => engine.stop()));
    await this.broker.stop();
    await this.nameServer.stop();
    await rm(this.directory, { recursive: true });
  }
}
