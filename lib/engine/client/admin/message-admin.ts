import { BrokerResponseError } from '../../common/errors.js';
import { formatHostAddress } from '../../message/host-address.js';
import { decodeRecord, decodeRecords } from '../../message/message-codec.js';
import { decodeOffsetMessageId } from '../../message/message-id.js';
import type { ReceivedMessage } from '../../message/message.js';
import type { MessageQueue } from '../../message/message-queue.js';
import { readConsumeQueueData, type ConsumeQueueData } from '../../protocol/bodies/consume-queue-data.js';
import { encodeHeader } from '../../protocol/field-table.js';
import { request } from '../../protocol/remoting-command.js';
import { RequestCode } from '../../protocol/request-code.js';
import { queryConsumeQueueRequest, resumeCheckRequest } from '../../protocol/requests/broker-admin.js';
import { consumeDirectlyRequest } from '../../protocol/requests/consumer-running-info.js';
import { PullSysFlag } from '../../protocol/requests/pull-message.js';
import { queryMessageRequest, viewMessageRequest } from '../../protocol/requests/query-message.js';
import { API_TIMEOUT_MS } from '../broker-api.js';
import { StoredMessage } from '../received-message.js';
import type { AdminRequests } from './admin-requests.js';
import { TOOLS_CONSUMER_GROUP } from './tools-group.js';

/** Which messages of a key are wanted. */
export interface KeyQuery {
  /** Default 64. */
  maxCount?: number;
  /** Store timestamps, inclusive, in milliseconds. Default: all time. */
  begin?: number;
  end?: number;
}

/** Which part of a queue is read. */
export interface QueueRead {
  /** Default 32. */
  maxCount?: number;
  /** Tags, `TagA || TagB`. Default `*`: all. */
  expression?: string;
}

/** What one read of a queue gave. */
export interface QueuePage {
  readonly messages: readonly ReceivedMessage[];
  /** Where to go on; beyond what was read also when nothing matched. */
  readonly nextOffset: number;
  readonly minOffset: number;
  readonly maxOffset: number;
}

/** How a consumer fared with a message it was given by hand. Source: Apache 5.3 ConsumeMessageDirectlyResult. */
export interface DirectConsumption {
  /** `CR_SUCCESS`, `CR_LATER`, `CR_THROW_EXCEPTION` and others of Java's. */
  readonly consumeResult: string;
  readonly remark?: string;
  readonly spentTimeMills: number;
}

const FAR_FUTURE = Number.MAX_SAFE_INTEGER;
const CONSUME_DIRECTLY_TIMEOUT_MS = 15_000;

/** Finds messages, and looks into queues. Source: Apache 5.3 DefaultMQAdminExt. */
export class MessageAdmin {
  constructor(private readonly requests: AdminRequests) {}

  /** @param id the offset message id or the unique id. Undefined when there is no such message. */
  async view(topic: string, id: string): Promise<ReceivedMessage | undefined> {
    if (isOffsetMessageId(id)) {
      const message = await this.viewByOffsetId(topic, id);
      if (message) return message; // a unique id looks the same
    }
    return (await this.byUniqueId(topic, id)).at(0);
  }

  /** Messages with this key, newest first. @throws TopicNotFoundError */
  byKey(topic: string, key: string, options: KeyQuery = {}): Promise<ReceivedMessage[]> {
    return this.query(topic, key, options, false);
  }

  /** All with this unique id: a message that was sent twice has two places. */
  byUniqueId(topic: string, id: string, options: KeyQuery = {}): Promise<ReceivedMessage[]> {
    return this.query(topic, id, options, true);
  }

  /** Undefined when nothing is there. */
  async at(queue: MessageQueue, queueOffset: number): Promise<ReceivedMessage | undefined> {
    const { messages } = await this.read(queue, queueOffset, { maxCount: 1 });
    return messages.at(0);
  }

  /** Reads on from an offset without being a consumer: no progress is kept. An offset that is gone gives no message. */
  async read(
    queue: MessageQueue,
    queueOffset: number,
    { maxCount = 32, expression = '*' }: QueueRead = {},
  ): Promise<QueuePage> {
    const { brokers, clock } = this.requests;
    const header = {
      consumerGroup: TOOLS_CONSUMER_GROUP,
      ...queue,
      queueOffset,
      maxMsgNums: maxCount,
      sysFlag: PullSysFlag.subscription,
      commitOffset: 0,
      suspendTimeoutMillis: 0,
      subscription: expression,
      subVersion: clock.now(),
      expressionType: 'TAG',
    };
    const address = await this.requests.masterOf(queue);
    const page = await brokers.pullMessage(address, header, {
      code: RequestCode.PULL_MESSAGE,
      timeoutMs: API_TIMEOUT_MS,
    });
    const records = page.status === 'FOUND' ? decodeRecords(page.records ?? Buffer.alloc(0)) : [];
    return {
      messages: records.map((record) => new StoredMessage(record, queue.brokerName)),
      nextOffset: page.nextBeginOffset,
      minOffset: page.minOffset,
      maxOffset: page.maxOffset,
    };
  }

  /** Entries of a consume queue, as one broker has it. @param group whose filter is applied */
  async consumeQueue(
    address: string,
    queue: Pick<MessageQueue, 'topic' | 'queueId'>,
    index: number,
    count: number,
    group?: string,
  ): Promise<ConsumeQueueData> {
    const { topic, queueId } = queue;
    const extFields = encodeHeader(queryConsumeQueueRequest, { topic, queueId, index, count, consumerGroup: group });
    const answer = await this.requests.askJson(address, RequestCode.QUERY_CONSUME_QUEUE, { extFields });
    return readConsumeQueueData(answer);
  }

  /** Gives one consumer a message now, whatever its progress. @throws BrokerResponseError when it is not online */
  async consumeDirectly(group: string, clientId: string, message: ReceivedMessage): Promise<DirectConsumption> {
    const { topic, brokerName, offsetMessageId: msgId } = message;
    const header = { consumerGroup: group, clientId, msgId, brokerName, topic };
    const extFields = encodeHeader(consumeDirectlyRequest, header);
    const address = await this.requests.masterOf({ topic, brokerName });
    const code = RequestCode.CONSUME_MESSAGE_DIRECTLY;
    const body = await this.requests.askJson(address, code, { extFields }, CONSUME_DIRECTLY_TIMEOUT_MS);
    return {
      consumeResult: typeof body.consumeResult === 'string' ? body.consumeResult : 'CR_RETURN_NULL',
      ...(typeof body.remark === 'string' ? { remark: body.remark } : {}),
      spentTimeMills: Number(body.spentTimeMills ?? 0),
    };
  }

  /** Has a half message asked about again that was given up. @param id its offset message id */
  async resumeTransactionCheck(topic: string, id: string): Promise<void> {
    const address = formatHostAddress(decodeOffsetMessageId(id).storeHost);
    const extFields = encodeHeader(resumeCheckRequest, { topic, msgId: id });
    await this.requests.ask(address, RequestCode.RESUME_CHECK_HALF_MESSAGE, { extFields });
  }

  private async viewByOffsetId(topic: string, id: string): Promise<ReceivedMessage | undefined> {
    const { storeHost, physicalOffset } = decodeOffsetMessageId(id);
    const address = formatHostAddress(storeHost);
    const broker = (await this.requests.clusterBrokers()).find((known) => known.address === address);
    if (!broker) return undefined;
    const extFields = encodeHeader(viewMessageRequest, { topic, offset: physicalOffset });
    try {
      const { body } = await this.requests.ask(address, RequestCode.VIEW_MESSAGE_BY_ID, { extFields });
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
    const brokers = await this.requests.brokersOfTopic(topic);
    const found = await Promise.all(
      brokers.map(async ({ brokerName, address }) => {
        const records = await this.requests.brokers.queryMessage(address, command);
        return records.map((record) => new StoredMessage(record, brokerName));
      }),
    );
    return found
      .flat()
      .filter((message) => (unique ? message.messageId === key : message.keys.includes(key))) // the index goes by hash
      .sort((a, b) => b.storeTimestamp - a.storeTimestamp)
      .slice(0, maxCount);
  }
}

function isOffsetMessageId(id: string): boolean {
  return /^(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{56})$/.test(id);
}
