import { ClosedError, ConfigurationError } from '../common/errors.js';
import { Service } from '../common/lifecycle.js';
import { PeriodicTask } from '../common/periodic-task.js';
import { UniqueIdGenerator } from '../message/message-id.js';
import type { Clock } from '../ports/clock.js';
import type { HttpGet } from '../ports/http.js';
import type { Logger } from '../ports/logger.js';
import type { Random } from '../ports/random.js';
import type { HeartbeatData } from '../protocol/bodies/heartbeat-data.js';
import { MASTER_ID } from '../protocol/bodies/topic-route-data.js';
import type { UnregisterClientRequest } from '../protocol/requests/client-membership.js';
import type { Connector } from '../remoting/channel.js';
import { RemotingClient } from '../remoting/remoting-client.js';
import { API_TIMEOUT_MS, BrokerApi, heartbeatCommand } from './broker-api.js';
import { resolveClientSettings, rpcHooksOf, type ClientSettings } from './client-settings.js';
import type { OffsetFile } from './consumer/offset-file.js';
import type { ConsumerMember, ProducerMember } from './group-member.js';
import { withRpcHooks } from './hooks/rpc-hook.js';
import { NameServerAddresses, type NameServerSource } from './name-server-addresses.js';
import { NameServerApi } from './name-server-api.js';
import { Namespace } from './namespace/namespace.js';
import { peerProcessors } from './peer-requests.js';
import { expectSuccess } from './response.js';
import { ReplyWaiters } from './producer/reply-waiters.js';
import { RouteCache } from './route-cache.js';

/** What a client needs of its surroundings. */
export interface ClientPorts {
  clock: Clock;
  random: Random;
  logger: Logger;
  connector: Connector;
  /** For an endpoint that names the name servers. Default: there is none. */
  httpGet?: HttpGet;
  /** IP address of this machine, 4 or 16 bytes, and id of this process: parts of client and message ids. */
  identity: { ip: Buffer; processId: number };
  /** Where a broadcasting group keeps its progress on this machine. Default: nowhere, so there can be none. */
  offsetFile?: (group: string) => OffsetFile;
  /** Whether no other process can reach the cluster. Default false. */
  isAlone?: boolean;
}

export interface ClientOptions extends ClientSettings, NameServerSource {}

/**
 * What all producers and consumers of one engine connection share: connections, routes, heartbeats
 * and the client id, which by default is unique by construction, so that no two consumers of a
 * group can be taken for one. Source: Apache 5.3 MQClientInstance.
 */
export class ClientInstance extends Service {
  /** `address@instanceName`, with `@unitName` where there is one. */
  readonly clientId: string;
  readonly namespace: Namespace;
  /** Whether requests say that they are of one unit only. */
  readonly unitMode: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly messageIds: UniqueIdGenerator;
  readonly nameServers: NameServerApi;
  readonly brokers: BrokerApi;
  readonly routes: RouteCache;
  readonly replies: ReplyWaiters;
  readonly offsetFile?: (group: string) => OffsetFile;
  readonly isAlone: boolean;
  /** How long a broker may hold a pull that finds nothing. */
  readonly brokerSuspendMaxTimeMs: number;
  private readonly nameServerAddresses: NameServerAddresses;
  private readonly remoting: RemotingClient;
  private readonly producers = new Map<string, ProducerMember>();
  private readonly consumers = new Map<string, ConsumerMember>();
  /** Addresses of brokers that have had a heartbeat by the connection that is open now. */
  private readonly greeted = new Set<string>();
  /** Addresses that once could not be reached, and since when they can again (on the monotonic clock). */
  private readonly reconnected = new Map<string, number | undefined>();
  private readonly tasks: readonly PeriodicTask[];

  constructor(ports: ClientPorts, options: ClientOptions) {
    super();
    const settings = resolveClientSettings(options);
    const { clock, random, logger, identity } = ports;
    this.clock = clock;
    this.random = random;
    this.logger = logger;
    this.offsetFile = ports.offsetFile;
    this.isAlone = ports.isAlone ?? false;
    this.brokerSuspendMaxTimeMs = settings.brokerSuspendMaxTimeMs;
    const { instanceName = `${identity.processId}#${random.bytes(8).toString('hex')}`, unitName } = settings;
    this.clientId = [formatIp(identity.ip), instanceName, ...(unitName === undefined ? [] : [unitName])].join('@');
    this.namespace = new Namespace(settings.namespace);
    this.unitMode = settings.unitMode;
    this.messageIds = new UniqueIdGenerator(clock, random, identity);
    this.replies = new ReplyWaiters(clock);
    this.remoting = new RemotingClient({
      clock,
      connector: this.greetingConnector(withRpcHooks(ports.connector, rpcHooksOf(settings))),
      processors: peerProcessors({
        logger,
        producer: (group) => this.producers.get(group),
        consumer: (group) => this.consumers.get(group),
        replies: this.replies,
        namespace: this.namespace,
        clock,
      }),
    });
    this.nameServerAddresses = new NameServerAddresses(options, ports);
    this.nameServers = new NameServerApi(this.remoting, this.nameServerAddresses, random);
    this.brokers = new BrokerApi(this.remoting);
    this.routes = new RouteCache(this.nameServers, clock, logger, settings);
    this.routes.onChange((topic) => this.onRouteChange(topic));
    this.tasks = [
      this.every(settings.heartbeatBrokerIntervalMs, 'heartbeat failed', () => this.heartbeatAll()),
      this.every(settings.persistConsumerOffsetIntervalMs, 'offsets not persisted', () => this.persistOffsets()),
      this.every(settings.rebalanceIntervalMs, 'rebalance failed', () => this.rebalanceSoon()),
    ];
  }

  /** @throws ConfigurationError when the group has a producer here already */
  async registerProducer(producer: ProducerMember): Promise<void> {
    this.claim(this.producers, producer, 'producer');
    await this.heartbeatAll();
  }

  /** @throws ConfigurationError when the group has a consumer here already */
  async registerConsumer(consumer: ConsumerMember): Promise<void> {
    this.claim(this.consumers, consumer, 'consumer');
    await this.heartbeatAll();
  }

  async unregisterProducer(producer: ProducerMember): Promise<void> {
    const { group } = producer;
    if (this.producers.get(group) !== producer) return;
    this.producers.delete(group);
    await this.unregister({ clientID: this.clientId, producerGroup: group });
  }

  async unregisterConsumer(consumer: ConsumerMember): Promise<void> {
    const { group } = consumer;
    if (this.consumers.get(group) !== consumer) return;
    this.consumers.delete(group);
    await this.unregister({ clientID: this.clientId, consumerGroup: group });
  }

  /** Tells every broker who is here. A broker that cannot be told is told when it is reached again. */
  async heartbeatAll(): Promise<void> {
    await Promise.all(this.brokersToGreet().map((address) => this.heartbeat(address)));
  }

  async heartbeat(address: string): Promise<void> {
    if (this.hasMembers) await this.tell(address, () => this.brokers.heartbeat(address, this.describe()));
  }

  /** How long ago a broker was reached again after it could not be; Infinity when it always could. */
  sinceReconnect(address: string): number {
    if (!this.reconnected.has(address)) return Infinity;
    const since = this.reconnected.get(address);
    return since === undefined ? 0 : this.clock.monotonic() - since;
  }

  protected override async onStart(): Promise<void> {
    await this.remoting.start();
    this.nameServerAddresses.start();
    this.routes.start();
    for (const task of this.tasks) task.start();
  }

  /** Members were stopped before, each by its owner. */
  protected override async onStop(): Promise<void> {
    this.routes.stop();
    await Promise.all(this.tasks.map((task) => task.stop()));
    await this.nameServerAddresses.stop();
    await this.remoting.stop();
    this.replies.failAll(new ClosedError('the client has stopped; no reply comes any more'));
  }

  private claim<Member extends { readonly group: string }>(
    members: Map<string, Member>,
    member: Member,
    kind: string,
  ): void {
    if (members.has(member.group)) {
      throw new ConfigurationError(
        'group',
        `${kind} group '${member.group}' has a ${kind} on this connection already; share that one, or choose another group`,
      );
    }
    members.set(member.group, member);
  }

  private async unregister(header: UnregisterClientRequest): Promise<void> {
    await Promise.all(
      [...this.greeted].map((address) =>
        this.brokers.unregisterClient(address, header).catch((error: unknown) => {
          this.logger.warn('broker not told that a group has left; it will notice', { address, ...header, error });
        }),
      ),
    );
  }

  /** Slaves hear of consumers only. */
  private brokersToGreet(): string[] {
    const brokers = this.routes.allBrokers();
    return brokers
      .filter(({ brokerId }) => brokerId === MASTER_ID || this.consumers.size > 0)
      .map(({ address }) => address);
  }

  /** A broker forgets its clients with their connection, so the first thing a new one carries is a heartbeat. */
  private greetingConnector(connector: Connector): Connector {
    return {
      connect: async (address, processors, timeoutMs) => {
        const channel = await connector.connect(address, processors, timeoutMs).catch((error: unknown) => {
          this.reconnected.set(address, undefined); // it may be starting anew
          throw error;
        });
        channel.onClose(() => this.onBrokerLost(address));
        if (this.hasMembers && this.brokersToGreet().includes(address)) {
          const command = heartbeatCommand(this.describe());
          const heard = await this.tell(address, async () => {
            expectSuccess(await channel.invoke(command, API_TIMEOUT_MS), address);
          });
          if (heard) this.rebalanceSoon();
        }
        return channel;
      },
    };
  }

  /** @returns whether the broker has heard it */
  private async tell(address: string, heartbeat: () => Promise<void>): Promise<boolean> {
    try {
      await heartbeat();
      this.greeted.add(address);
      if (this.reconnected.has(address)) {
        this.reconnected.set(address, this.reconnected.get(address) ?? this.clock.monotonic());
      }
      return true;
    } catch (error) {
      if (!this.isStopping) this.logger.warn('heartbeat failed', { address, error });
      return false;
    }
  }

  private describe(): HeartbeatData {
    return {
      clientID: this.clientId,
      producerDataSet: [...this.producers.keys()].map((groupName) => ({ groupName })),
      consumerDataSet: [...this.consumers.values()].map((consumer) => consumer.describe()),
    };
  }

  private get hasMembers(): boolean {
    return this.producers.size + this.consumers.size > 0;
  }

  private onBrokerLost(address: string): void {
    this.greeted.delete(address);
    this.reconnected.set(address, undefined);
    for (const consumer of this.consumers.values()) consumer.onBrokerLost(address);
  }

  private onRouteChange(topic: string): void {
    for (const address of this.brokersToGreet()) {
      if (!this.greeted.has(address)) void this.heartbeat(address);
    }
    for (const consumer of this.consumers.values()) {
      if (consumer.isSubscribedTo(topic)) consumer.rebalanceSoon();
    }
  }

  private async persistOffsets(): Promise<void> {
    await Promise.all([...this.consumers.values()].map((consumer) => consumer.persistOffsets()));
  }

  private rebalanceSoon(): void {
    for (const consumer of this.consumers.values()) consumer.rebalanceSoon();
  }

  private every(intervalMs: number, failure: string, run: () => void | Promise<void>): PeriodicTask {
    const onError = (error: unknown): void => this.logger.error(failure, { error });
    return new PeriodicTask({ clock: this.clock, intervalMs, run, onError, isUpkeep: true });
  }
}

/** `192.0.2.2`; IPv6 as groups of hex. */
function formatIp(ip: Buffer): string {
  if (ip.length === 4) return ip.join('.');
  return ip.toString('hex').replace(/(.{4})(?=.)/g, '$1:');
}
