import type { BrokerFigures } from '../broker/broker-figures.js';
import type { DurationBucket } from '../ports/duration-bucket.js';

type Labels = Readonly<Record<string, string>>;
type Line = readonly [value: number, labels?: Labels];

/**
 * A broker's figures as a page of Prometheus' text format. What Apache's brokers tell as well is told
 * by their names. Source: Apache 5.3 BrokerMetricsConstant, DefaultStoreMetricsConstant.
 */
export function metricsPage(figures: BrokerFigures, eventLoopDelays: readonly DurationBucket[]): string {
  const { store } = figures;
  const { flushes, readCache } = store;
  const common = { cluster: figures.clusterName, node_type: 'broker', node_id: figures.brokerName };
  const line = (name: string, [value, labels]: Line): string =>
    `${name}${labelText({ ...common, ...labels })} ${value}`;
  const family = (name: string, type: 'counter' | 'gauge', help: string, ...lines: Line[]): string =>
    [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines.map((each) => line(name, each))].join('\n');
  const histogram = (name: string, help: string, buckets: readonly DurationBucket[]): string => {
    const upTo = buckets.map((_, index) => buckets.slice(0, index + 1).reduce((sum, { count }) => sum + count, 0));
    return [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} histogram`,
      ...buckets.map(({ upToMs }, index) => line(`${name}_bucket`, [upTo[index], { le: boundText(upToMs) }])),
      line(`${name}_sum`, [buckets.reduce((sum, { totalMs }) => sum + totalMs, 0) / 1000]),
      line(`${name}_count`, [upTo.at(-1) ?? 0]),
    ].join('\n');
  };
  const lags = figures.lags.map(({ group, topic, messages }): Line => [messages, { consumer_group: group, topic }]);
  const dead = figures.deadLetters.map(({ group, messages }): Line => [messages, { consumer_group: group }]);
  const behind = store.maxPhysicalOffset - store.flushedPhysicalOffset;
  const families = [
    family('rocketmq_messages_in_total', 'counter', 'Messages stored since the start.', [figures.messagesIn]),
    family('rocketmq_throughput_in_total', 'counter', 'Bytes stored since the start.', [figures.bytesIn]),
    family('rocketmq_messages_out_total', 'counter', 'Messages handed out since the start.', [figures.messagesOut]),
    family('rocketmq_connections', 'gauge', 'Open connections.', [figures.connections]),
    family('rocketmq_topic_number', 'gauge', 'Topics, those of the system included.', [figures.topics]),
    family('rocketmq_consumer_lag_messages', 'gauge', 'Messages that wait for a group.', ...lags),
    family('rocketmq_dead_letter_messages', 'gauge', 'Stored dead letters of a group.', ...dead),
    family('rocketmq_storage_writeable', 'gauge', '0 while sends are refused.', [store.isWriteable ? 1 : 0]),
    family('rocketmq_storage_size', 'gauge', 'Bytes of the commit log.', [
      store.maxPhysicalOffset - store.minPhysicalOffset,
    ]),
    family('rocketmq_storage_flush_behind_bytes', 'gauge', 'Bytes that are not on the disk yet.', [behind]),
    family('rocketmq_storage_flush_age_seconds', 'gauge', 'How long the oldest of them has waited.', [
      store.unflushedMs / 1000,
    ]),
    histogram('rocketmq_storage_flush_seconds', 'Time of flushes.', flushes),
    family('rocketmq_storage_cache_bytes', 'gauge', 'Bytes read from files that are kept in memory.', [
      readCache.bytes,
    ]),
    family('rocketmq_storage_cache_hits_total', 'counter', 'Reads of older messages found there.', [readCache.hits]),
    family('rocketmq_storage_cache_misses_total', 'counter', 'Reads that went to the files.', [readCache.misses]),
    histogram('rocketmq_event_loop_delay_seconds', 'How late timers run.', eventLoopDelays),
  ];
  return `${families.join('\n')}\n`;
}

/** In seconds. */
function boundText(upToMs: number): string {
  return upToMs === Infinity ? '+Inf' : String(upToMs / 1000);
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
