import { isSameVersion, type DataVersion } from '../protocol/bodies/data-version.js';
import type { TopicConfig } from '../protocol/bodies/topic-config.js';
import {
  MASTER_ID,
  Permission,
  type BrokerData,
  type QueueData,
  type TopicRouteData,
} from '../protocol/bodies/topic-route-data.js';
import {
  BrokerTable,
  describeSet,
  hasMaster,
  smallestId,
  type BrokerIdentity,
  type BrokerSet,
  type LiveBroker,
} from './broker-table.js';
import { TopicQueueTable } from './topic-queue-table.js';

/** What a broker says of itself, again every 30 s. */
export interface Registration extends BrokerIdentity {
  readonly haServerAddr: string;
  readonly zoneName?: string;
  /** Whether a slave of the set may stand in for its master; brokers before 5.0 don't say. */
  readonly enableActingMaster?: boolean;
  readonly heartbeatTimeoutMs: number;
  readonly dataVersion: DataVersion;
  readonly topics: readonly TopicConfig[];
}

export type RegistrationOutcome =
  /** A slave learns where its master is. */
  | { readonly status: 'REGISTERED'; readonly masterAddr?: string; readonly haServerAddr?: string }
  /** Nothing was changed and, as with Apache, the broker isn't told. */
  | { readonly status: 'IGNORED'; readonly reason: string }
  | { readonly status: 'REFUSED'; readonly reason: string };

/**
 * All that a name server knows of brokers and topics. Pure: times and connections come as
 * arguments. Connections are numbered in the order they were opened, so that what is left of a
 * broker's former start (its registration, its farewell, the end of its connection) cannot undo
 * what its present start said.
 * Source: Apache 5.3 RouteInfoManager.
 */
export class RouteTable {
  private readonly brokers = new BrokerTable();
  private readonly queues = new TopicQueueTable();

  /** @param deleteMissingTopics whether topics that the registration doesn't name are forgotten */
  register(
    registration: Registration,
    connection: number,
    now: number,
    { deleteMissingTopics = false } = {},
  ): RegistrationOutcome {
    const { clusterName, brokerName, brokerId, brokerAddr, dataVersion, enableActingMaster, zoneName } = registration;
    const known = this.brokers.find(clusterName, brokerAddr);
    if (known !== undefined && connection < known.connection) {
      return { status: 'IGNORED', reason: 'it has registered over a later connection' };
    }
    const holder = this.brokers.set(brokerName)?.addresses.get(brokerId);
    if (holder !== undefined && holder !== brokerAddr && this.isNewer(clusterName, holder, dataVersion)) {
      if (known !== undefined) this.remove(known);
      return { status: 'IGNORED', reason: `its id is held, with a newer state, by ${holder}` };
    }
    if (holder === undefined && registration.topics.length === 1) {
      return { status: 'REFUSED', reason: 'a broker has to register all its topics before a single one' };
    }

    const set = this.brokers.put(toLiveBroker(registration, connection, now), {
      enableActingMaster: enableActingMaster ?? false,
      zoneName,
    });
    const standsIn = brokerId !== MASTER_ID && enableActingMaster !== undefined && brokerId === smallestId(set);
    if (brokerId === MASTER_ID || standsIn) {
      const hasChanged = holder === undefined || known === undefined || !isSameVersion(known.dataVersion, dataVersion);
      const readOnly = standsIn && set.enableActingMaster;
      if (deleteMissingTopics) this.deleteMissing(brokerName, registration.topics);
      this.updateTopics(brokerName, registration.topics, { hasChanged, readOnly });
    }
    return { status: 'REGISTERED', ...this.masterOf(set, registration) };
  }

  /** @returns false when the broker isn't here, or has registered over a later connection since */
  unregister({ clusterName, brokerAddr }: BrokerIdentity, connection: number): boolean {
    const broker = this.brokers.find(clusterName, brokerAddr);
    if (broker === undefined || connection < broker.connection) return false;
    this.remove(broker);
    return true;
  }

  /** A broker lives as long as the connection it registered over. @returns those that are gone with it */
  connectionClosed(connection: number): LiveBroker[] {
    return this.removeWhere((broker) => broker.connection === connection);
  }

  /** Removes brokers that have been silent for longer than they said they would be. */
  expire(now: number): LiveBroker[] {
    return this.removeWhere(({ lastUpdate, heartbeatTimeoutMs }) => lastUpdate + heartbeatTimeoutMs < now);
  }

  keepAlive(clusterName: string, brokerAddr: string, connection: number, now: number): void {
    const broker = this.brokers.find(clusterName, brokerAddr);
    if (broker !== undefined && connection >= broker.connection) broker.lastUpdate = now;
  }

  /** Of the broker's last registration. */
  dataVersion(clusterName: string, brokerAddr: string): DataVersion | undefined {
    return this.brokers.find(clusterName, brokerAddr)?.dataVersion;
  }

  /** Nothing is changed unless every broker is known. @returns whether it was */
  registerTopic(topic: string, queueDatas: readonly QueueData[]): boolean {
    if (!queueDatas.every(({ brokerName }) => this.brokers.set(brokerName) !== undefined)) return false;
    for (const data of queueDatas) this.queues.put(topic, data);
    return true;
  }

  /** On the brokers of one cluster, or everywhere. */
  deleteTopic(topic: string, clusterName?: string): void {
    if (clusterName === undefined || clusterName === '') this.queues.delete(topic);
    else for (const brokerName of this.brokers.namesOf(clusterName)) this.queues.deleteOnBroker(topic, brokerName);
  }

  /** Until the broker registers a changed table. @returns how many topics it has */
  wipeWritePermission(brokerName: string): number {
    return this.queues.wipeWritePermission(brokerName);
  }

  /** @returns how many topics the broker has */
  addWritePermission(brokerName: string): number {
    return this.queues.addWritePermission(brokerName);
  }

  /** Undefined when no broker that is known has the topic. */
  route(topic: string): TopicRouteData | undefined {
    const queueDatas = this.queues.get(topic);
    const brokerDatas: BrokerData[] = [];
    for (const { brokerName } of queueDatas) {
      const set = this.brokers.set(brokerName);
      if (set !== undefined) brokerDatas.push(describeSet(set));
    }
    return brokerDatas.length === 0 ? undefined : { queueDatas, brokerDatas, filterServerTable: {} };
  }

  brokerData(brokerName: string): BrokerData | undefined {
    const set = this.brokers.set(brokerName);
    return set && describeSet(set);
  }

  allBrokers(): BrokerData[] {
    return Array.from(this.brokers.allSets(), describeSet);
  }

  clusters(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.brokers.allClusters();
  }

  topics(): string[] {
    return this.queues.names();
  }

  topicsOfCluster(clusterName: string): string[] {
    const names = [...this.brokers.namesOf(clusterName)].flatMap((name) => this.queues.namesOnBroker(name));
    return [...new Set(names)];
  }

  topicsByFlag(test: (topicSysFlag: number) => boolean): string[] {
    return this.queues.namesByFlag(test);
  }

  private isNewer(clusterName: string, brokerAddr: string, than: DataVersion): boolean {
    const version = this.dataVersion(clusterName, brokerAddr);
    return version !== undefined && version.stateVersion > than.stateVersion;
  }

  private deleteMissing(brokerName: string, topics: readonly TopicConfig[]): void {
    const named = new Set(topics.map(({ topicName }) => topicName));
    for (const topic of this.queues.namesOnBroker(brokerName)) {
      if (!named.has(topic)) this.queues.deleteOnBroker(topic, brokerName);
    }
  }

  private updateTopics(
    brokerName: string,
    topics: readonly TopicConfig[],
    { hasChanged, readOnly }: { hasChanged: boolean; readOnly: boolean },
  ): void {
    for (const { topicName, readQueueNums, writeQueueNums, perm, topicSysFlag } of topics) {
      if (!hasChanged && this.queues.has(topicName, brokerName)) continue;
      this.queues.put(topicName, {
        brokerName,
        readQueueNums,
        writeQueueNums,
        perm: readOnly ? perm & ~Permission.write : perm,
        topicSysFlag,
      });
    }
  }

  private masterOf(set: BrokerSet, { brokerId, clusterName }: Registration) {
    const masterAddr = brokerId === MASTER_ID ? undefined : set.addresses.get(MASTER_ID);
    const master = masterAddr === undefined ? undefined : this.brokers.find(clusterName, masterAddr);
    return master && { masterAddr: master.brokerAddr, haServerAddr: master.haServerAddr };
  }

  private removeWhere(isGone: (broker: LiveBroker) => boolean): LiveBroker[] {
    const gone = this.brokers.allLive().filter(isGone);
    for (const broker of gone) this.remove(broker);
    return gone;
  }

  private remove(broker: LiveBroker): void {
    const set = this.brokers.remove(broker);
    if (set === undefined) return;
    if (set.addresses.size === 0) this.queues.deleteBroker(set.brokerName);
    else if (set.enableActingMaster && !hasMaster(set)) this.queues.wipeWritePermission(set.brokerName);
  }
}

function toLiveBroker(registration: Registration, connection: number, now: number): LiveBroker {
  const { clusterName, brokerName, brokerId, brokerAddr, haServerAddr, dataVersion, heartbeatTimeoutMs } = registration;
  return {
    clusterName,
    brokerName,
    brokerId,
    brokerAddr,
    haServerAddr,
    dataVersion,
    heartbeatTimeoutMs,
    connection,
    lastUpdate: now,
  };
}
