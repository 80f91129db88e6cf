import { ConfigurationError } from '../../common/errors.js';
import { parseFastjson } from '../../common/fastjson.js';
import { arrayOf, objectOf } from '../../common/json-fields.js';
import { retryTopic } from '../../message/topic-names.js';
import { readTopicConfig, type TopicConfig } from '../../protocol/bodies/topic-config.js';
import { decodeHeader } from '../../protocol/field-table.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import { createTopicRequest, topicRequest } from '../../protocol/requests/topic-admin.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { MessageStore } from '../../store/message-store.js';
import { refuse, succeed, succeedWith } from '../../protocol/answers.js';
import type { BrokerOptions } from '../broker-options.js';
import type { BrokerStats } from '../broker-stats.js';
import type { ConsumerOffsetTable } from '../tables/consumer-offset-table.js';
import type { TopicTable } from '../tables/topic-table.js';
import { changeAttributes } from '../topic-attributes.js';
import { topicNameRemark } from '../topic-name-check.js';

const MAX_QUEUES = 65_536;
const ALL_PERMISSIONS = 15;

export interface TopicAdminParts {
  options: Pick<BrokerOptions, 'validateSystemTopicWhenUpdateTopic' | 'clearRetryTopicWhenDeleteTopic'>;
  topics: TopicTable;
  offsets: ConsumerOffsetTable;
  stats: BrokerStats;
  store: Pick<MessageStore, 'deleteTopic'>;
  /** Stores and announces the table. */
  publishTopics: () => Promise<void>;
}

interface TopicChange {
  readonly config: Omit<TopicConfig, 'attributes'>;
  /** See changeAttributes(). */
  readonly attributes: string | undefined;
}

/**
 * UPDATE_AND_CREATE_TOPIC (17) and its list form (18), GET_ALL_TOPIC_CONFIG (21), DELETE_TOPIC_IN_BROKER (215),
 * GET_TOPIC_CONFIG (351), GET_SYSTEM_TOPIC_LIST_FROM_BROKER (305).
 * Source: Apache 5.3 AdminBrokerProcessor.
 */
export class TopicAdminProcessor {
  constructor(private readonly parts: TopicAdminParts) {}

  async createOrUpdate(request: RemotingCommand): Promise<RemotingCommand> {
    const header = decodeHeader(createTopicRequest, request.extFields);
    const { topic: topicName, readQueueNums, writeQueueNums, perm, order, topicSysFlag = 0 } = header;
    const topicFilterType = header.topicFilterType === 'MULTI_TAG' ? 'MULTI_TAG' : 'SINGLE_TAG';
    const config = { topicName, readQueueNums, writeQueueNums, perm, topicFilterType, topicSysFlag, order } as const;
    return this.putAll([{ config, attributes: header.attributes }]);
  }

  createOrUpdateList(request: RemotingCommand): Promise<RemotingCommand> {
    const { topicConfigList } = objectOf(parseFastjson(request.body?.toString() ?? ''), 'the list of topics');
    const changes = arrayOf(topicConfigList, 'topicConfigList').map((value) => {
      const { attributes, ...config } = readTopicConfig(value);
      // `+name` has a value, `-name` has none.
      const signed = Object.entries(attributes).map(([name, text]) =>
        name.startsWith('-') ? name : `${name}=${text}`,
      );
      return { config, attributes: signed.join(',') };
    });
    return this.putAll(changes);
  }

  /** All or, when one is bad, none. */
  private async putAll(changes: readonly TopicChange[]): Promise<RemotingCommand> {
    const { topics, publishTopics } = this.parts;
    const problem = changes.map(({ config }) => this.problemOf(config)).find((text) => text !== undefined);
    if (problem !== undefined) return refuse(ResponseCode.INVALID_PARAMETER, problem);
    try {
      const configs = changes.map(({ config, attributes }) => ({
        ...config,
        attributes: changeAttributes(topics.get(config.topicName)?.attributes ?? {}, attributes),
      }));
      for (const config of configs) topics.put(config);
    } catch (error) {
      if (error instanceof ConfigurationError) return refuse(ResponseCode.INVALID_PARAMETER, error.message);
      throw error;
    }
    await publishTopics();
    return succeed();
  }

  /** Also succeeds when there is no such topic. The messages stay in the log until it is cleaned. */
  async delete(request: RemotingCommand): Promise<RemotingCommand> {
    const { topic } = decodeHeader(topicRequest, request.extFields);
    const problem = topic.trim() === '' ? 'The specified topic is blank.' : this.systemTopicRemark(topic);
    if (problem !== undefined) return refuse(ResponseCode.INVALID_PARAMETER, problem);
    for (const name of [topic, ...this.popRetryTopicsOf(topic)]) {
      this.parts.topics.delete(name);
      this.parts.offsets.deleteTopic(name);
      this.parts.stats.forgetTopic(name);
      await this.parts.store.deleteTopic(name);
    }
    await this.parts.publishTopics();
    return succeed();
  }

  get(request: RemotingCommand): RemotingCommand {
    const { topic } = decodeHeader(topicRequest, request.extFields);
    const config = this.parts.topics.get(topic);
    return config === undefined
      ? refuse(ResponseCode.TOPIC_NOT_EXIST, `No topic in this broker. topic: ${topic}`)
      : succeedWith(config);
  }

  all(): RemotingCommand {
    const { dataVersion, topicConfigTable } = this.parts.topics.encode();
    return succeedWith({
      dataVersion,
      mappingDataVersion: { counter: 0, stateVersion: 0, timestamp: dataVersion.timestamp },
      topicConfigTable,
      topicQueueMappingDetailMap: {},
      topicQueueMappingInfoMap: {},
    });
  }

  systemTopics(): RemotingCommand {
    const names = Array.from(this.parts.topics.all(), ({ topicName }) => topicName);
    return succeedWith({ topicList: names.filter((name) => this.parts.topics.isSystemTopic(name)) });
  }

  private problemOf({ topicName, readQueueNums, writeQueueNums, perm }: TopicChange['config']): string | undefined {
    return (
      topicNameRemark(topicName) ??
      this.systemTopicRemark(topicName) ??
      rangeRemark('readQueueNums', readQueueNums, MAX_QUEUES) ??
      rangeRemark('writeQueueNums', writeQueueNums, MAX_QUEUES) ??
      rangeRemark('perm', perm, ALL_PERMISSIONS)
    );
  }

  private systemTopicRemark(topic: string): string | undefined {
    if (!this.parts.options.validateSystemTopicWhenUpdateTopic || !this.parts.topics.isSystemTopic(topic))
      return undefined;
    return `The topic[${topic}] is conflict with system topic.`;
  }

  /** POP has a retry topic for each group of a topic: `%RETRY%group_topic`, of newer clients `%RETRY%group+topic`. */
  private popRetryTopicsOf(topic: string): string[] {
    if (!this.parts.options.clearRetryTopicWhenDeleteTopic) return [];
    return this.parts.offsets
      .groupsOf(topic)
      .flatMap((group) => [retryTopic(`${group}+${topic}`), retryTopic(`${group}_${topic}`)])
      .filter((name) => this.parts.topics.has(name));
  }
}

function rangeRemark(name: string, value: number, most: number): string | undefined {
  return value >= 0 && value <= most ? undefined : `${name} must be from 0 to ${most}, but is ${value}`;
}
