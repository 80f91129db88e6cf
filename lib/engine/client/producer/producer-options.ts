import type { Message, ReceivedMessage } from '../../message/message.js';
import type { MessageQueue } from '../../message/message-queue.js';
import type { SendResult } from './send-result.js';

export interface ProducerOptions {
  /** Producer group. */
  group: string;
  /** For one send, its retries included. Default 3000. */
  sendMsgTimeoutMs?: number;
  /** Further attempts of a send on other queues. Default 2. */
  retryTimesWhenSendFailed?: number;
  /** Try another broker when the status is not SEND_OK. Default false. */
  retryAnotherBrokerWhenNotStoreOK?: boolean;
  /** Bodies of this many bytes or more are compressed by zlib where that makes them smaller. Default 4096. */
  compressMsgBodyOverHowmuch?: number;
  /** Bytes of a body. Default 4 MiB. */
  maxMessageSize?: number;
  /** Queues of a topic that is created by its first message. Default 4. */
  defaultTopicQueueNums?: number;
  /** Keep away from brokers that were slow or failed, for a while that grows with the delay. Default false. */
  sendLatencyFaultEnable?: boolean;
  /**
   * Join small messages that are sent in one turn of the event loop into one request. Much cheaper
   * for many sends at a time; with round-robin the messages of a request share a queue. Default false.
   */
  autoBatch?: boolean;
}

export const producerDefaults = {
  sendMsgTimeoutMs: 3000,
  retryTimesWhenSendFailed: 2,
  retryAnotherBrokerWhenNotStoreOK: false,
  compressMsgBodyOverHowmuch: 4096,
  maxMessageSize: 4 * 1024 * 1024,
  defaultTopicQueueNums: 4,
  sendLatencyFaultEnable: false,
  autoBatch: false,
} satisfies Omit<Required<ProducerOptions>, 'group'>;

/** At most one of queue, shardingKey and selectQueue; by default queues take turns. */
export interface SendOptions {
  queue?: MessageQueue;
  /** Messages with equal keys go to one queue, in the order they are sent. */
  shardingKey?: string;
  selectQueue?: (queues: readonly MessageQueue[], message: Message) => MessageQueue;
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** What answers a request; the rest of the message follows from the request. */
export interface Reply {
  body: Buffer;
  tag?: string;
  properties?: Readonly<Record<string, string>>;
}

export type TransactionState = 'COMMIT' | 'ROLLBACK' | 'UNKNOWN';

/** Names one stored half message towards its broker; plain data, so that it can be stored. */
export interface HalfMessageHandle {
  topic: string;
  brokerName: string;
  producerGroup: string;
  /** Queue offset of the half message. */
  tranStateTableOffset: number;
  /** Physical offset of the half message. */
  commitLogOffset: number;
  messageId: string;
  transactionId: string;
}

export interface HalfMessage {
  result: SendResult;
  handle: HalfMessageHandle;
}

/**
 * The broker asks what became of a half message that stayed silent. Undefined: nothing is answered,
 * because the checker has called end() itself or will.
 */
export type TransactionChecker = (
  message: ReceivedMessage,
  handle: HalfMessageHandle,
) => Promise<TransactionState | undefined>;

export interface TransactionProducerOptions extends ProducerOptions {
  /** A checker that throws counts as UNKNOWN: the broker asks again. */
  checker: TransactionChecker;
  /** Checks answered at a time. Default 16. */
  checkConcurrency?: number;
}
