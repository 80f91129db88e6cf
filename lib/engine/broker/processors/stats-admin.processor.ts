import type { MessageQueue } from '../../message/message-queue.js';
import { queueKey } from '../../protocol/bodies/queue-offsets.js';
import type { TopicConfig } from '../../protocol/bodies/topic-config.js';
import { decodeHeader } from '../../protocol/field-table.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import {
  brokerConsumeStatsRequest,
  brokerStatsRequest,
  consumeStatsRequest,
  topicAndGroupRequest,
  type ConsumeStatsRequest,
} from '../../protocol/requests/broker-admin.js';
import { topicRequest } from '../../protocol/requests/topic-admin.js';
import { ResponseCode } from '../../protocol/response-code.js';
import { refuse, succeedWith } from '../../protocol/answers.js';
import { runtimeInfo, type RuntimeInfoParts } from '../runtime-info.js';
import type { Tables } from '../tables/tables.js';

export interface StatsAdminParts extends RuntimeInfoParts, Pick<Tables, 'topics' | 'groups' | 'offsets' | 'consumers'> {
  /** `host:port` of this broker. */
  brokerAddress: () => string;
}

/** Source: Apache 5.3 OffsetWrapper. */
type QueueProgress = Record<'brokerOffset' | 'consumerOffset' | 'lastTimestamp' | 'pullOffset', number>;

/**
 * GET_BROKER_RUNTIME_INFO (28), GET_TOPIC_STATS_INFO (202), GET_CONSUME_STATS (208),
 * QUERY_CONSUME_TIME_SPAN (303), VIEW_BROKER_STATS_DATA (315), GET_BROKER_CONSUME_STATS (317).
 * Source: Apache 5.3 AdminBrokerProcessor.
 */
export class StatsAdminProcessor {
  constructor(private readonly parts: StatsAdminParts) {}

  async runtimeInfo(): Promise<RemotingCommand> {
    return succeedWith({ table: await runtimeInfo(this.parts) });
  }

  async topicStats(request: RemotingCommand): Promise<RemotingCommand> {
    const { topic } = decodeHeader(topicRequest, request.extFields);
    const config = this.parts.topics.get(topic);
    if (config === undefined) return refuse(ResponseCode.TOPIC_NOT_EXIST, `topic[${topic}] not exist`);
    const { store, stats } = this.parts;
    const offsetTable = new Map<MessageQueue, object>();
    for (const queue of this.queuesOf(config, Math.max(config.readQueueNums, config.writeQueueNums))) {
      const maxOffset = store.maxQueueOffset(topic, queue.queueId);
      const lastUpdateTimestamp = await this.storeTimeBefore(queue, maxOffset);
      offsetTable.set(queue, { lastUpdateTimestamp, maxOffset, minOffset: store.minQueueOffset(topic, queue.queueId) });
    }
    return succeedWith({ offsetTable, topicPutTps: stats.topicPutTps(topic) });
  }

  async consumeStats(request: RemotingCommand): Promise<RemotingCommand> {
    const header = decodeHeader(consumeStatsRequest, request.extFields);
    const offsetTable = new Map<MessageQueue, QueueProgress>();
    let consumeTps = 0;
    for (const topic of this.topicsToReport(header)) {
      const config = this.parts.topics.get(topic);
      if (config === undefined) continue;
      const { consumerGroup: group } = header;
      for (const [queue, progress] of await this.progressOf(group, config, config.readQueueNums)) {
        offsetTable.set(queue, progress);
      }
      consumeTps += this.parts.stats.groupGetTps(topic, group);
    }
    return succeedWith({ consumeTps, offsetTable });
  }

  /** Of every group. */
  async allConsumeStats(request: RemotingCommand): Promise<RemotingCommand> {
    const { isOrder } = decodeHeader(brokerConsumeStatsRequest, request.extFields);
    const { groups, topics, stats, brokerAddress } = this.parts;
    const consumeStatsList: object[] = [];
    let totalDiff = 0;
    let totalInflightDiff = 0;
    for (const group of [...groups.names()]) {
      const ofGroup: object[] = [];
      for (const topic of this.topicsToReport({ consumerGroup: group })) {
        const config = topics.get(topic);
        if (config === undefined || (isOrder && !config.order)) continue;
        const offsetTable = await this.progressOf(group, config, config.writeQueueNums);
        for (const { brokerOffset, consumerOffset, pullOffset } of offsetTable.values()) {
          totalDiff += brokerOffset - consumerOffset;
          totalInflightDiff += pullOffset - consumerOffset;
        }
        ofGroup.push({ consumeTps: stats.groupGetTps(topic, group), offsetTable });
      }
      consumeStatsList.push({ [group]: ofGroup });
    }
    return succeedWith({ brokerAddr: brokerAddress(), consumeStatsList, totalDiff, totalInflightDiff });
  }

  async consumeTimeSpan(request: RemotingCommand): Promise<RemotingCommand> {
    const { topic, group } = decodeHeader(topicAndGroupRequest, request.extFields);
    const config = this.parts.topics.get(topic);
    if (config === undefined) return refuse(ResponseCode.TOPIC_NOT_EXIST, `topic[${topic}] not exist`);
    const { store, offsets, clock } = this.parts;
    const consumeTimeSpanSet: object[] = [];
    for (const queue of this.queuesOf(config, config.writeQueueNums)) {
      const { queueId } = queue;
      const consumerOffset = offsets.query(group, topic, queueId) ?? -1;
      const max = store.maxQueueOffset(topic, queueId);
      const minTimeStamp = await store.earliestStoreTimestamp(topic, queueId);
      const consumed =
        consumerOffset > 0 ? await store.storeTimestampAt(topic, queueId, consumerOffset - 1) : minTimeStamp;
      const next =
        consumerOffset < max ? await store.storeTimestampAt(topic, queueId, Math.max(0, consumerOffset)) : -1;
      consumeTimeSpanSet.push({
        consumeTimeStamp: consumed,
        delayTime: next < 0 ? 0 : clock.now() - next,
        maxTimeStamp: await this.storeTimeBefore(queue, max),
        messageQueue: queue,
        minTimeStamp,
      });
    }
    return succeedWith({ consumeTimeSpanSet });
  }

  viewStats(request: RemotingCommand): RemotingCommand {
    const { statsName, statsKey } = decodeHeader(brokerStatsRequest, request.extFields);
    const view = this.parts.stats.view(statsName, statsKey);
    return view === undefined
      ? refuse(ResponseCode.SYSTEM_ERROR, `The stats <${statsName}> <${statsKey}> not exist`)
      : succeedWith(view);
  }

  /** Those named; else the given or every one with progress, as far as the group subscribes to it. */
  private topicsToReport({ consumerGroup, topic, topicList }: ConsumeStatsRequest): string[] {
    const named = (topicList ?? '').split(';').filter((name) => name !== '');
    if (named.length > 0) return [...new Set(named)];
    const { offsets, consumers } = this.parts;
    const candidates = topic === undefined || topic.trim() === '' ? offsets.topicsOf(consumerGroup) : [topic];
    const isOnline = (consumers.get(consumerGroup)?.subscriptions.size ?? 0) > 0;
    return candidates.filter((name) => !isOnline || consumers.subscription(consumerGroup, name) !== undefined);
  }

  /** How far a group is in the first `queueCount` queues of a topic. */
  private async progressOf(
    group: string,
    config: TopicConfig,
    queueCount: number,
  ): Promise<Map<MessageQueue, QueueProgress>> {
    const { offsets, store } = this.parts;
    const progress = new Map<MessageQueue, QueueProgress>();
    for (const queue of this.queuesOf(config, queueCount)) {
      const { topic, queueId } = queue;
      const consumerOffset = offsets.query(group, topic, queueId) ?? 0;
      progress.set(queue, {
        brokerOffset: store.maxQueueOffset(topic, queueId),
        consumerOffset,
        lastTimestamp: await this.storeTimeBefore(queue, consumerOffset),
        pullOffset: Math.max(consumerOffset, offsets.queryPulled(group, topic, queueId) ?? 0),
      });
    }
    return progress;
  }

  private queuesOf({ topicName }: TopicConfig, count: number): MessageQueue[] {
    const { brokerName } = this.parts.options;
    return Array.from({ length: count }, (_, queueId) => queueKey({ topic: topicName, brokerName, queueId }));
  }

  /** Of the message before `queueOffset`; 0 when there is none. */
  private async storeTimeBefore({ topic, queueId }: MessageQueue, queueOffset: number): Promise<number> {
    if (queueOffset <= 0) return 0;
    return Math.max(0, await this.parts.store.storeTimestampAt(topic, queueId, queueOffset - 1));
  }
}
