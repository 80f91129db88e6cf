import { silentLogger, type Logger } from '../engine/ports/logger.js';
import type { Clock } from '../engine/ports/clock.js';
import type { Network } from '../engine/ports/network.js';
import type { Random } from '../engine/ports/random.js';
import type { Broker } from '../engine/broker/broker.js';
import type { BrokerFigures } from '../engine/broker/broker-figures.js';
import { NameServer } from '../engine/namesrv/name-server.js';
import type { Acceptor, Connector } from '../engine/remoting/channel.js';
import { MemoryHub } from '../engine/remoting/memory-hub.js';
import { createBrokerNode } from '../engine/servers/broker-node.js';
import type { ServerSettings } from '../engine/servers/server-settings.js';
import { MortalClock } from './mortal-clock.js';
import type { SimulatedFileSystem } from './simulated-file-system.js';

export const NAME_SERVER = '127.0.0.1:9876';
const BROKER = '127.0.0.1:10911';
const STORE = '/store';

const noNetwork: Network = {
  listen: () => Promise.reject(new Error('there is no network')),
  connect: () => Promise.reject(new Error('there is no network')),
};

/** Longer than any test lets pass: what is there to notice the silence of others would only cost time. */
const NEVER_MS = 2 ** 31 - 1;
const HOUR_MS = 3_600_000;

const settings: ServerSettings = {
  storePathRootDir: STORE,
  mappedFileSizeCommitLog: 4 * 1024 * 1024,
  mappedFileSizeConsumeQueue: 20 * 10_000,
  maxHashSlotNum: 10_000,
  maxIndexNum: 40_000,
  defaultTopicQueueNums: 4,
  enablePropertyFilter: true,
  recallMessageEnable: true,
  channelExpiredTimeout: NEVER_MS,
  subscriptionExpiredTimeout: NEVER_MS,
  brokerHeartbeatTimeoutMillis: NEVER_MS,
  registerNameServerPeriod: 60_000,
  // One look at what is to be flushed, when it is due: time would stop for each.
  flushIntervalCommitLog: 10_000,
  flushIntervalConsumeQueue: 60_000,
  transactionCheckInterval: 60_000,
  flushConsumerOffsetInterval: HOUR_MS,
  flushDelayOffsetInterval: HOUR_MS,
  cleanResourceInterval: HOUR_MS,
};

export interface TestServersParts {
  readonly clock: Clock;
  readonly disk: SimulatedFileSystem;
  readonly random: Random;
  readonly logger?: Logger;
  /** By RocketMQ's names, before those that make tests quick. */
  readonly settings?: ServerSettings;
}

/** One life of a name server and a broker: what a process would hold. */
export class TestServers {
  private readonly hub: MemoryHub;
  private readonly life: MortalClock;
  private readonly acceptors: readonly [Acceptor, Acceptor];
  private readonly nameServer: NameServer;
  private readonly broker: Broker;

  constructor(private readonly parts: TestServersParts) {
    const { disk, random, logger = silentLogger } = parts;
    const clock = (this.life = new MortalClock(parts.clock));
    this.hub = new MemoryHub({ clock, logger });
    this.acceptors = [this.hub.acceptor(NAME_SERVER), this.hub.acceptor(BROKER)];
    const ports = { clock, fileSystem: disk, network: noNetwork, random, logger };
    this.nameServer = new NameServer({
      ...ports,
      options: { scanNotActiveBrokerInterval: HOUR_MS },
      acceptors: [this.acceptors[0]],
    });
    this.broker = createBrokerNode(
      {
        settings: { ...settings, ...parts.settings },
        acceptors: [this.acceptors[1]],
        connector: this.hub.connector(),
        nameServers: [NAME_SERVER],
      },
      ports,
    );
  }

  /** For clients; ends with this life. */
  get connector(): Connector {
    return this.hub.connector();
  }

  figures(): BrokerFigures {
    return this.broker.figures();
  }

  async start(): Promise<void> {
    await this.nameServer.start();
    await this.broker.start();
  }

  async stop(): Promise<void> {
    await this.broker.stop();
    await this.nameServer.stop();
  }

  /** Nothing reaches its disk any more, and its connections break. What it leaves there is for others to take before. */
  async disconnect(): Promise<void> {
    this.parts.disk.kill();
    await Promise.all(this.acceptors.map((acceptor) => acceptor.stop()));
  }

  /** Nothing of it runs on. */
  kill(): void {
    this.life.isDead = true;
  }
}
