import { BrokerResponseError, ConfigurationError, TopicNotFoundError } from '../../common/errors.js';
import { decodeRecord } from '../../message/message-codec.js';
import { decodeOffsetMessageId } from '../../message/message-id.js';
import { formatHostAddress } from '../../message/host-address.js';
import type { ReceivedMessage } from '../../message/message.js';
import { compareMessageQueues, type MessageQueue } from '../../message/message-queue.js';
import { SystemTopic, topicNameProblem } from '../../message/topic-names.js';
import { MASTER_ID, Permission } from '../../protocol/bodies/topic-route-data.js';
import { encodeHeader } from '../../protocol/field-table.js';
import { request } from '../../protocol/remoting-command.js';
import { RequestCode } from '../../protocol/request-code.js';
import { queryMessageRequest, viewMessageRequest } from '../../protocol/requests/query-message.js';
import { createTopicRequest, topicRequest } from '../../protocol/requests/topic-admin.js';
import type { ClientInstance } from '../client-instance.js';
import { StoredMessage } from '../received-message.js';

export interface TopicSettings {
  /** Per broker. Default 8. */
  readQueueNums?: number;
  /** Per broker. Default 8. */
  writeQueueNums?: number;
  /** Bits of Permission. Default 6: read and write. */
  perm?: number;
  /** Names of the brokers that get it. Default: all masters of the cluster. */
  brokerNames?: readonly string[];
  /** `+key=value,-key`. */
  attributes?: string;
}

export interface KeyQuery {
  /** Default 64. */
  maxCount?: number;
  /** Store timestamps, inclusive, in milliseconds. Default: all time. */
  begin?: number;
  end?: number;
}

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

const FAR_FUTURE = Number.MAX_SAFE_INTEGER;

/** Looks after topics, and looks into them. Source: Apache 5.3 DefaultMQAdminExt. */
export class AdminClient {
  constructor(private readonly client: ClientInstance) {}

  /** Creates a topic or changes its settings. @throws ConfigurationError, BrokerResponseError */
  async createTopic(topic: string, settings: TopicSettings = {}): Promise<void> {
    const problem = topicNameProblem(topic);
    if (problem !== undefined) throw new ConfigurationError('topic', problem);
    const extFields = encodeHeader(createTopicRequest, {
      topic,
      defaultTopic: SystemTopic.autoCreate,
      readQueueNums: settings.readQueueNums ?? 8,
      writeQueueNums: settings.writeQueueNums ?? 8,
      perm: settings.perm ?? Permission.read + Permission.write,
      topicFilterType: 'SINGLE_TAG',
      topicSysFlag: 0,
      order: false,
      attributes: settings.attributes,
    });
    const command = request(RequestCode.UPDATE_AND_CREATE_TOPIC, { extFields });
    const addresses = await this.masters(settings.brokerNames);
    await Promise.all(addresses.map((address) => this.client.brokers.invoke(address, command)));
    await this.client.routes.refresh(topic);
  }

  /** From all brokers and name servers. Its messages are gone. */
  async deleteTopic(topic: string): Promise<void> {
    const extFields = encodeHeader(topicRequest, { topic });
    const onBroker = request(RequestCode.DELETE_TOPIC_IN_BROKER, { extFields });
    await Promise.all((await this.masters()).map((address) => this.client.brokers.invoke(address, onBroker)));
    await this.client.nameServers.invokeAll(request(RequestCode.DELETE_TOPIC_IN_NAMESRV, { extFields }));
  }

  /** Names of all topics, those of the system included. */
  topics(): Promise<string[]> {
    return this.client.nameServers.topics();
  }

  /** The queues that can be read, sorted. @throws TopicNotFoundError */
  async queues(topic: string): Promise<MessageQueue[]> {
    const route = await this.client.routes.refresh(topic);
    if (!route || route.isProvisional) throw new TopicNotFoundError(topic, 'create it first');
    return [...route.subscribeQueues].sort(compareMessageQueues);
  }

  /** Behind the last message. */
  async maxOffset(queue: MessageQueue): Promise<number> {
    return this.client.brokers.maxOffset(await this.client.routes.findMasterAddress(queue), queue);
  }

  /** Of the first message that is still there. */
  async minOffset(queue: MessageQueue): Promise<number> {
    return this.client.brokers.minOffset(await this.client.routes.findMasterAddress(queue), queue);
  }

  /** Of the first message stored at `timestamp` (milliseconds) or later. */
  async searchOffset(queue: MessageQueue, timestamp: number): Promise<number> {
    return this.client.brokers.searchOffset(await this.client.routes.findMasterAddress(queue), queue, timestamp);
  }

  /** Milliseconds; -1 for an empty queue. */
  async earliestStoreTime(queue: MessageQueue): Promise<number> {
    return this.client.brokers.earliestStoreTime(await this.client.routes.findMasterAddress(queue), queue);
  }

  /** @param id the offset message id or the unique id. Undefined when there is no such message. */
  async viewMessage(topic: string, id: string): Promise<ReceivedMessage | undefined> {
    if (isOffsetMessageId(id)) {
      const message = await this.viewByOffsetId(topic, id);
      if (message) return message; // a unique id looks the same
    }
    const found = await this.query(topic, id, {}, true);
    return found.at(0);
  }

  /** Messages with this key, newest first. */
  queryByKey(topic: string, key: string, options: KeyQuery = {}): Promise<ReceivedMessage[]> {
    return this.query(topic, key, options, false);
  }

  /** Where a group stands in the queues of a topic. */
  async consumerProgress(group: string, topic: string): Promise<QueueProgress[]> {
    const queues = await this.queues(topic);
    return Promise.all(
      queues.map(async (queue) => {
        const address = await this.client.routes.findMasterAddress(queue);
        const [brokerOffset, consumerOffset] = await Promise.all([
          this.client.brokers.maxOffset(address, queue),
          this.client.brokers.consumerOffset(address, group, queue, { setZeroIfNotFound: false }),
        ]);
        return { queue, brokerOffset, consumerOffset, lag: brokerOffset - (consumerOffset ?? 0) };
      }),
    );
  }

  /** Client ids of a group's consumers, as the brokers of a topic know them. */
  async consumerIds(group: string, topic: string): Promise<string[]> {
    await this.queues(topic);
    const lists = await Promise.all(
      this.client.routes.addressesOf(topic).map((address) =>
        this.client.brokers.consumerIds(address, group).catch((error: unknown) => {
          if (error instanceof BrokerResponseError) return []; // nobody of the group is there
          throw error;
        }),
      ),
    );
    return [...new Set(lists.flat())].sort();
  }

  private async viewByOffsetId(topic: string, id: string): Promise<ReceivedMessage | undefined> {
    const { storeHost, physicalOffset } = decodeOffsetMessageId(id);
    const address = formatHostAddress(storeHost);
    await this.client.routes.refresh(topic);
    const broker = this.client.routes.allBrokers().find((known) => known.address === address);
    if (!broker) return undefined;
    const extFields = encodeHeader(viewMessageRequest, { topic, offset: physicalOffset });
    try {
      const command = request(RequestCode.VIEW_MESSAGE_BY_ID, { extFields });
      const { body } = await this.client.brokers.invoke(address, command);
      return body && new StoredMessage(decodeRecord(body), broker.brokerName);
    } catch (error) {
      if (error instanceof BrokerResponseError) return undefined;
      throw error;
    }
  }

  private async query(topic: string, key: string, options: KeyQuery, unique: boolean): Promise<ReceivedMessage[]> {
    const { maxCount = 64, begin = 0, end = FAR_FUTURE } = options;
    const extFields = encodeHeader(queryMessageRequest, {
      topic,
      key,
      maxNum: maxCount,
      beginTimestamp: begin,
      endTimestamp: end,
      uniqueKeyQuery: unique ? 'true' : undefined,
    });
    const command = request(RequestCode.QUERY_MESSAGE, { extFields });
    await this.queues(topic);
    const found = await Promise.all(
      this.client.routes.brokersOf(topic).map(async ({ brokerName, address }) => {
        const records = await this.client.brokers.queryMessage(address, command);
        return records.map((record) => new StoredMessage(record, brokerName));
      }),
    );
    return found
      .flat()
      .filter((message) => (unique ? message.messageId === key : message.keys.includes(key))) // the index goes by hash
      .sort((a, b) => b.storeTimestamp - a.storeTimestamp)
      .slice(0, maxCount);
  }

  private async masters(brokerNames?: readonly string[]): Promise<string[]> {
    const { routes } = this.client;
    await routes.learnBrokers();
    const masters = routes.allBrokers().filter(({ brokerId }) => brokerId === MASTER_ID);
    const unknown = brokerNames?.find((name) => !masters.some(({ brokerName }) => brokerName === name));
    if (unknown !== undefined) {
      const known = masters.map(({ brokerName }) => brokerName).join(', ');
      throw new ConfigurationError('brokerNames', `there is no master of '${unknown}'; known are ${known}`);
    }
    return masters.filter(({ brokerName }) => brokerNames?.includes(brokerName) ?? true).map(({ address }) => address);
  }
}

function isOffsetMessageId(id: string): boolean {
  return /^(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{56})$/.test(id);
}
