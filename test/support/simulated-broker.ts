import type { Broker } from '../../lib/engine/broker/broker.js';
import { silentLogger } from '../../lib/engine/ports/logger.js';
import type { Network } from '../../lib/engine/ports/network.js';
import type { Random } from '../../lib/engine/ports/random.js';
import { MemoryHub } from '../../lib/engine/remoting/memory-hub.js';
import { createBrokerNode } from '../../lib/engine/servers/broker-node.js';
import type { ServerSettings } from '../../lib/engine/servers/server-settings.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { TestClient } from './broker-rig.js';
import { MortalClock } from '../../lib/testing/mortal-clock.js';
import { SimulatedFileSystem } from '../../lib/testing/simulated-file-system.js';

const ADDRESS = '127.0.0.1:10911';
const noNetwork: Network = {
  listen: () => Promise.reject(new Error('there is no network')),
  connect: () => Promise.reject(new Error('there is no network')),
};

/** How a broker ends: in order, by a killed process, or by a power cut that takes what was not synced. */
export type Ending = 'stop' | 'kill' | 'power cut';
export const endings: readonly Ending[] = ['stop', 'kill', 'power cut'];

/** The broker as it is shipped, with its store and tables, on a disk in memory and a clock that stands still. */
export class SimulatedBroker {
  readonly clock: VirtualClock;
  private disk = new SimulatedFileSystem();
  private life!: MortalClock;
  private hub!: MemoryHub;
  private broker!: Broker;

  private constructor(
    private readonly random: Random,
    private readonly settings: ServerSettings,
  ) {
    this.clock = new VirtualClock();
  }

  static async start(random: Random, settings: ServerSettings = {}): Promise<SimulatedBroker> {
    const simulated = new SimulatedBroker(random, settings);
    await simulated.launch();
    return simulated;
  }

  /** A client with a connection of its own. */
  async connect(clientId = 'client-1'): Promise<TestClient> {
    const client = new TestClient(clientId, this.clock);
    client.channel = await this.hub.connector().connect(ADDRESS, client.processors, 1000);
    return client;
  }

  /** Ends the broker and starts the next one on what it leaves behind, at the same time. */
  async restart(how: Ending): Promise<void> {
    if (how === 'stop') {
      await this.stop();
    } else {
      this.life.isDead = true;
      const after = how === 'kill' ? this.disk.afterKill() : this.disk.crash(this.random);
      this.disk.kill();
      this.disk = after;
    }
    await this.launch();
  }

  stop(): Promise<void> {
    return this.broker.stop();
  }

  private async launch(): Promise<void> {
    this.disk.now = () => this.clock.now();
    this.life = new MortalClock(this.clock);
    this.hub = new MemoryHub({ clock: this.life, logger: silentLogger });
    this.broker = createBrokerNode(
      {
        settings: {
          storePathRootDir: '/store',
          flushDiskType: 'SYNC_FLUSH',
          mappedFileSizeCommitLog: 4 * 1024 * 1024,
          mappedFileSizeConsumeQueue: 20 * 10_000,
          messageIndexEnable: false,
          ...this.settings,
        },
        acceptors: [this.hub.acceptor(ADDRESS)],
        connector: this.hub.connector(),
        nameServers: [],
      },
      { clock: this.life, fileSystem: this.disk, network: noNetwork, random: this.random, logger: silentLogger },
    );
    await this.broker.start();
  }
}
