import type { FastjsonInput, FastjsonValue } from '../../common/fastjson.js';
import { objectOf } from '../../common/json-fields.js';
import { isSystemTopic, replyTopicOf, SystemTopic } from '../../message/topic-names.js';
import { nextVersion, readDataVersion, type DataVersion } from '../../protocol/bodies/data-version.js';
import { readTopicConfig, type TopicConfig, type TopicConfigTable } from '../../protocol/bodies/topic-config.js';
import { Permission } from '../../protocol/bodies/topic-route-data.js';
import type { Clock } from '../../ports/clock.js';
import type { BrokerOptions } from '../broker-options.js';

const READ_WRITE = Permission.read | Permission.write;
const DEFAULT_QUEUES = 16;

export type TopicTableOptions = Pick<
  BrokerOptions,
  | 'brokerClusterName'
  | 'brokerName'
  | 'autoCreateTopicEnable'
  | 'defaultTopicQueueNums'
  | 'traceTopicEnable'
  | 'msgTraceTopicName'
  | 'timerWheelEnable'
  | 'reviveQueueNum'
>;

/**
 * The topics of this broker and what they allow. Whoever changes a topic tells changed(), by which
 * the table is stored and announced.
 * Source: Apache 5.3 TopicConfigManager.
 */
export class TopicTable {
  private readonly topics = new Map<string, TopicConfig>();
  private readonly ownSystemTopics = new Set<string>();
  private readonly changeListeners: ((topic: TopicConfig) => void)[] = [];
  private version: DataVersion;

  constructor(
    private readonly options: TopicTableOptions,
    private readonly clock: Clock,
  ) {
    this.version = { stateVersion: 0, timestamp: clock.now(), counter: 0 };
    this.addSystemTopics();
  }

  get dataVersion(): DataVersion {
    return this.version;
  }

  get(topic: string): TopicConfig | undefined {
    return this.topics.get(topic);
  }

  has(topic: string): boolean {
    return this.topics.has(topic);
  }

  all(): IterableIterator<TopicConfig> {
    return this.topics.values();
  }

  isOrderTopic(topic: string): boolean {
    return this.topics.get(topic)?.order === true;
  }

  /** Also the names this broker gives meaning to by its own and its cluster's name. */
  isSystemTopic(topic: string): boolean {
    return isSystemTopic(topic) || this.ownSystemTopics.has(topic);
  }

  /** Calls `listener` after every change of a topic, created or deleted ones included. */
  onChange(listener: (topic: TopicConfig) => void): void {
    this.changeListeners.push(listener);
  }

  /**
   * Creates a missing topic after the pattern of `defaultTopic`.
   * @returns undefined when that is not allowed
   * Source: Apache 5.3 TopicConfigManager#createTopicInSendMessageMethod.
   */
  createByPattern(topic: string, defaultTopic: string, queueCount: number, sysFlag: number): TopicConfig | undefined {
    const pattern = this.topics.get(defaultTopic);
    if (pattern === undefined || !this.isInheritable(pattern)) return undefined;
    const queues = Math.max(0, Math.min(queueCount, pattern.writeQueueNums));
    return this.put({
      ...newTopic(topic, queues),
      perm: pattern.perm & ~Permission.inherit,
      topicFilterType: pattern.topicFilterType,
      topicSysFlag: sysFlag,
    });
  }

  /**
   * Creates the topic if it is missing; an existing one only learns whether it is an order topic.
   * Source: Apache 5.3 TopicConfigManager#createTopicInSendMessageBackMethod.
   */
  createIfAbsent(topic: string, queues: number, options: { sysFlag?: number; order?: boolean } = {}): TopicConfig {
    const { sysFlag = 0, order } = options;
    const existing = this.topics.get(topic);
    if (existing === undefined) {
      return this.put({ ...newTopic(topic, queues), topicSysFlag: sysFlag, order: order === true });
    }
    return order === undefined || existing.order === order ? existing : this.put({ ...existing, order });
  }

  /** Creates or replaces a topic. */
  put(config: TopicConfig): TopicConfig {
    this.topics.set(config.topicName, config);
    this.changed(config);
    return config;
  }

  /** False when there is no such topic. */
  delete(topic: string): boolean {
    const config = this.topics.get(topic);
    if (config === undefined) return false;
    this.topics.delete(topic);
    this.changed(config);
    return true;
  }

  /** For a change of what all topics allow. */
  advanceVersion(): void {
    this.version = nextVersion(this.version, this.clock.now());
  }

  /** Content of topics.json, and of REGISTER_BROKER. */
  encode(): TopicConfigTable & FastjsonInput {
    return { dataVersion: this.version, topicConfigTable: Object.fromEntries(this.topics) };
  }

  /** Takes over what topics.json holds; topics it doesn't mention stay. @throws ProtocolError */
  decode(content: FastjsonValue): void {
    const { dataVersion, topicConfigTable } = objectOf(content, 'topics.json');
    for (const config of Object.values(objectOf(topicConfigTable ?? {}, 'topicConfigTable'))) {
      const topic = readTopicConfig(config);
      this.topics.set(topic.topicName, topic);
    }
    this.version = readDataVersion(dataVersion ?? {});
  }

  private isInheritable({ topicName, perm }: TopicConfig): boolean {
    if (topicName === SystemTopic.autoCreate && !this.options.autoCreateTopicEnable) return false;
    return (perm & Permission.inherit) !== 0;
  }

  private changed(config: TopicConfig): void {
    this.advanceVersion();
    for (const listener of this.changeListeners) listener(config);
  }

  private addSystemTopics(): void {
    const { brokerClusterName: cluster, brokerName, ...options } = this.options;
    const all = READ_WRITE | Permission.inherit;
    this.addSystemTopic(SystemTopic.selfTest, 1);
    if (options.autoCreateTopicEnable) this.addSystemTopic(SystemTopic.autoCreate, options.defaultTopicQueueNums, all);
    this.addSystemTopic(SystemTopic.benchmark, 1024);
    this.addSystemTopic(cluster, DEFAULT_QUEUES, all);
    this.addSystemTopic(brokerName, 1, all);
    this.addSystemTopic(SystemTopic.offsetMovedEvent, 1);
    this.addSystemTopic(SystemTopic.schedule, 18);
    if (options.traceTopicEnable) this.addSystemTopic(options.msgTraceTopicName, 1);
    this.addSystemTopic(replyTopicOf(cluster), 1);
    this.addSystemTopic(reviveTopic(cluster), options.reviveQueueNum);
    this.addSystemTopic(`rmq_sys_SYNC_BROKER_MEMBER_${brokerName}`, 1, Permission.inherit);
    this.addSystemTopic(SystemTopic.half, 1);
    this.addSystemTopic(SystemTopic.op, 1);
    if (options.timerWheelEnable) this.addSystemTopic(SystemTopic.wheelTimer, 1);
  }

  private addSystemTopic(topic: string, queues: number, perm: number = READ_WRITE): void {
    this.ownSystemTopics.add(topic);
    this.topics.set(topic, { ...newTopic(topic, queues), perm });
  }
}

/** Where POP keeps its check points. */
export function reviveTopic(cluster: string): string {
  return `rmq_sys_REVIVE_LOG_${cluster}`;
}

function newTopic(topicName: string, queues: number): TopicConfig {
  return {
    attributes: {},
    order: false,
    perm: READ_WRITE,
    readQueueNums: queues,
    topicFilterType: 'SINGLE_TAG',
    topicName,
    topicSysFlag: 0,
    writeQueueNums: queues,
  };
}
