import type { EventLoopWatch } from '../engine/index.js';
import type { OutboxStatus } from '../transaction/index.js';
import type { TelemetrySource } from '../transport/telemetry.js';
import type { InstrumentKey, Labels } from './instruments.js';

/** One value of a gauge. */
export interface Sample {
  readonly instrument: InstrumentKey;
  readonly value: number;
  readonly labels?: Labels;
}

/** Something that is looked at each time metrics are collected. */
export interface MetricSource {
  readonly name: string;
  collect(): Promise<readonly Sample[]> | readonly Sample[];
}

/** Of the groups of the application, and of the transactions of its cluster. */
export function clusterSource({ engine, groups }: TelemetrySource): MetricSource {
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
        for (const topic of topics) {
          const progress = await admin.offsets.progress(group, topic).catch(() => []); // a topic that is not there yet has no lag
          const value = progress.reduce((sum, { lag }) => sum + lag, 0);
          samples.push({ instrument: 'lag', value, labels: { group, topic } });
        }
      }
      const pending = await admin.transactions.pending();
      return [...samples, { instrument: 'pendingTransactions', value: pending.length }];
    },
  };
}

/** Of the broker that is embedded; nothing when the cluster is elsewhere. */
export function storeSource({ engine }: Pick<TelemetrySource, 'engine'>): MetricSource {
  return {
    name: 'store',
    collect: async () => {
      const figures = (await engine()).figures?.();
      if (figures === undefined) return [];
      const { flushes, readCache, unflushedMs, maxPhysicalOffset, minPhysicalOffset } = figures.store;
      return [
        ...quantiles('storeFlush', flushes),
        { instrument: 'storeUnflushed', value: unflushedMs / 1000 },
        { instrument: 'storeBytes', value: maxPhysicalOffset - minPhysicalOffset },
        { instrument: 'cacheBytes', value: readCache.bytes },
        { instrument: 'cacheReads', value: readCache.hits, labels: { result: 'hit' } },
        { instrument: 'cacheReads', value: readCache.misses, labels: { result: 'miss' } },
      ];
    },
  };
}

export function eventLoopSource(watch: Pick<EventLoopWatch, 'take'>): MetricSource {
  return { name: 'event loop', collect: () => quantiles('eventLoopDelay', watch.take()) };
}

/** Of an outbox, such as OutboxService. */
export function outboxSource(outbox: { status(): Promise<OutboxStatus> }): MetricSource {
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

function quantiles(
  instrument: InstrumentKey,
  { p50Ms, p99Ms, maxMs }: { p50Ms: number; p99Ms: number; maxMs: number },
): Sample[] {
  return [
    { instrument, value: p50Ms / 1000, labels: { quantile: '0.5' } },
    { instrument, value: p99Ms / 1000, labels: { quantile: '0.99' } },
    { instrument, value: maxMs / 1000, labels: { quantile: '1' } },
  ];
}
