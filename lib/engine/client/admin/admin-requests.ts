import { ConfigurationError, TopicNotFoundError } from '../../common/errors.js';
import { parseFastjson, type FastjsonObject } from '../../common/fastjson.js';
import { objectOf } from '../../common/json-fields.js';
import { untilAborted } from '../../common/on-abort.js';
import { compareText, type MessageQueue } from '../../message/message-queue.js';
import type { Clock } from '../../ports/clock.js';
import { MASTER_ID } from '../../protocol/bodies/topic-route-data.js';
import { request, type CommandContent, type RemotingCommand } from '../../protocol/remoting-command.js';
import type { ClientInstance } from '../client-instance.js';
import type { BrokerApi } from '../broker-api.js';
import type { NameServerApi } from '../name-server-api.js';
import { expectSuccess } from '../response.js';
import type { TopicRoute } from '../topic-route.js';
import type { BrokerAddress } from '../route-cache.js';

/** Which brokers a change goes to. Default: all masters. */
export interface BrokerTarget {
  /** `host:port` of the one broker. */
  readonly address?: string;
  /** Only the masters of this cluster. */
  readonly cluster?: string;
  /** Only the masters of these sets. */
  readonly brokerNames?: readonly string[];
}

/** A broker of a cluster. */
export interface ClusterBroker extends BrokerAddress {
  readonly cluster: string;
}

/** Some answers take a broker's disk. Source: Apache 5.3 DefaultMQAdminExt. */
const ADMIN_TIMEOUT_MS = 5000;

/** How an operator's questions reach brokers and name servers. */
export class AdminRequests {
  readonly brokers: BrokerApi;
  readonly nameServers: NameServerApi;

  /** @param signal ends every wait */
  constructor(
    private readonly client: ClientInstance,
    private readonly signal?: AbortSignal,
  ) {
    this.brokers = signal ? client.brokers.withSignal(signal) : client.brokers;
    this.nameServers = signal ? client.nameServers.withSignal(signal) : client.nameServers;
  }

  get clock(): Clock {
    return this.client.clock;
  }

  /** @throws BrokerResponseError */
  ask(address: string, code: number, content?: CommandContent, timeoutMs = ADMIN_TIMEOUT_MS): Promise<RemotingCommand> {
    return this.brokers.invoke(address, request(code, content), timeoutMs);
  }

  /** The same where the answer is JSON. @throws also ProtocolError */
  async askJson(address: string, code: number, content?: CommandContent, timeoutMs?: number): Promise<FastjsonObject> {
    return jsonBody(await this.ask(address, code, content, timeoutMs));
  }

  /** Tells every broker of a target the same. @returns what each answered @throws the first failure, after all were told */
  async tell(
    target: BrokerTarget,
    code: number,
    content?: CommandContent,
  ): Promise<{ address: string; response: RemotingCommand }[]> {
    const addresses = await this.addressesOf(target);
    const outcomes = await Promise.allSettled(
      addresses.map(async (address) => ({ address, response: await this.ask(address, code, content) })),
    );
    return outcomes.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    });
  }

  async askNameServer(code: number, content?: CommandContent): Promise<RemotingCommand> {
    const { response, address } = await this.nameServers.ask(request(code, content));
    return expectSuccess(response, address);
  }

  /** By cluster, broker name and id. */
  async clusterBrokers(): Promise<ClusterBroker[]> {
    const data = await this.nameServers.brokers();
    const brokers = data.flatMap(({ cluster, brokerName, brokerAddrs }) =>
      Object.entries(brokerAddrs).map(([id, address]) => ({ cluster, brokerName, brokerId: Number(id), address })),
    );
    return brokers.sort(
      (a, b) => compareText(a.cluster, b.cluster) || compareText(a.brokerName, b.brokerName) || a.brokerId - b.brokerId,
    );
  }

  /** @throws ConfigurationError naming what is there, when the cluster or a broker is not */
  async addressesOf({ address, cluster, brokerNames }: BrokerTarget): Promise<string[]> {
    if (address !== undefined) return [address];
    const brokers = (await this.clusterBrokers()).filter(({ brokerId }) => brokerId === MASTER_ID);
    if (cluster !== undefined) checkKnown('cluster', [cluster], new Set(brokers.map((broker) => broker.cluster)));
    const inCluster = brokers.filter((broker) => cluster === undefined || broker.cluster === cluster);
    if (brokerNames) checkKnown('brokerNames', brokerNames, new Set(inCluster.map(({ brokerName }) => brokerName)));
    return inCluster
      .filter(({ brokerName }) => brokerNames?.includes(brokerName) ?? true)
      .map((broker) => broker.address);
  }

  /** Where a topic is: of each set the master, or a slave where the master is gone. @throws TopicNotFoundError */
  async brokersOfTopic(topic: string): Promise<BrokerAddress[]> {
    const route = await this.route(topic);
    if (!route || route.isProvisional) throw new TopicNotFoundError(topic, 'create it first');
    return this.client.routes.brokersOf(topic);
  }

  /** As the name servers know it now. */
  route(topic: string): Promise<TopicRoute | undefined> {
    return this.wait(this.client.routes.refresh(topic));
  }

  /** @throws ConnectError when the name servers know none */
  masterOf(queue: Pick<MessageQueue, 'topic' | 'brokerName'>): Promise<string> {
    return this.wait(this.client.routes.findMasterAddress(queue));
  }

  /** For questions that others have asked, too. */
  private wait<T>(work: Promise<T>): Promise<T> {
    return this.signal ? untilAborted(work, this.signal) : work;
  }
}

export function jsonBody({ body }: RemotingCommand): FastjsonObject {
  return objectOf(parseFastjson(body?.toString('utf8') ?? '{}'), 'the answer');
}

export function toJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function checkKnown(field: string, wanted: readonly string[], known: ReadonlySet<string>): void {
  const unknown = wanted.find((name) => !known.has(name));
  if (unknown === undefined) return;
  const there = known.size > 0 ? `known are ${[...known].join(', ')}` : 'there is none';
  throw new ConfigurationError(field, `the name servers know no master of '${unknown}'; ${there}`);
}
