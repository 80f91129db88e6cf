import { ClientInstance, type ClientOptions } from '../../lib/engine/client/client-instance.js';
import { response, type RemotingCommand } from '../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../lib/engine/protocol/request-code.js';
import { ResponseCode } from '../../lib/engine/protocol/response-code.js';
import { MemoryHub } from '../../lib/engine/remoting/memory-hub.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { LogBook } from './log-book.js';
import { ProcessLife } from './process-life.js';
import { ScriptedBroker } from './scripted-broker.js';
import { ScriptedPeer } from './scripted-peer.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';

const NAME_SERVERS = ['10.0.1.1:9876', '10.0.1.2:9876'];

/**
 * Two name servers and some brokers as clients meet them, on a virtual clock and in memory. They
 * keep Apache's rules as far as clients depend on them; a test scripts what goes wrong.
 */
export class ScriptedCluster {
  readonly clock = new VirtualClock();
  readonly log = new LogBook();
  readonly hub = new MemoryHub({ clock: this.clock, logger: this.log });
  readonly nameServers = NAME_SERVERS.map((address) => new ScriptedPeer(this.hub, address));
  readonly brokers = new Map<string, ScriptedBroker>();
  readonly random;
  /** Topic to broker name to number of queues. */
  private readonly topics = new Map<string, Map<string, number>>();
  /** `machine/group` to the text of a broadcasting group's offsets.json. */
  readonly offsetFiles = new Map<string, string>();
  private instances = 0;

  constructor(seed = 1) {
    this.random = seededRandom(seed);
    for (const server of this.nameServers) {
      server.on(RequestCode.GET_ROUTEINFO_BY_TOPIC, ({ extFields }) => this.route(extFields.topic));
      server.on(RequestCode.GET_BROKER_CLUSTER_INFO, () => this.clusterInfo());
      server.on(RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER, () =>
        response(0, { body: json({ topicList: [...this.topics.keys()] }) }),
      );
    }
  }

  async start(...brokerNames: string[]): Promise<void> {
    for (const server of this.nameServers) await server.start();
    for (const [index, name] of brokerNames.entries()) {
      const broker = new ScriptedBroker(this, `10.0.0.${index + 1}:10911`, name);
      this.brokers.set(name, broker);
      await broker.start();
    }
  }

  broker(name = 'broker-a'): ScriptedBroker {
    return this.brokers.get(name)!;
  }

  createTopic(topic: string, queuesByBroker: Record<string, number>): void {
    this.topics.set(topic, new Map(Object.entries(queuesByBroker)));
  }

  /** As a broker does when a group's first consumer or a topic's first message comes. */
  createOn(brokerName: string, topic: string, queues: number): void {
    const byBroker = this.topics.get(topic) ?? new Map<string, number>();
    if (!byBroker.has(brokerName)) byBroker.set(brokerName, queues);
    this.topics.set(topic, byBroker);
  }

  hasTopic(topic: string): boolean {
    return this.topics.has(topic);
  }

  /** A started client instance, as another process would have one. */
  async client(options: Partial<ClientOptions> & { machine?: string } = {}): Promise<ClientInstance> {
    return (await this.process(options)).instance;
  }

  /** The same with the power to kill it: connections drop, and nothing it had planned happens any more. */
  async process(
    options: Partial<ClientOptions> & { machine?: string } = {},
  ): Promise<{ instance: ClientInstance; kill: () => void }> {
    this.instances++;
    const life = new ProcessLife(this.clock, this.hub.connector());
    const instance = new ClientInstance(
      {
        clock: life.clock,
        random: seededRandom(this.random.nextInt(2 ** 31)),
        logger: this.log,
        connector: life.connector,
        identity: { ip: Buffer.from([10, 0, 2, this.instances]), processId: 100 + this.instances },
        offsetFile: (group) => this.offsetFile(`${options.machine ?? this.instances}/${group}`),
      },
      { nameServers: NAME_SERVERS, ...options },
    );
    await instance.start();
    return { instance, kill: () => life.end() };
  }

  /** Runs to its end what only waits for promises and messages, or for this much time to pass. */
  async settle(ms = 0): Promise<void> {
    if (ms === 0) await this.clock.settle();
    else await this.clock.advance(ms);
  }

  private offsetFile(path: string): { load(): Promise<string | undefined>; save(text: string): Promise<void> } {
    return {
      load: async () => this.offsetFiles.get(path),
      save: async (text) => void this.offsetFiles.set(path, text),
    };
  }

  private route(topic: string): RemotingCommand {
    const byBroker = this.topics.get(topic);
    if (!byBroker) return response(ResponseCode.TOPIC_NOT_EXIST, { remark: `no ${topic}` });
    const queueDatas = [...byBroker].map(([brokerName, count]) => ({
      brokerName,
      readQueueNums: count,
      writeQueueNums: count,
      perm: 6,
      topicSysFlag: 0,
    }));
    const brokerDatas = [...byBroker.keys()].map((name) => this.broker(name).data());
    return response(0, { body: json({ queueDatas, brokerDatas, filterServerTable: {} }) });
  }

  private clusterInfo(): RemotingCommand {
    const brokerAddrTable = Object.fromEntries([...this.brokers].map(([name, broker]) => [name, broker.data()]));
    return response(0, { body: json({ brokerAddrTable, clusterAddrTable: {} }) });
  }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
