import { ConfigurationError } from '../common/errors.js';
import { resolveSettings, type SettingsTable } from '../common/settings.js';
import { parseDelayLevels } from './delay-levels.js';

/**
 * Settings of a broker, under Apache's names and with its defaults where the meaning is Apache's.
 * Times are milliseconds unless the name says otherwise.
 * Source: Apache 5.3 BrokerConfig, MessageStoreConfig.
 */
export interface BrokerOptions {
  brokerClusterName: string;
  /** Names the set of a master and its slaves; producers and consumers see it in message queues. */
  brokerName: string;
  /** 0 is the master of its set. */
  brokerId: number;
  /** The IP address that clients reach this broker at, and that stored messages carry. Default: loopback only. */
  brokerIP1: string;
  listenPort: number;
  /** Sum of 4 (read) and 2 (write). */
  brokerPermission: number;

  /** Whether a send to a missing topic creates it after the pattern of TBW102. */
  autoCreateTopicEnable: boolean;
  /** Queues of TBW102, the most that an auto-created topic gets. */
  defaultTopicQueueNums: number;
  /** Whether a group exists from its first use. */
  autoCreateSubscriptionGroup: boolean;
  /** Whether requests may change or delete system topics: true refuses. */
  validateSystemTopicWhenUpdateTopic: boolean;
  /** Whether a deleted topic takes the retry topics of POP groups with it. */
  clearRetryTopicWhenDeleteTopic: boolean;

  /** Bytes of one message's body. */
  maxMessageSize: number;
  /** Ours: bytes of messages taken but not yet stored; beyond it senders are told SYSTEM_BUSY. */
  maxPutBytesInFlight: number;
  /** Sends that wait for their answer; beyond it senders are told SYSTEM_BUSY. One connection has at most half of them. */
  sendThreadPoolQueueCapacity: number;
  /** The same for pulls and pops, also those that wait for a message. */
  pullThreadPoolQueueCapacity: number;
  /** Ours: bytes of requests that wait for their answer; beyond it the next are told SYSTEM_BUSY. */
  maxRequestBytesInWork: number;
  maxRequestBytesInWorkPerConnection: number;
  /** Ours: bytes of the body of a request that carries no messages. */
  maxControlBodySize: number;
  /** Ours: subscriptions, and groups, that one heartbeat may bring. */
  maxSubscriptionsPerHeartbeat: number;
  /** Ours: bytes a slow client may leave unread on its connection before its pulls are put off. */
  maxUnsentBytesPerConnection: number;
  /** Ours: bytes all clients together may leave unread before the pulls of those that do are put off. */
  maxUnsentBytes: number;
  /** Sends before this time (milliseconds since the epoch) are refused. */
  startAcceptSendRequestTimeStamp: number;
  regionId: string;
  traceOn: boolean;
  /** Whether RMQ_SYS_TRACE_TOPIC (msgTraceTopicName) exists from the start. */
  traceTopicEnable: boolean;
  msgTraceTopicName: string;
  /** Whether the reply of a request-reply exchange is stored as well as pushed. */
  storeReplyMessageEnable: boolean;

  /** Whether a pull that finds nothing waits on the broker. */
  longPollingEnable: boolean;
  /** How long it waits when longPollingEnable is false. */
  shortPollingTimeMills: number;
  litePullMessageEnable: boolean;
  /** Whether SQL92 subscriptions are allowed. */
  enablePropertyFilter: boolean;

  flushConsumerOffsetInterval: number;
  /** Commits until the version of consumerOffset.json advances. */
  consumerOffsetUpdateVersionStep: number;
  /** Whether a reset of offsets is kept here and handed out by the next pull. */
  useServerSideResetOffset: boolean;
  /** Percent of the machine's memory: so much at the log's end counts as still in memory. */
  accessMessageInMemoryMaxRatio: number;
  notifyConsumerIdsChangedEnable: boolean;
  /** Without a heartbeat for so long a client is taken for gone. */
  channelExpiredTimeout: number;
  subscriptionExpiredTimeout: number;

  /** Delays of the levels 1, 2, …: numbers with s, m, h or d, separated by spaces. */
  messageDelayLevel: string;
  flushDelayOffsetInterval: number;
  delayOffsetUpdateVersionStep: number;
  /** Whether messages can be delivered at any time (TIMER_* properties). */
  timerWheelEnable: boolean;
  timerPrecisionMs: number;
  /** Seconds: the longest delay of TIMER_* properties. */
  timerMaxDelaySec: number;
  /** Ours: so many messages may wait for a time of their own; each takes some 100 bytes of memory. */
  maxPendingTimerMessages: number;
  /** Whether a message that waits for its time can be recalled. */
  recallMessageEnable: boolean;

  rejectTransactionMessage: boolean;
  /** A half message is left alone so long before its producer is asked. */
  transactionTimeOut: number;
  /** How often a producer is asked about a half message before it is discarded. */
  transactionCheckMax: number;
  transactionCheckInterval: number;
  /** Bytes of one op message. */
  transactionOpMsgMaxSize: number;
  transactionOpBatchInterval: number;
  /** Ours: a COMMIT that comes after a ROLLBACK is refused; Apache's broker delivers. */
  rejectCommitAfterRollback: boolean;
  /** Hours: a half message born longer ago is discarded without asking. */
  fileReservedTime: number;

  /** Addresses of name servers, separated by `;`; empty: none. */
  namesrvAddr: string;
  registerNameServerPeriod: number;
  registerBrokerTimeoutMills: number;
  /** The name server forgets this broker when it is silent for so long. */
  brokerHeartbeatTimeoutMillis: number;

  /** Queues of the topic in which POP keeps its check points. */
  reviveQueueNum: number;

  /** PROM: figures for Prometheus at http://metricsPromExporterHost:metricsPromExporterPort/metrics; DISABLE: none. */
  metricsExporterType: 'DISABLE' | 'PROM';
  metricsPromExporterPort: number;
  /** Empty: this machine only. */
  metricsPromExporterHost: string;
}

export const defaultBrokerOptions: Readonly<BrokerOptions> = Object.freeze({
  brokerClusterName: 'DefaultCluster',
  brokerName: 'broker-a',
  brokerId: 0,
  brokerIP1: '127.0.0.1',
  listenPort: 10911,
  brokerPermission: 6,
  autoCreateTopicEnable: true,
  defaultTopicQueueNums: 8,
  autoCreateSubscriptionGroup: true,
  validateSystemTopicWhenUpdateTopic: true,
  clearRetryTopicWhenDeleteTopic: true,
  maxMessageSize: 4 * 1024 * 1024,
  maxPutBytesInFlight: 64 * 1024 * 1024,
  sendThreadPoolQueueCapacity: 10_000,
  pullThreadPoolQueueCapacity: 100_000,
  maxRequestBytesInWork: 256 * 1024 * 1024,
  maxRequestBytesInWorkPerConnection: 32 * 1024 * 1024,
  maxControlBodySize: 1024 * 1024,
  maxSubscriptionsPerHeartbeat: 2000,
  maxUnsentBytesPerConnection: 16 * 1024 * 1024,
  maxUnsentBytes: 256 * 1024 * 1024,
  startAcceptSendRequestTimeStamp: 0,
  regionId: 'DefaultRegion',
  traceOn: true,
  traceTopicEnable: false,
  msgTraceTopicName: 'RMQ_SYS_TRACE_TOPIC',
  storeReplyMessageEnable: true,
  longPollingEnable: true,
  shortPollingTimeMills: 1000,
  litePullMessageEnable: true,
  enablePropertyFilter: false,
  flushConsumerOffsetInterval: 5000,
  consumerOffsetUpdateVersionStep: 500,
  useServerSideResetOffset: true,
  accessMessageInMemoryMaxRatio: 40,
  notifyConsumerIdsChangedEnable: true,
  channelExpiredTimeout: 120_000,
  subscriptionExpiredTimeout: 600_000,
  messageDelayLevel: '1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h',
  flushDelayOffsetInterval: 10_000,
  delayOffsetUpdateVersionStep: 200,
  timerWheelEnable: true,
  timerPrecisionMs: 1000,
  timerMaxDelaySec: 3 * 24 * 3600,
  maxPendingTimerMessages: 2_000_000,
  recallMessageEnable: false,
  rejectTransactionMessage: false,
  transactionTimeOut: 6000,
  transactionCheckMax: 15,
  transactionCheckInterval: 30_000,
  transactionOpMsgMaxSize: 4096,
  transactionOpBatchInterval: 3000,
  rejectCommitAfterRollback: false,
  fileReservedTime: 72,
  namesrvAddr: '',
  registerNameServerPeriod: 30_000,
  registerBrokerTimeoutMills: 24_000,
  brokerHeartbeatTimeoutMillis: 120_000,
  reviveQueueNum: 8,
  metricsExporterType: 'DISABLE',
  metricsPromExporterPort: 5557,
  metricsPromExporterHost: '',
});

const limits: SettingsTable<BrokerOptions>['limits'] = {
  listenPort: [0, 65_535],
  brokerPermission: [0, 7],
  defaultTopicQueueNums: [1, 65_536],
  maxMessageSize: [1, 16 * 1024 * 1024],
  maxPutBytesInFlight: [1, 2 ** 40],
  sendThreadPoolQueueCapacity: [1, 2 ** 31 - 1],
  pullThreadPoolQueueCapacity: [1, 2 ** 31 - 1],
  maxRequestBytesInWork: [1, 2 ** 40],
  maxRequestBytesInWorkPerConnection: [1, 2 ** 40],
  maxControlBodySize: [1024, 16 * 1024 * 1024],
  maxSubscriptionsPerHeartbeat: [1, 1_000_000],
  maxUnsentBytesPerConnection: [1, 2 ** 40],
  maxUnsentBytes: [1, 2 ** 40],
  startAcceptSendRequestTimeStamp: [0, Number.MAX_SAFE_INTEGER],
  flushConsumerOffsetInterval: [1, 2 ** 31],
  flushDelayOffsetInterval: [1, 2 ** 31],
  consumerOffsetUpdateVersionStep: [1, 2 ** 31],
  delayOffsetUpdateVersionStep: [1, 2 ** 31],
  accessMessageInMemoryMaxRatio: [1, 100],
  timerPrecisionMs: [1, 3_600_000],
  transactionCheckInterval: [1, 2 ** 31],
  transactionOpMsgMaxSize: [32, 1024 * 1024],
  transactionOpBatchInterval: [1, 2 ** 31],
  registerNameServerPeriod: [10_000, 60_000],
  registerBrokerTimeoutMills: [1, 2 ** 31],
  reviveQueueNum: [1, 1024],
  metricsPromExporterPort: [0, 65_535],
};

export const brokerSettings: SettingsTable<BrokerOptions> = {
  owner: 'a broker',
  defaults: defaultBrokerOptions,
  limits,
};

/** @throws ConfigurationError see resolveSettings() */
export function resolveBrokerOptions(given: Partial<BrokerOptions> = {}): Readonly<BrokerOptions> {
  const options = resolveSettings(brokerSettings, given);
  parseDelayLevels(options.messageDelayLevel);
  if (!['DISABLE', 'PROM'].includes(options.metricsExporterType))
    throw new ConfigurationError(
      'metricsExporterType',
      `is '${options.metricsExporterType}', but metrics can only be fetched here; set it to PROM or DISABLE`,
    );
  return options;
}
