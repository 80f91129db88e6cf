import { getOrCreate } from '../common/get-or-create.js';
import type { DataVersion } from '../protocol/bodies/data-version.js';
import { MASTER_ID, type BrokerData } from '../protocol/bodies/topic-route-data.js';

/** One broker process. */
export interface BrokerIdentity {
  readonly clusterName: string;
  /** Of the set it belongs to. */
  readonly brokerName: string;
  /** 0 is the set's master. */
  readonly brokerId: number;
  readonly brokerAddr: string;
}

/** A broker that registered and has not gone since. */
export interface LiveBroker extends BrokerIdentity {
  readonly haServerAddr: string;
  readonly dataVersion: DataVersion;
  readonly heartbeatTimeoutMs: number;
  /** Number of the connection it registered over; a later connection has a higher one. */
  readonly connection: number;
  lastUpdate: number;
}

/** A master and its slaves. */
export interface BrokerSet {
  readonly cluster: string;
  readonly brokerName: string;
  /** By broker id. */
  readonly addresses: Map<number, string>;
  /** Both are of whichever broker of the set registered last. */
  enableActingMaster: boolean;
  zoneName?: string;
}

/** Which brokers there are, by name and by cluster, and which of them live. */
export class BrokerTable {
  private readonly sets = new Map<string, BrokerSet>();
  private readonly clusters = new Map<string, Set<string>>();
  private readonly live = new Map<string, LiveBroker>();

  set(brokerName: string): BrokerSet | undefined {
    return this.sets.get(brokerName);
  }

  allSets(): IterableIterator<BrokerSet> {
    return this.sets.values();
  }

  /** Cluster name to the names of its brokers. */
  allClusters(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.clusters;
  }

  namesOf(cluster: string): ReadonlySet<string> {
    return this.clusters.get(cluster) ?? new Set();
  }

  find(clusterName: string, brokerAddr: string): LiveBroker | undefined {
    return this.live.get(key(clusterName, brokerAddr));
  }

  allLive(): LiveBroker[] {
    return [...this.live.values()];
  }

  /** Enters a broker. An address serves one id of a set: under its former one it is forgotten. */
  put(
    broker: LiveBroker,
    { enableActingMaster, zoneName }: Pick<BrokerSet, 'enableActingMaster' | 'zoneName'>,
  ): BrokerSet {
    const { clusterName, brokerName, brokerId, brokerAddr } = broker;
    getOrCreate(this.clusters, clusterName, () => new Set()).add(brokerName);
    const set: BrokerSet = getOrCreate(this.sets, brokerName, () => ({
      cluster: clusterName,
      brokerName,
      addresses: new Map<number, string>(),
      enableActingMaster,
    }));
    set.enableActingMaster = enableActingMaster;
    set.zoneName = zoneName;
    forget(set, brokerAddr);
    set.addresses.set(brokerId, brokerAddr);
    this.live.set(key(clusterName, brokerAddr), broker);
    return set;
  }

  /** @returns the set it leaves behind, without addresses when it was the last */
  remove({ clusterName, brokerName, brokerAddr }: BrokerIdentity): BrokerSet | undefined {
    this.live.delete(key(clusterName, brokerAddr));
    const set = this.sets.get(brokerName);
    if (set === undefined) return undefined;
    forget(set, brokerAddr);
    if (set.addresses.size === 0) this.removeSet(set);
    return set;
  }

  private removeSet({ brokerName }: BrokerSet): void {
    this.sets.delete(brokerName);
    for (const [cluster, names] of this.clusters) {
      names.delete(brokerName);
      if (names.size === 0) this.clusters.delete(cluster);
    }
  }
}

export function smallestId({ addresses }: BrokerSet): number {
  return Math.min(...addresses.keys());
}

export function hasMaster({ addresses }: BrokerSet): boolean {
  return addresses.has(MASTER_ID);
}

/** The set as it is told to others: a copy. */
export function describeSet({ cluster, brokerName, addresses, enableActingMaster, zoneName }: BrokerSet): BrokerData {
  return { cluster, brokerName, brokerAddrs: Object.fromEntries(addresses), enableActingMaster, zoneName };
}

function forget(set: BrokerSet, brokerAddr: string): void {
  for (const [id, address] of set.addresses) if (address === brokerAddr) set.addresses.delete(id);
}

function key(clusterName: string, brokerAddr: string): string {
  return `${clusterName}@${brokerAddr}`;
}
