import {
  DurationHistogram,
  retryTopic,
  type DurationBucket,
  type Engine,
  type EventLoopWatch,
} from '../engine/index.js';
import type { TelemetrySource } from '../transport/telemetry.js';
import type { InstrumentKey, Labels } from './instruments.js';

/** What an observed instrument is now: a counter since its start, as a histogram by its buckets. */
export interface Sample {
  readonly instrument: InstrumentKey;
  readonly value: number | readonly DurationBucket[];
  readonly labels?: Labels;
}

/** Something that is looked at each time metrics are collected. */
export interface MetricSource {
  readonly name: string;
  collect(): Promise<readonly Sample[]> | readonly Sample[];
}

/** Everything that there is in an application. */
export function sourcesOf(source: TelemetrySource, eventLoop: Pick<EventLoopWatch, 'drainInto'>): MetricSource[] {
  const { outbox, inbox, unconfirmed } = source;
  return [
    clusterSource(source),
    storeSource(source),
    eventLoopSource(eventLoop),
    ...(outbox ? [outboxSource(outbox)] : []),
    ...(inbox ? [inboxSource(inbox)] : []),
    ...(unconfirmed ? [unconfirmedSource(unconfirmed, source)] : []),
  ];
}

/** Of the groups of the application, and of the transactions of its cluster. */
function clusterSource({ engine, groups }: TelemetrySource): MetricSource {
  return {
    name: 'cluster',
    collect: async () => {
      const { admin } = await engine();
      const own = new Set(groups().map(({ group }) => group));
      const counts = await admin.deadLetters.counts();
      const samples: Sample[] = counts
        .filter(({ group }) => own.has(group))
        .map(({ group, waiting }) => ({ instrument: 'deadLetters', value: waiting, labels: { group } }));
      for (const { group, topics } of groups()) {
        for (const topic of topics)
          samples.push({ instrument: 'lag', value: await lagOf(admin, group, topic), labels: { group, topic } });
        samples.push({
          instrument: 'retryLag',
          value: await lagOf(admin, group, retryTopic(group)),
          labels: { group },
        });
      }
      return [...samples, ...(await transactionSamples(admin))];
    },
  };
}

async function lagOf({ offsets }: Engine['admin'], group: string, topic: string): Promise<number> {
  const progress = await offsets.progress(group, topic).catch(() => []); // a topic that is not there yet has no lag
  return progress.reduce((sum, { lag }) => sum + lag, 0);
}

async function transactionSamples({ transactions }: Engine['admin']): Promise<Sample[]> {
  const pending = await transactions.pending();
  const givenUp = await transactions.givenUpQueues();
  return [
    { instrument: 'pendingTransactions', value: pending.length },
    { instrument: 'transactionChecks', value: Math.max(0, ...pending.map(({ checkTimes }) => checkTimes)) },
    { instrument: 'givenUpTransactions', value: givenUp.reduce((sum, { begin, end }) => sum + end - begin, 0) },
  ];
}

/** Of the broker that is embedded; nothing when the cluster is elsewhere. */
function storeSource({ engine }: Pick<TelemetrySource, 'engine'>): MetricSource {
  return {
    name: 'store',
    collect: async () => {
      const figures = (await engine()).figures?.();
      if (figures === undefined) return [];
      const { flushes, readCache, unflushedMs, maxPhysicalOffset, minPhysicalOffset } = figures.store;
      return [
        { instrument: 'storeFlush', value: flushes },
        { instrument: 'storeUnflushed', value: unflushedMs / 1000 },
        { instrument: 'storeBytes', value: maxPhysicalOffset - minPhysicalOffset },
        { instrument: 'cacheBytes', value: readCache.bytes },
        { instrument: 'cacheReads', value: readCache.hits, labels: { result: 'hit' } },
        { instrument: 'cacheReads', value: readCache.misses, labels: { result: 'miss' } },
      ];
    },
  };
}

function eventLoopSource(watch: Pick<EventLoopWatch, 'drainInto'>): MetricSource {
  const delays = new DurationHistogram();
  return {
    name: 'event loop',
    collect: () => {
      watch.drainInto(delays);
      return [{ instrument: 'eventLoopDelay', value: delays.buckets() }];
    },
  };
}

function outboxSource(outbox: NonNullable<TelemetrySource['outbox']>): MetricSource {
  return {
    name: 'outbox',
    collect: async () => {
      const { lagMs, waiting, again, parked, held } = await outbox.status();
      const rows = Object.entries({ waiting, again, parked, held });
      return [
        { instrument: 'outboxLag', value: lagMs / 1000 },
        ...rows.map(([state, value]): Sample => ({ instrument: 'outboxRows', value, labels: { state } })),
      ];
    },
  };
}

function inboxSource({ counts }: NonNullable<TelemetrySource['inbox']>): MetricSource {
  return {
    name: 'inbox',
    collect: () => {
      const outcomes = { applied: counts.applied, duplicate: counts.duplicates, failed: counts.failed };
      return Object.entries(outcomes).map(([outcome, value]) => ({
        instrument: 'inboxMessages',
        value,
        labels: { outcome },
      }));
    },
  };
}

function unconfirmedSource(
  unconfirmed: NonNullable<TelemetrySource['unconfirmed']>,
  { clock }: Pick<TelemetrySource, 'clock'>,
): MetricSource {
  return {
    name: 'transaction records',
    collect: async () => {
      const { count, oldestCreatedAt = clock.now() } = await unconfirmed();
      return [
        { instrument: 'unconfirmedTransactions', value: count },
        { instrument: 'unconfirmedAge', value: Math.max(0, clock.now() - oldestCreatedAt) / 1000 },
      ];
    },
  };
}
