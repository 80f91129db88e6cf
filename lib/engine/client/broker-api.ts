import { parseFastjson } from '../common/fastjson.js';
import { objectOf } from '../common/json-fields.js';
import { decodeRecords } from '../message/message-codec.js';
import type { MessageRecord } from '../message/message.js';
import { messageQueueKey, type MessageQueue } from '../message/message-queue.js';
import { SystemTopic } from '../message/topic-names.js';
import type { HeartbeatData } from '../protocol/bodies/heartbeat-data.js';
import type { ConsumerList, LockBatchBody, LockBatchResult } from '../protocol/bodies/lock-batch.js';
import { readKvTable } from '../protocol/bodies/statistics.js';
import { decodeHeader, encodeHeader, type HeaderOf } from '../protocol/field-table.js';
import { request, type RemotingCommand } from '../protocol/remoting-command.js';
import { RequestCode } from '../protocol/request-code.js';
import {
  consumerGroupRequest,
  unregisterClientRequest,
  type UnregisterClientRequest,
} from '../protocol/requests/client-membership.js';
import { queryConsumerOffsetRequest, updateConsumerOffsetRequest } from '../protocol/requests/consumer-offset.js';
import { consumerSendBackRequest, type ConsumerSendBackRequest } from '../protocol/requests/consumer-send-back.js';
import { endTransactionRequest, type EndTransactionRequest } from '../protocol/requests/end-transaction.js';
import { popMessageRequest, popMessageResponse, type PopMessageRequest } from '../protocol/requests/pop-message.js';
import {
  pullMessageRequest,
  pullMessageResponse,
  type PullMessageRequest,
  type PullMessageResponse,
} from '../protocol/requests/pull-message.js';
import { queryMessageRequest } from '../protocol/requests/query-message.js';
import {
  offsetResponse,
  queueRequest,
  searchOffsetRequest,
  timestampResponse,
} from '../protocol/requests/queue-offset.js';
import {
  recallMessageRequest,
  recallMessageResponse,
  type RecallMessageRequest,
} from '../protocol/requests/recall-message.js';
import {
  sendMessageResponse,
  sendMessageV2Request,
  type SendMessageRequest,
  type SendMessageResponse,
} from '../protocol/requests/send-message.js';
import { ResponseCode } from '../protocol/response-code.js';
import { withSignal, type Asking } from '../remoting/remoting-client.js';
import type { SendStatus } from './producer/send-result.js';
import { prepareBodies } from './compression/body-codecs.js';
import { expectSuccess, responseError } from './response.js';

/** Source: Apache 5.3 ClientConfig#mqClientApiTimeout. */
export const API_TIMEOUT_MS = 3000;
const SEND_BACK_TIMEOUT_MS = 5000;

/** What came of a pull. */
export type PullStatus = 'FOUND' | 'NO_NEW_MSG' | 'NO_MATCHED_MSG' | 'OFFSET_ILLEGAL';

export interface PullResult extends PullMessageResponse {
  readonly status: PullStatus;
  /** Stored records that follow each other; undefined when nothing was found. */
  readonly records?: Buffer;
}

export interface PullCall {
  /** PULL_MESSAGE or LITE_PULL_MESSAGE. */
  readonly code: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

const pullStatuses: ReadonlyMap<number, PullStatus> = new Map([
  [ResponseCode.SUCCESS, 'FOUND'],
  [ResponseCode.PULL_NOT_FOUND, 'NO_NEW_MSG'],
  [ResponseCode.PULL_RETRY_IMMEDIATELY, 'NO_MATCHED_MSG'],
  [ResponseCode.PULL_OFFSET_MOVED, 'OFFSET_ILLEGAL'],
]);

const nothingToPop: ReadonlySet<number> = new Set([
  ResponseCode.POLLING_FULL,
  ResponseCode.POLLING_TIMEOUT,
  ResponseCode.PULL_NOT_FOUND,
]);

const sendStatuses: ReadonlyMap<number, SendStatus> = new Map([
  [ResponseCode.SUCCESS, 'SEND_OK'],
  [ResponseCode.FLUSH_DISK_TIMEOUT, 'FLUSH_DISK_TIMEOUT'],
  [ResponseCode.FLUSH_SLAVE_TIMEOUT, 'FLUSH_SLAVE_TIMEOUT'],
  [ResponseCode.SLAVE_NOT_AVAILABLE, 'SLAVE_NOT_AVAILABLE'],
]);

/** What clients ask of a broker, by its address. Codes that are not expected become BrokerResponseError. */
export class BrokerApi {
  constructor(private readonly remoting: Asking) {}

  /** The same, whose calls end when `signal` fires. */
  withSignal(signal: AbortSignal): BrokerApi {
    return new BrokerApi(withSignal(this.remoting, signal));
  }

  sendMessage(
    address: string,
    command: RemotingCommand,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<{ status: SendStatus; header: SendMessageResponse }> {
    return this.remoting.invoke(address, command, timeoutMs, signal).then((response) => {
      const status = sendStatuses.get(response.code);
      if (status === undefined) throw responseError(response, address);
      return { status, header: decodeHeader(sendMessageResponse, response.extFields) };
    });
  }

  sendOneway(address: string, command: RemotingCommand): Promise<void> {
    return this.remoting.invokeOneway(address, command);
  }

  /** Takes back a message that is not due yet. @returns its unique id */
  async recallMessage(
    address: string,
    header: RecallMessageRequest,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<string> {
    const command = request(RequestCode.RECALL_MESSAGE, { extFields: encodeHeader(recallMessageRequest, header) });
    const response = expectSuccess(await this.remoting.invoke(address, command, timeoutMs, signal), address);
    return decodeHeader(recallMessageResponse, response.extFields).msgId;
  }

  async pullMessage(
    address: string,
    header: PullMessageRequest,
    { code, timeoutMs, signal }: PullCall,
  ): Promise<PullResult> {
    const command = request(code, { extFields: encodeHeader(pullMessageRequest, header) });
    const response = await this.remoting.invoke(address, command, timeoutMs, signal);
    const status = pullStatuses.get(response.code);
    if (status === undefined) throw responseError(response, address);
    const loading = response.body && prepareBodies(response.body);
    if (loading) await loading;
    return Object.assign(decodeHeader(pullMessageResponse, response.extFields), { status, records: response.body });
  }

  /** Undefined when there is nothing to pop. */
  async popMessage(
    address: string,
    header: PopMessageRequest,
    { timeoutMs, signal }: Omit<PullCall, 'code'>,
  ): Promise<{ header: HeaderOf<typeof popMessageResponse>; records: Buffer } | undefined> {
    const command = request(RequestCode.POP_MESSAGE, { extFields: encodeHeader(popMessageRequest, header) });
    const response = await this.remoting.invoke(address, command, timeoutMs, signal);
    if (nothingToPop.has(response.code)) return undefined;
    const { body: records = Buffer.alloc(0), extFields } = expectSuccess(response, address);
    await prepareBodies(records);
    return { header: decodeHeader(popMessageResponse, extFields), records };
  }

  /**
   * Undefined when the group has committed nothing. By default Apache's brokers then say 0 of a queue
   * that still has its first message in memory.
   */
  async consumerOffset(
    address: string,
    consumerGroup: string,
    queue: MessageQueue,
    options: { setZeroIfNotFound?: boolean } = {},
  ): Promise<number | undefined> {
    const extFields = encodeHeader(queryConsumerOffsetRequest, { consumerGroup, ...queue, ...options });
    const response = await this.remoting.invoke(
      address,
      request(RequestCode.QUERY_CONSUMER_OFFSET, { extFields }),
      API_TIMEOUT_MS,
    );
    if (response.code === ResponseCode.QUERY_NOT_FOUND) return undefined;
    return decodeHeader(offsetResponse, expectSuccess(response, address).extFields).offset;
  }

  async updateConsumerOffset(
    address: string,
    consumerGroup: string,
    queue: MessageQueue,
    commitOffset: number,
  ): Promise<void> {
    const extFields = encodeHeader(updateConsumerOffsetRequest, { consumerGroup, ...queue, commitOffset });
    await this.invoke(address, request(RequestCode.UPDATE_CONSUMER_OFFSET, { extFields }));
  }

  async consumerSendBack(address: string, header: ConsumerSendBackRequest): Promise<void> {
    const extFields = encodeHeader(consumerSendBackRequest, header);
    await this.invoke(address, request(RequestCode.CONSUMER_SEND_MSG_BACK, { extFields }), SEND_BACK_TIMEOUT_MS);
  }

  async endTransaction(address: string, header: EndTransactionRequest, remark?: string): Promise<void> {
    const extFields = encodeHeader(endTransactionRequest, header);
    await this.invoke(address, request(RequestCode.END_TRANSACTION, { extFields, remark }));
  }

  /** For UNKNOWN, which no broker answers. */
  endTransactionOneway(address: string, header: EndTransactionRequest, remark?: string): Promise<void> {
    const extFields = encodeHeader(endTransactionRequest, header);
    return this.remoting.invokeOneway(address, request(RequestCode.END_TRANSACTION, { extFields, remark }));
  }

  /** Stored records of the topic with this unique id, and perhaps others: their index knows hashes. */
  async queryByUniqueKey(address: string, topic: string, key: string): Promise<Buffer | undefined> {
    const header = { topic, key, maxNum: 32, beginTimestamp: 0, endTimestamp: Number.MAX_SAFE_INTEGER };
    const extFields = encodeHeader(queryMessageRequest, { ...header, uniqueKeyQuery: 'true' });
    const command = request(RequestCode.QUERY_MESSAGE, { extFields });
    const response = await this.remoting.invoke(address, command, API_TIMEOUT_MS);
    if (response.code === ResponseCode.QUERY_NOT_FOUND) return undefined;
    return expectSuccess(response, address).body;
  }

  /** Whether the broker answers in time, whatever it says. */
  async isAlive(address: string, timeoutMs: number): Promise<boolean> {
    const extFields = encodeHeader(queueRequest, { topic: SystemTopic.autoCreate, queueId: 0 });
    const answer = this.remoting.invoke(address, request(RequestCode.GET_MAX_OFFSET, { extFields }), timeoutMs);
    return answer.then(
      () => true,
      () => false,
    );
  }

  async heartbeat(address: string, data: HeartbeatData): Promise<void> {
    await this.invoke(address, heartbeatCommand(data));
  }

  async unregisterClient(address: string, header: UnregisterClientRequest): Promise<void> {
    const extFields = encodeHeader(unregisterClientRequest, header);
    await this.invoke(address, request(RequestCode.UNREGISTER_CLIENT, { extFields }));
  }

  /** The clients of a consumer group. @throws BrokerResponseError SYSTEM_ERROR when the broker knows none */
  async consumerIds(address: string, consumerGroup: string): Promise<readonly string[]> {
    const extFields = encodeHeader(consumerGroupRequest, { consumerGroup });
    const response = await this.invoke(address, request(RequestCode.GET_CONSUMER_LIST_BY_GROUP, { extFields }));
    return (parseJson(response) as Partial<ConsumerList>).consumerIdList ?? [];
  }

  /** @returns keys of the queues that are ours now, see messageQueueKey() */
  async lockQueues(address: string, body: LockBatchBody): Promise<ReadonlySet<string>> {
    const response = await this.invoke(address, request(RequestCode.LOCK_BATCH_MQ, { body: json(body) }));
    return new Set(((parseJson(response) as Partial<LockBatchResult>).lockOKMQSet ?? []).map(messageQueueKey));
  }

  async unlockQueues(address: string, body: LockBatchBody): Promise<void> {
    await this.invoke(address, request(RequestCode.UNLOCK_BATCH_MQ, { body: json(body) }));
  }

  /** How long ago the broker's store was opened, to the second. */
  async uptimeMs(address: string): Promise<number> {
    const response = await this.invoke(address, request(RequestCode.GET_BROKER_RUNTIME_INFO));
    const { runtime } = readKvTable(objectOf(parseFastjson(response.body?.toString() ?? ''), 'the runtime info'));
    const parts = runtime.match(/[\d,]+(?= (?:days|hours|minutes|seconds))/g) ?? [];
    const [days, hours, minutes, seconds] = parts.map((part) => Number(part.replaceAll(',', '')));
    return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  }

  async maxOffset(address: string, queue: MessageQueue): Promise<number> {
    const extFields = encodeHeader(queueRequest, queue);
    const response = await this.invoke(address, request(RequestCode.GET_MAX_OFFSET, { extFields }));
    return decodeHeader(offsetResponse, response.extFields).offset;
  }

  async minOffset(address: string, queue: MessageQueue): Promise<number> {
    const extFields = encodeHeader(queueRequest, queue);
    const response = await this.invoke(address, request(RequestCode.GET_MIN_OFFSET, { extFields }));
    return decodeHeader(offsetResponse, response.extFields).offset;
  }

  /** Offset of the first message stored at `timestamp` or later; of the next message when there is none. */
  async searchOffset(address: string, queue: MessageQueue, timestamp: number): Promise<number> {
    const extFields = encodeHeader(searchOffsetRequest, { ...queue, timestamp });
    const response = await this.invoke(address, request(RequestCode.SEARCH_OFFSET_BY_TIMESTAMP, { extFields }));
    return decodeHeader(offsetResponse, response.extFields).offset;
  }

  /** Milliseconds; -1 when the queue is empty. */
  async earliestStoreTime(address: string, queue: MessageQueue): Promise<number> {
    const extFields = encodeHeader(queueRequest, queue);
    const response = await this.invoke(address, request(RequestCode.GET_EARLIEST_MSG_STORETIME, { extFields }));
    return decodeHeader(timestampResponse, response.extFields).timestamp;
  }

  async queryMessage(address: string, command: RemotingCommand): Promise<MessageRecord[]> {
    const response = await this.remoting.invoke(address, command, API_TIMEOUT_MS);
    if (response.code === ResponseCode.QUERY_NOT_FOUND) return [];
    const loading = response.body && prepareBodies(response.body);
    if (loading) await loading;
    return decodeRecords(expectSuccess(response, address).body ?? Buffer.alloc(0));
  }

  /** For requests without a method of their own. */
  async invoke(address: string, command: RemotingCommand, timeoutMs = API_TIMEOUT_MS): Promise<RemotingCommand> {
    return expectSuccess(await this.remoting.invoke(address, command, timeoutMs), address);
  }
}

/** SEND_MESSAGE_V2 or one of its kind, all with the same header. */
export function sendMessageCommand(header: SendMessageRequest, body: Buffer, isReply = false): RemotingCommand {
  const { SEND_MESSAGE_V2, SEND_BATCH_MESSAGE, SEND_REPLY_MESSAGE_V2 } = RequestCode;
  const code = isReply ? SEND_REPLY_MESSAGE_V2 : header.batch === true ? SEND_BATCH_MESSAGE : SEND_MESSAGE_V2;
  return request(code, { extFields: encodeHeader(sendMessageV2Request, header), body });
}

export function heartbeatCommand(data: HeartbeatData): RemotingCommand {
  return request(RequestCode.HEART_BEAT, { body: json(data) });
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Bodies of these answers are standard JSON, from Apache too. */
function parseJson(response: RemotingCommand): unknown {
  return JSON.parse(response.body?.toString('utf8') ?? '{}');
}
