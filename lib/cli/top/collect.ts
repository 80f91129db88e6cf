import {
  deadLetterTopic,
  groupOfRetryTopic,
  isDeadLetterTopic,
  isRetryTopic,
  isSystemGroup,
  isSystemTopic,
  MASTER_ID,
  type AdminClient,
  type BrokerConsumeStatistics,
  type Clock,
  type ClusterBroker,
  type GroupQueueProgress,
  type UndecidedTransaction,
} from '../../engine/index.js';
import type { BrokerSample, GroupSample, PendingSample, Sample, TopicSample } from './sample.js';

/** Requests on their way at a time: a look at a large cluster must not be a burden to it. */
const CONCURRENCY = 16;

export async function collect(admin: AdminClient, clock: Clock): Promise<Sample> {
  const brokers = (await admin.brokers.list()).filter(({ brokerId }) => brokerId === MASTER_ID);
  const names = await admin.topics.names();
  const places = new Set(brokers.flatMap(({ cluster, brokerName }) => [cluster, brokerName, `${cluster}_REPLY_TOPIC`])); // every broker has such topics
  const isOwn = (topic: string): boolean =>
    !isSystemTopic(topic) && !isRetryTopic(topic) && !isDeadLetterTopic(topic) && !places.has(topic);
  const topics = await inBatches(names.filter(isOwn).sort(), (topic) => topicSample(admin, topic));
  const groups = await groupSamples(admin, brokers, names);
  const pending = await admin.transactions.pending();
  const givenUp = await admin.transactions.givenUpQueues();
  return {
    at: clock.now(),
    brokers: await inBatches(brokers, ({ address }) => brokerSample(admin, address)),
    topics,
    groups,
    transactions: pendingSamples(pending, clock.now()),
    givenUpTransactions: givenUp.reduce((sum, { begin, end }) => sum + end - begin, 0),
  };
}

async function brokerSample(admin: AdminClient, address: string): Promise<BrokerSample> {
  const diskRatio = Number((await admin.brokers.runtimeInfo(address)).commitLogDiskRatio);
  return { address, diskRatio: Number.isFinite(diskRatio) && diskRatio >= 0 ? diskRatio : undefined };
}

async function topicSample(admin: AdminClient, topic: string): Promise<TopicSample> {
  const { queues, topicPutTps } = await admin.topics.statistics(topic);
  return {
    topic,
    queues: queues.length,
    stored: sum(queues, ({ minOffset, maxOffset }) => maxOffset - minOffset),
    sent: sum(queues, ({ maxOffset }) => maxOffset),
    sentPerSecond: topicPutTps,
  };
}

async function groupSamples(
  admin: AdminClient,
  brokers: readonly ClusterBroker[],
  topics: readonly string[],
): Promise<GroupSample[]> {
  const statistics = await inBatches(brokers, ({ address }) => admin.offsets.statisticsOfBroker(address));
  const groups = [...new Set(statistics.flatMap(({ groups: each }) => each.map(({ group }) => group)))];
  const samples = await inBatches(groups.filter((group) => !isSystemGroup(group)).sort(), async (group) => {
    const clients = await Promise.all(brokers.map(({ address }) => admin.clients.consumersAt(group, address)));
    const ids = new Set(clients.flatMap((each) => (each?.connections ?? []).map(({ clientId }) => clientId)));
    const hasDeadLetters = topics.includes(deadLetterTopic(group));
    const deadLetters = hasDeadLetters ? (await admin.deadLetters.count(group)).waiting : 0;
    return samplesOf(group, statistics, { clients: ids.size, deadLetters });
  });
  return samples.flat();
}

/** A line for each topic the group consumes. */
function samplesOf(
  group: string,
  statistics: readonly BrokerConsumeStatistics[],
  { clients, deadLetters }: Pick<GroupSample, 'clients' | 'deadLetters'>,
): GroupSample[] {
  const parts = statistics.flatMap(({ groups }) => groups.filter((each) => each.group === group));
  const byTopic = new Map<string, { queues: GroupQueueProgress[]; tps: number }>();
  for (const { queues, consumeTps } of parts.flatMap(({ statistics: each }) => each)) {
    const topic = queues.at(0)?.queue.topic;
    if (topic === undefined) continue;
    const known = byTopic.get(topic) ?? { queues: [], tps: 0 };
    byTopic.set(topic, { queues: [...known.queues, ...queues], tps: known.tps + consumeTps });
  }
  const retries = [...byTopic]
    .filter(([topic]) => isRetryTopic(topic) && groupOfRetryTopic(topic) === group)
    .reduce((total, [, { queues }]) => total + lagOf(queues), 0);
  const own = [...byTopic].filter(([topic]) => !isRetryTopic(topic) && !isDeadLetterTopic(topic));
  return own.map(([topic, { queues, tps }]) => ({
    group,
    topic,
    clients,
    consumed: sum(queues, ({ consumerOffset }) => consumerOffset),
    consumedPerSecond: tps,
    lag: lagOf(queues),
    retries,
    deadLetters,
  }));
}

function pendingSamples(transactions: readonly UndecidedTransaction[], now: number): PendingSample[] {
  const samples = new Map<string, PendingSample>();
  for (const { producerGroup, topic, bornTimestamp } of transactions) {
    const key = `${topic}@${producerGroup}`;
    const { count, oldestMs } = samples.get(key) ?? { count: 0, oldestMs: 0 };
    samples.set(key, { producerGroup, topic, count: count + 1, oldestMs: Math.max(oldestMs, now - bornTimestamp) });
  }
  return [...samples.values()].sort((a, b) => b.count - a.count);
}

function lagOf(queues: readonly GroupQueueProgress[]): number {
  return sum(queues, ({ brokerOffset, consumerOffset }) => Math.max(0, brokerOffset - consumerOffset));
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += CONCURRENCY) {
    results.push(...(await Promise.all(items.slice(start, start + CONCURRENCY).map(work))));
  }
  return results;
}
