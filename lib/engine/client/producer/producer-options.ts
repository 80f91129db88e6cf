import { ConfigurationError } from '../../common/errors.js';
import type { Message, ReceivedMessage } from '../../message/message.js';
import type { MessageQueue } from '../../message/message-queue.js';
import type { CompressionType } from '../../message/system-flag.js';
import { topicNameProblem } from '../../message/topic-names.js';
import type { ProducerHook } from '../hooks/producer-hook.js';
import type { Namespace } from '../namespace/namespace.js';
import { checkGroup, checkInteger, withDefaults } from '../option-checks.js';
import type { SendResult } from './send-result.js';
import type { TransactionState } from './transaction-state.js';

/** Of a producer. Names, meanings and defaults are those of Apache's DefaultMQProducer. */
export interface ProducerOptions {
  /** Producer group. */
  group: string;
  /** For one send, its retries included. Default 3000. */
  sendMsgTimeoutMs?: number;
  /** Further attempts of a send on other queues. Default 2. */
  retryTimesWhenSendFailed?: number;
  /** Try another broker when the status is not SEND_OK. Default false. */
  retryAnotherBrokerWhenNotStoreOK?: boolean;
  /** Bodies of this many bytes or more are compressed where that makes them smaller. Default 4096. */
  compressMsgBodyOverHowmuch?: number;
  /** Default ZLIB. LZ4 needs the package `lz4js`; ZSTD Node 22.15 or the package `@hpcc-js/wasm-zstd`. */
  compressType?: CompressionType;
  /** 1 (fast) to 9 (small); LZ4 has no levels. Default 5. */
  compressLevel?: number;
  /** Bytes of a body. Default 4 MiB. */
  maxMessageSize?: number;
  /** Queues of a topic that is created by its first message. Default 4. */
  defaultTopicQueueNums?: number;
  /** Keep away from brokers that were slow or failed, for a while that grows with the delay. Default false. */
  sendLatencyFaultEnable?: boolean;
  /** With sendLatencyFaultEnable: ask brokers that could not be reached whether they can again, every 3 s. Default false. */
  startDetectorEnable?: boolean;
  /** How long such a question waits. Default 200. */
  detectTimeoutMs?: number;
  /** The least time between two questions to one broker. Default 2000. */
  detectIntervalMs?: number;
  /** Sends under way at a time; further ones wait for their turn, within their timeout. Default 10000, at least 10. */
  backPressureForAsyncSendNum?: number;
  /** Bytes of bodies under way at a time, likewise. Default 100 MiB, at least 1 MiB. */
  backPressureForAsyncSendSize?: number;
  /** Write down what became of each message, in messages of traceTopic. Default false. */
  enableTrace?: boolean;
  /** Default RMQ_SYS_TRACE_TOPIC. */
  traceTopic?: string;
  /** Watch this producer. Default: none. */
  hooks?: readonly ProducerHook[];
  /**
   * Join small messages that are sent in one turn of the event loop into one request. Much cheaper
   * for many sends at a time; with round-robin the messages of a request share a queue. Default false.
   */
  autoBatch?: boolean;
}

type Defaulted = Omit<ProducerOptions, 'group' | 'traceTopic'>;

/** What a producer does where its options say nothing. */
export const producerDefaults: Required<Defaulted> = {
  sendMsgTimeoutMs: 3000,
  retryTimesWhenSendFailed: 2,
  retryAnotherBrokerWhenNotStoreOK: false,
  compressMsgBodyOverHowmuch: 4096,
  compressType: 'ZLIB',
  compressLevel: 5,
  maxMessageSize: 4 * 1024 * 1024,
  defaultTopicQueueNums: 4,
  sendLatencyFaultEnable: false,
  startDetectorEnable: false,
  detectTimeoutMs: 200,
  detectIntervalMs: 2000,
  backPressureForAsyncSendNum: 10_000,
  backPressureForAsyncSendSize: 100 * 1024 * 1024,
  enableTrace: false,
  hooks: [],
  autoBatch: false,
};

/** A producer's options with the defaults filled in. */
export type ResolvedProducerOptions = ProducerOptions & Required<Defaulted>;

/** Options with their defaults, checked; the group as the cluster knows it. @throws ConfigurationError naming the option */
export function resolveProducerOptions(given: ProducerOptions, namespace: Namespace): ResolvedProducerOptions {
  checkGroup(given.group);
  const options = { ...withDefaults(given, producerDefaults), group: namespace.wrap(given.group) };
  for (const [name, least, most] of limits) checkInteger(name, options[name], least, most);
  const { compressType, traceTopic } = options;
  if (!compressionTypes.has(compressType)) {
    throw new ConfigurationError('compressType', `'${compressType}' is unknown; choose ZLIB, LZ4 or ZSTD`);
  }
  const problem = traceTopic === undefined ? undefined : topicNameProblem(traceTopic);
  if (problem !== undefined) throw new ConfigurationError('traceTopic', problem);
  return options;
}

const compressionTypes: ReadonlySet<unknown> = new Set<CompressionType>(['ZLIB', 'LZ4', 'ZSTD']);

const MEBIBYTE = 1024 * 1024;

type NumericOption = {
  [Name in keyof Defaulted]-?: Required<Defaulted>[Name] extends number ? Name : never;
}[keyof Defaulted];

const limits: readonly (readonly [name: NumericOption, least: number, most?: number])[] = [
  ['sendMsgTimeoutMs', 1],
  ['retryTimesWhenSendFailed', 0],
  ['compressMsgBodyOverHowmuch', 0],
  ['compressLevel', 1, 9],
  ['maxMessageSize', 1],
  ['defaultTopicQueueNums', 1],
  ['detectTimeoutMs', 1],
  ['detectIntervalMs', 1],
  ['backPressureForAsyncSendNum', 10],
  ['backPressureForAsyncSendSize', MEBIBYTE],
];

/** Of every call that waits. */
export interface WaitOptions {
  /** Of the whole call, retries included. Default: sendMsgTimeoutMs. */
  timeoutMs?: number;
  /** Ends every wait of the call; whether the broker has done what it was asked is then open. */
  signal?: AbortSignal;
}

/** At most one of queue, shardingKey and selectQueue; by default queues take turns. */
export interface SendOptions extends WaitOptions {
  queue?: MessageQueue;
  /** Messages with equal keys go to one queue, in the order they are sent. */
  shardingKey?: string;
  selectQueue?: (queues: readonly MessageQueue[], message: Message) => MessageQueue;
}

export interface RequestOptions extends SendOptions {
  /**
   * Called when the reply is waited for, with what ends the wait by an AbortedError. Does what
   * `signal` does at a fraction of its cost, which for a request is most of the sending.
   */
  onWaiting?: (giveUp: () => void) => void;
}

/** What answers a request; the rest of the message follows from the request. */
export interface Reply {
  body: Buffer;
  tag?: string;
  properties?: Readonly<Record<string, string>>;
}

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

/** A message that the broker holds until its transaction is decided. */
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

/** Of a producer whose messages wait for local transactions. */
export interface TransactionProducerOptions extends ProducerOptions {
  /** A checker that throws counts as UNKNOWN: the broker asks again. */
  checker: TransactionChecker;
  /** Checks answered at a time. Default 16. */
  checkConcurrency?: number;
}
