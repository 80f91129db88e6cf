import {
  deadLetterTopic,
  isRetryTopic,
  isSystemGroup,
  MASTER_ID,
  type AdminClient,
  type BrokerConsumeStatistics,
  type Clock,
  type ClusterBroker,
} from '../../engine/index.js';
import type { BrokerFacts, Facts, GroupClient, GroupFacts } from './facts.js';
import { probe } from './probe.js';

export type ClusterFacts = Omit<Facts, 'store'>;

/** Asks a cluster how it is; servers that don't answer are facts as well. */
export async function clusterFacts(
  admin: AdminClient,
  nameServers: readonly string[],
  clock: Clock,
): Promise<ClusterFacts> {
  const reached = await Promise.all(nameServers.map(async (address) => ({ address, problem: await probe(address) })));
  if (reached.every(({ problem }) => problem !== undefined)) {
    return { nameServers: reached, brokers: [], groups: [], givenUpTransactions: 0 };
  }
  const all = await admin.brokers.list();
  const brokers = await Promise.all(all.map((broker) => brokerFacts(admin, broker, clock)));
  const masters = brokers.filter(({ brokerId, problem }) => brokerId === MASTER_ID && problem === undefined);
  const addresses = masters.map(({ address }) => address);
  return {
    nameServers: reached,
    brokers,
    groups: await groupFacts(admin, addresses),
    givenUpTransactions: addresses.length > 0 ? await countGivenUp(admin) : 0,
  };
}

async function brokerFacts(
  admin: AdminClient,
  { brokerName, brokerId, address }: ClusterBroker,
  clock: Clock,
): Promise<BrokerFacts> {
  const problem = await probe(address);
  if (problem !== undefined) return { brokerName, brokerId, address, problem };
  try {
    const before = clock.now();
    const info = await admin.brokers.runtimeInfo(address);
    const ours = (before + clock.now()) / 2;
    const theirs = Number(info.bootTimestamp) + durationMs(info.runtime ?? '');
    const diskRatio = Number(info.commitLogDiskRatio);
    return {
      brokerName,
      brokerId,
      address,
      clockSkewMs: Number.isFinite(theirs) ? theirs - ours : undefined,
      diskRatio: Number.isFinite(diskRatio) ? diskRatio : undefined,
    };
  } catch (error) {
    return { brokerName, brokerId, address, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** `[ 1 days, 2 hours, 3 minutes, 4 seconds ]`, as brokers write how long they run. */
export function durationMs(text: string): number {
  const units = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1000 };
  return Object.entries(units).reduce(
    (sum, [unit, ms]) => sum + Number(new RegExp(`(\\d+) ${unit}`).exec(text)?.[1] ?? 0) * ms,
    0,
  );
}

async function groupFacts(admin: AdminClient, addresses: readonly string[]): Promise<GroupFacts[]> {
  const topics = new Set(await admin.topics.names());
  const statistics = await Promise.all(addresses.map((address) => admin.offsets.statisticsOfBroker(address)));
  const names = new Set<string>();
  for (const address of addresses) {
    for (const { groupName } of await admin.groups.configs(address))
      if (!isSystemGroup(groupName)) names.add(groupName);
  }
  const facts: GroupFacts[] = [];
  for (const group of [...names].sort()) {
    const clients = (await Promise.all(addresses.map((address) => clientsAt(admin, group, address)))).flat();
    facts.push({
      group,
      clients,
      lag: lagOf(group, statistics),
      queues: await queuesOf(admin, clients, topics),
      deadLetters: topics.has(deadLetterTopic(group)) ? (await admin.deadLetters.count(group)).waiting : 0,
    });
  }
  return facts;
}

async function clientsAt(admin: AdminClient, group: string, address: string): Promise<GroupClient[]> {
  const known = await admin.clients.consumersAt(group, address);
  return Promise.all(
    (known?.connections ?? []).map(async ({ clientId, clientAddr }) => ({
      clientId,
      clientAddr,
      brokerAddress: address,
      subscriptions: await subscriptionsOf(admin, group, clientId, address),
    })),
  );
}

async function subscriptionsOf(
  admin: AdminClient,
  group: string,
  clientId: string,
  address: string,
): Promise<GroupClient['subscriptions']> {
  try {
    const { subscriptions } = await admin.clients.consumerStatus(group, clientId, { address });
    const own = subscriptions.filter(({ topic }) => !isRetryTopic(topic));
    return new Map(own.map(({ topic, subString }) => [topic, subString]));
  } catch {
    return undefined; // clients of other languages don't tell
  }
}

function lagOf(group: string, statistics: readonly BrokerConsumeStatistics[]): Map<string, number> {
  const lag = new Map<string, number>();
  const queues = statistics
    .flatMap(({ groups }) => groups.filter((each) => each.group === group))
    .flatMap((each) => each.statistics.flatMap((topic) => topic.queues));
  for (const { queue, brokerOffset, consumerOffset } of queues) {
    lag.set(queue.topic, (lag.get(queue.topic) ?? 0) + Math.max(0, brokerOffset - consumerOffset));
  }
  return lag;
}

async function queuesOf(
  admin: AdminClient,
  clients: readonly GroupClient[],
  topics: ReadonlySet<string>,
): Promise<Map<string, number>> {
  const subscribed = new Set(clients.flatMap(({ subscriptions }) => [...(subscriptions?.keys() ?? [])]));
  const there = [...subscribed].filter((topic) => topics.has(topic));
  return new Map(
    await Promise.all(there.map(async (topic) => [topic, (await admin.topics.queues(topic)).length] as const)),
  );
}

async function countGivenUp(admin: AdminClient): Promise<number> {
  const queues = await admin.transactions.givenUpQueues();
  return queues.reduce((sum, { begin, end }) => sum + end - begin, 0);
}
