import type { MessageQueue } from '../../message/message-queue.js';
import { compareMessageQueues } from '../../message/message-queue.js';
import { retryTopic } from '../../message/topic-names.js';
import { decodeQueueOffsets, type QueueOffset } from '../../protocol/bodies/queue-offsets.js';
import {
  readBrokerConsumeStatistics,
  readConsumeStatistics,
  readTimeSpans,
  type BrokerConsumeStatistics,
  type ConsumeStatistics,
  type QueueTimeSpan,
} from '../../protocol/bodies/statistics.js';
import { encodeHeader } from '../../protocol/field-table.js';
import { RequestCode } from '../../protocol/request-code.js';
import {
  brokerConsumeStatsRequest,
  cloneGroupOffsetRequest,
  consumeStatsRequest,
  invokeResetOffsetRequest,
  topicAndGroupRequest,
} from '../../protocol/requests/broker-admin.js';
import type { AdminRequests } from './admin-requests.js';
import type { TopicAdmin } from './topic-admin.js';

/** Where a group stands in one queue. */
export interface QueueProgress {
  readonly queue: MessageQueue;
  /** Behind the last message. */
  readonly brokerOffset: number;
  /** Undefined when the group has committed nothing. */
  readonly consumerOffset?: number;
  /** Messages that are not consumed yet. */
  readonly lag: number;
}

/** Where a group's progress is set to. */
export interface OffsetReset {
  /** Milliseconds; -1: the end. */
  timestamp: number;
  /** Only this queue, of the broker at `address`. */
  queueId?: number;
  /** Of that queue; wins over the time. */
  offset?: number;
  /** Only the broker at `host:port`. Default: all that have the topic. */
  address?: string;
}

const STATISTICS_TIMEOUT_MS = 10_000;

/** Where queues begin and end, and where groups stand in them. Source: Apache 5.3 DefaultMQAdminExt. */
export class OffsetAdmin {
  constructor(
    private readonly requests: AdminRequests,
    private readonly topics: TopicAdmin,
  ) {}

  /** Behind the last message. */
  async max(queue: MessageQueue): Promise<number> {
    return this.requests.brokers.maxOffset(await this.requests.masterOf(queue), queue);
  }

  /** Of the first message that is still there. */
  async min(queue: MessageQueue): Promise<number> {
    return this.requests.brokers.minOffset(await this.requests.masterOf(queue), queue);
  }

  /** Of the first message stored at `timestamp` (milliseconds) or later. */
  async search(queue: MessageQueue, timestamp: number): Promise<number> {
    return this.requests.brokers.searchOffset(await this.requests.masterOf(queue), queue, timestamp);
  }

  /** Milliseconds; -1 for an empty queue. */
  async earliestStoreTime(queue: MessageQueue): Promise<number> {
    return this.requests.brokers.earliestStoreTime(await this.requests.masterOf(queue), queue);
  }

  /** Where a group stands in the queues of a topic. @throws TopicNotFoundError */
  async progress(group: string, topic: string): Promise<QueueProgress[]> {
    const queues = await this.topics.queues(topic);
    return Promise.all(
      queues.map(async (queue) => {
        const address = await this.requests.masterOf(queue);
        const [brokerOffset, consumerOffset] = await Promise.all([
          this.requests.brokers.maxOffset(address, queue),
          this.requests.brokers.consumerOffset(address, group, queue, { setZeroIfNotFound: false }),
        ]);
        return { queue, brokerOffset, consumerOffset, lag: brokerOffset - (consumerOffset ?? 0) };
      }),
    );
  }

  /** A group in all it consumes, or in one topic, as the brokers reckon; sorted. @throws TopicNotFoundError */
  async statistics(group: string, topic?: string): Promise<ConsumeStatistics> {
    const brokers = await this.requests.brokersOfTopic(topic ?? retryTopic(group));
    const all = await Promise.all(brokers.map(({ address }) => this.statisticsOf(group, address, topic)));
    return {
      queues: all.flatMap(({ queues }) => queues).sort((a, b) => compareMessageQueues(a.queue, b.queue)),
      consumeTps: all.reduce((sum, { consumeTps }) => sum + consumeTps, 0),
    };
  }

  /** Of one broker. */
  async statisticsOf(group: string, address: string, topic?: string): Promise<ConsumeStatistics> {
    const extFields = encodeHeader(consumeStatsRequest, { consumerGroup: group, topic });
    const code = RequestCode.GET_CONSUME_STATS;
    return readConsumeStatistics(await this.requests.askJson(address, code, { extFields }, STATISTICS_TIMEOUT_MS));
  }

  /** Every group of one broker. @param options.isOrder only topics whose order matters. Default false. */
  async statisticsOfBroker(
    address: string,
    { isOrder = false, timeoutMs = STATISTICS_TIMEOUT_MS }: { isOrder?: boolean; timeoutMs?: number } = {},
  ): Promise<BrokerConsumeStatistics> {
    const extFields = encodeHeader(brokerConsumeStatsRequest, { isOrder });
    const code = RequestCode.GET_BROKER_CONSUME_STATS;
    return readBrokerConsumeStatistics(await this.requests.askJson(address, code, { extFields }, timeoutMs));
  }

  /** How long a topic's messages have waited for a group. @throws TopicNotFoundError */
  async timeSpans(group: string, topic: string): Promise<QueueTimeSpan[]> {
    const brokers = await this.requests.brokersOfTopic(topic);
    const extFields = encodeHeader(topicAndGroupRequest, { group, topic });
    const code = RequestCode.QUERY_CONSUME_TIME_SPAN;
    const all = await Promise.all(
      brokers.map(async ({ address }) =>
        readTimeSpans(await this.requests.askJson(address, code, { extFields }, STATISTICS_TIMEOUT_MS)),
      ),
    );
    return all.flat().sort((a, b) => compareMessageQueues(a.queue, b.queue));
  }

  /** The group goes on from there, also while it runs. @returns where, sorted @throws BrokerResponseError, TopicNotFoundError */
  async reset(
    group: string,
    topic: string,
    { timestamp, queueId, offset, address }: OffsetReset,
  ): Promise<QueueOffset[]> {
    const brokers = await this.requests.brokersOfTopic(topic);
    const addresses = address === undefined ? brokers.map((broker) => broker.address) : [address];
    const header = { group, topic, timestamp, isForce: true, queueId, offset };
    const extFields = encodeHeader(invokeResetOffsetRequest, header);
    const code = RequestCode.INVOKE_BROKER_TO_RESET_OFFSET;
    const all = await Promise.all(
      addresses.map(async (each) => {
        const { body } = await this.requests.ask(each, code, { extFields }, STATISTICS_TIMEOUT_MS);
        return body ? decodeQueueOffsets('offsetTable', body) : [];
      }),
    );
    return all.flat().sort((a, b) => compareMessageQueues(a.queue, b.queue));
  }

  /** Commits for a group. */
  async commit(group: string, queue: MessageQueue, queueOffset: number): Promise<void> {
    await this.requests.brokers.updateConsumerOffset(await this.requests.masterOf(queue), group, queue, queueOffset);
  }

  /** Gives a group the progress of another in a topic. @throws TopicNotFoundError, BrokerResponseError */
  async clone(srcGroup: string, destGroup: string, topic: string): Promise<void> {
    const brokers = await this.requests.brokersOfTopic(topic);
    const extFields = encodeHeader(cloneGroupOffsetRequest, { srcGroup, destGroup, topic, offline: false });
    await Promise.all(
      brokers.map(({ address }) => this.requests.ask(address, RequestCode.CLONE_GROUP_OFFSET, { extFields })),
    );
  }
}
