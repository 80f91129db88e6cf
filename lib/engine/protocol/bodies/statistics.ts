import type { FastjsonObject, FastjsonValue } from '../../common/fastjson.js';
import { arrayOf, integerOf, objectOf, textOf, textsOf } from '../../common/json-fields.js';
import type { MessageQueue } from '../../message/message-queue.js';
import { readQueueTable } from './queue-offsets.js';

/** Of a topic's queue. Source: Apache 5.3 TopicOffset. */
export interface QueueStatistics {
  readonly queue: MessageQueue;
  readonly minOffset: number;
  /** Behind the last message. */
  readonly maxOffset: number;
  /** Store time of the last message, in milliseconds; 0 for an empty queue. */
  readonly lastUpdateTimestamp: number;
}

/** Answer of GET_TOPIC_STATS_INFO (202). Source: Apache 5.3 TopicStatsTable. */
export interface TopicStatistics {
  readonly queues: readonly QueueStatistics[];
  /** Messages a second, as far as the broker counts them. */
  readonly topicPutTps: number;
}

/** A group in one queue, as the broker reckons. Source: Apache 5.3 OffsetWrapper. */
export interface GroupQueueProgress {
  readonly queue: MessageQueue;
  readonly brokerOffset: number;
  /** 0 when the group has committed nothing. */
  readonly consumerOffset: number;
  /** Behind the last message that was handed out. */
  readonly pullOffset: number;
  /** Store time of the last consumed message, in milliseconds; 0 when there is none. */
  readonly lastTimestamp: number;
}

/** Answer of GET_CONSUME_STATS (208). Source: Apache 5.3 ConsumeStats. */
export interface ConsumeStatistics {
  readonly queues: readonly GroupQueueProgress[];
  readonly consumeTps: number;
}

/** Answer of GET_BROKER_CONSUME_STATS (317). Source: Apache 5.3 ConsumeStatsList. */
export interface BrokerConsumeStatistics {
  readonly groups: readonly { readonly group: string; readonly statistics: readonly ConsumeStatistics[] }[];
  readonly totalDiff: number;
  readonly totalInflightDiff: number;
}

/** How long messages wait for a group, of one queue. Source: Apache 5.3 QueueTimeSpan. */
export interface QueueTimeSpan {
  readonly queue: MessageQueue;
  readonly minTimeStamp: number;
  readonly maxTimeStamp: number;
  readonly consumeTimeStamp: number;
  readonly delayTime: number;
}

/** What was counted, how often a second, and the mean of one addition. Source: Apache 5.3 BrokerStatsItem. */
export interface StatisticsItem {
  readonly sum: number;
  readonly tps: number;
  readonly avgpt: number;
}

/** Answer of VIEW_BROKER_STATS_DATA (315). Source: Apache 5.3 BrokerStatsData. */
export interface BrokerStatistics {
  readonly statsMinute: StatisticsItem;
  readonly statsHour: StatisticsItem;
  readonly statsDay: StatisticsItem;
}

/** Reads the body of GET_TOPIC_STATS_INFO. */
export function readTopicStatistics(body: FastjsonObject): TopicStatistics {
  const queues = readQueueTable(body.offsetTable, (item) => ({
    minOffset: integerOf(item.minOffset, 'minOffset'),
    maxOffset: integerOf(item.maxOffset, 'maxOffset'),
    lastUpdateTimestamp: integerOf(item.lastUpdateTimestamp, 'lastUpdateTimestamp'),
  }));
  return { queues, topicPutTps: numberOf(body.topicPutTps) };
}

/** Reads the body of GET_CONSUME_STATS. */
export function readConsumeStatistics(value: FastjsonValue): ConsumeStatistics {
  const body = objectOf(value, 'consumeStats');
  const queues = readQueueTable(body.offsetTable, (item) => ({
    brokerOffset: integerOf(item.brokerOffset, 'brokerOffset'),
    consumerOffset: integerOf(item.consumerOffset, 'consumerOffset'),
    pullOffset: integerOf(item.pullOffset, 'pullOffset', 0),
    lastTimestamp: integerOf(item.lastTimestamp, 'lastTimestamp', 0),
  }));
  return { queues, consumeTps: numberOf(body.consumeTps) };
}

/** Reads the body of FETCH_CONSUME_STATS_IN_BROKER. */
export function readBrokerConsumeStatistics(body: FastjsonObject): BrokerConsumeStatistics {
  const groups = arrayOf(body.consumeStatsList, 'consumeStatsList').flatMap((byGroup) =>
    Object.entries(objectOf(byGroup, 'consumeStatsList')).map(([group, list]) => ({
      group,
      statistics: arrayOf(list, group).map(readConsumeStatistics),
    })),
  );
  return {
    groups,
    totalDiff: integerOf(body.totalDiff, 'totalDiff', 0),
    totalInflightDiff: integerOf(body.totalInflightDiff, 'totalInflightDiff', 0),
  };
}

/** Reads the body of QUERY_CONSUME_TIME_SPAN. */
export function readTimeSpans(body: FastjsonObject): QueueTimeSpan[] {
  return arrayOf(body.consumeTimeSpanSet, 'consumeTimeSpanSet').map((value) => {
    const span = objectOf(value, 'timeSpan');
    const queue = objectOf(span.messageQueue, 'messageQueue');
    return {
      queue: {
        topic: textOf(queue.topic, 'topic'),
        brokerName: textOf(queue.brokerName, 'brokerName'),
        queueId: integerOf(queue.queueId, 'queueId'),
      },
      minTimeStamp: integerOf(span.minTimeStamp, 'minTimeStamp'),
      maxTimeStamp: integerOf(span.maxTimeStamp, 'maxTimeStamp'),
      consumeTimeStamp: integerOf(span.consumeTimeStamp, 'consumeTimeStamp'),
      delayTime: integerOf(span.delayTime, 'delayTime'),
    };
  });
}

/** Reads the body of VIEW_BROKER_STATS_DATA. */
export function readBrokerStatistics(body: FastjsonObject): BrokerStatistics {
  const item = (name: string): StatisticsItem => {
    const { sum, tps, avgpt } = objectOf(body[name], name);
    return { sum: numberOf(sum), tps: numberOf(tps), avgpt: numberOf(avgpt) };
  };
  return { statsMinute: item('statsMinute'), statsHour: item('statsHour'), statsDay: item('statsDay') };
}

/** Answer of GET_BROKER_RUNTIME_INFO (28). */
export function readKvTable(body: FastjsonObject): Record<string, string> {
  return textsOf(body.table, 'table');
}

/** Java writes a rate of nothing as "NaN" or null. */
function numberOf(value: FastjsonValue | undefined): number {
  const number = Number(value ?? 0);
  return Number.isFinite(number) ? number : 0;
}
