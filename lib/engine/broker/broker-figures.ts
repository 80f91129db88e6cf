import { groupOfRetryTopic, isDeadLetterTopic } from '../message/topic-names.js';
import type { MessageStore } from '../store/message-store.js';
import type { StoreFigures } from '../store/store-figures.js';
import type { BrokerStats } from './broker-stats.js';
import type { Tables } from './tables/tables.js';

/** How a broker fares, for reports: counts since its start, and what is there now. */
export interface BrokerFigures {
  readonly brokerName: string;
  readonly clusterName: string;
  readonly messagesIn: number;
  readonly bytesIn: number;
  readonly messagesOut: number;
  readonly connections: number;
  readonly topics: number;
  /** By group and topic: messages that wait for the group, those of its retry topic included. */
  readonly lags: readonly { readonly group: string; readonly topic: string; readonly messages: number }[];
  /** By group: stored dead letters. */
  readonly deadLetters: readonly { readonly group: string; readonly messages: number }[];
  readonly store: StoreFigures;
}

export interface BrokerFiguresParts {
  readonly options: { readonly brokerName: string; readonly brokerClusterName: string };
  readonly tables: Pick<Tables, 'offsets' | 'topics'>;
  readonly stats: Pick<BrokerStats, 'puts' | 'gets' | 'putBytes'>;
  readonly store: MessageStore;
  readonly connections: number;
}

export function brokerFigures({ options, tables, stats, store, connections }: BrokerFiguresParts): BrokerFigures {
  const topics = [...tables.topics.all()];
  const sum = (count: number, ofQueue: (queueId: number) => number): number =>
    Array.from({ length: count }, (_, queueId) => ofQueue(queueId)).reduce((total, one) => total + one, 0);
  return {
    brokerName: options.brokerName,
    clusterName: options.brokerClusterName,
    messagesIn: stats.puts.total,
    bytesIn: stats.putBytes,
    messagesOut: stats.gets.total,
    connections,
    topics: topics.length,
    lags: topics.flatMap(({ topicName: topic, readQueueNums }) =>
      tables.offsets.groupsOf(topic).map((group) => ({
        group,
        topic,
        messages: sum(readQueueNums, (id) => {
          const begin = Math.max(tables.offsets.query(group, topic, id) ?? 0, store.minQueueOffset(topic, id));
          return Math.max(0, store.maxQueueOffset(topic, id) - begin);
        }),
      })),
    ),
    deadLetters: topics
      .filter(({ topicName }) => isDeadLetterTopic(topicName))
      .map(({ topicName: topic, readQueueNums }) => ({
        group: groupOfRetryTopic(topic),
        messages: sum(readQueueNums, (id) => store.maxQueueOffset(topic, id) - store.minQueueOffset(topic, id)),
      })),
    store: store.figures(),
  };
}
