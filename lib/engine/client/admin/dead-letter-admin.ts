import { TopicNotFoundError } from '../../common/errors.js';
import type { ReceivedMessage } from '../../message/message.js';
import { encodeProperties } from '../../message/properties-codec.js';
import { PropertyName } from '../../message/property-names.js';
import { SystemFlag, withTransactionType } from '../../message/system-flag.js';
import {
  SystemTopic,
  deadLetterTopic,
  groupOfRetryTopic,
  isDeadLetterTopic,
  retryTopic,
} from '../../message/topic-names.js';
import { API_TIMEOUT_MS, sendMessageCommand } from '../broker-api.js';
import { StoredMessage } from '../received-message.js';
import type { AdminRequests } from './admin-requests.js';
import type { LaidAside, LaidAsideQueue } from './laid-aside.js';
import type { TopicAdmin } from './topic-admin.js';
import { TOOLS_CONSUMER_GROUP } from './tools-group.js';

/** How many dead letters a group has. */
export interface DeadLetterCount {
  readonly group: string;
  /** Neither resent nor purged. */
  readonly waiting: number;
  /** Those that were, too, as far as they are still stored. */
  readonly stored: number;
}

/** What a delivery adds to a message, and a new one must not find. */
const OF_THE_LAST_DELIVERY: readonly string[] = [
  PropertyName.delayLevel,
  PropertyName.realTopic,
  PropertyName.realQueueId,
  PropertyName.minOffset,
  PropertyName.maxOffset,
  PropertyName.reconsumeTime,
  PropertyName.maxReconsumeTimes,
  PropertyName.consumeStartTime,
  PropertyName.popCheckPoint,
  PropertyName.firstPopTime,
  PropertyName.transactionPrepared,
  PropertyName.timerDelaySec,
  PropertyName.timerDelayMs,
  PropertyName.timerDeliverMs,
  PropertyName.timerOutMs,
];

/** Messages that a consumer group could not consume, after its last attempt. */
export class DeadLetterAdmin {
  constructor(
    private readonly requests: AdminRequests,
    private readonly topics: TopicAdmin,
    private readonly aside: LaidAside,
  ) {}

  /** By group. */
  async counts(): Promise<DeadLetterCount[]> {
    const names = (await this.topics.names()).filter(isDeadLetterTopic).sort();
    return Promise.all(names.map((topic) => this.count(groupOfRetryTopic(topic))));
  }

  /** @throws TopicNotFoundError the group never had any */
  async count(group: string): Promise<DeadLetterCount> {
    const [waiting, stored] = await Promise.all([this.queues(group), this.queues(group, true)]);
    return { group, waiting: lengthOf(waiting), stored: lengthOf(stored) };
  }

  /** @param all also those that were resent or purged. @throws TopicNotFoundError */
  async queues(group: string, all = false): Promise<LaidAsideQueue[]> {
    try {
      return await this.aside.queues(deadLetterTopic(group), all);
    } catch (cause) {
      if (!(cause instanceof TopicNotFoundError)) throw cause;
      throw new TopicNotFoundError(deadLetterTopic(group), `the group ${group} has no dead letters`, { cause });
    }
  }

  read(queue: LaidAsideQueue): AsyncGenerator<ReceivedMessage> {
    return this.aside.read(queue);
  }

  /** All dead letters of the queue before `queueOffset` have been seen to: counts leave them out, resending begins there. */
  settle({ queue }: LaidAsideQueue, queueOffset: number): Promise<void> {
    return this.aside.settle(queue, queueOffset);
  }

  /**
   * Stores a dead letter again: for its group alone, whose attempts begin anew, or for every group that consumes a
   * topic. It keeps its properties (id, tag, keys and the application's own), its body and the time of its birth.
   * @param toTopic default: the group's retry topic
   * @throws BrokerResponseError, TopicNotFoundError, RequestTimeoutError, ConnectError: it may not have been stored
   */
  async resend(group: string, message: ReceivedMessage, toTopic?: string): Promise<void> {
    const topic = toTopic ?? retryTopic(group);
    const { requests } = this;
    const queues = (await requests.route(topic))?.publishQueues ?? [];
    const queue = queues.find(({ brokerName }) => brokerName === message.brokerName) ?? queues.at(0);
    if (!queue) throw new TopicNotFoundError(topic, 'start a consumer of the group, or create it first');
    const header = {
      producerGroup: TOOLS_CONSUMER_GROUP,
      topic,
      defaultTopic: SystemTopic.autoCreate,
      defaultTopicQueueNums: 1,
      queueId: queue.queueId,
      sysFlag: flagsToResend(message.sysFlag),
      bornTimestamp: message.bornTimestamp,
      flag: message.flag,
      properties: encodeProperties(propertiesToResend(message)),
      reconsumeTimes: 0,
      unitMode: false,
      batch: false,
      brokerName: queue.brokerName,
    };
    const body = message instanceof StoredMessage ? message.storedBody : message.body;
    const address = await requests.masterOf(queue);
    await requests.brokers.sendMessage(address, sendMessageCommand(header, body), API_TIMEOUT_MS);
  }
}

/** The topic a dead letter was sent to before its group failed at it. */
export function originOf({ properties, topic }: Pick<ReceivedMessage, 'properties' | 'topic'>): string {
  const { dlqOriginTopic, retryTopic: sentTo } = PropertyName;
  return properties.get(sentTo) ?? properties.get(dlqOriginTopic) ?? topic;
}

/** The origin stays: RETRY_TOPIC tells the consumer to which of its topics the message belongs. */
export function propertiesToResend(message: Pick<ReceivedMessage, 'properties' | 'topic'>): Map<string, string> {
  const properties = new Map(message.properties);
  for (const name of OF_THE_LAST_DELIVERY) properties.delete(name);
  return properties.set(PropertyName.retryTopic, originOf(message));
}

function flagsToResend(sysFlag: number): number {
  const hosts = SystemFlag.bornHostIPv6 | SystemFlag.storeHostIPv6; // those of the new record are the broker's to set
  return withTransactionType(sysFlag & ~hosts, SystemFlag.transactionNone);
}

function lengthOf(queues: readonly LaidAsideQueue[]): number {
  return queues.reduce((sum, { begin, end }) => sum + end - begin, 0);
}
