/**
 * Every property RocketMQ gives a meaning to, with who writes it.
 * Source: Apache 5.3 MessageConst.
 */
export const PropertyName = {
  /** Sender: index keys, separated by spaces. */
  keys: 'KEYS',
  /** Sender: the one tag. */
  tags: 'TAGS',
  /** Sender: "false" answers without waiting for flush and replicas. */
  waitStoreOk: 'WAIT',
  /** Sender: delay level 1..18. */
  delayLevel: 'DELAY',
  /** Broker: the topic a retried message came from. */
  retryTopic: 'RETRY_TOPIC',
  /** Broker: where a delayed or half message belongs. */
  realTopic: 'REAL_TOPIC',
  realQueueId: 'REAL_QID',
  /** Sender: "true" marks a half message. */
  transactionPrepared: 'TRAN_MSG',
  /** Sender: producer group of a half message, asked when it stays silent. */
  producerGroup: 'PGROUP',
  /** Consumer: queue bounds at the time of the pull. */
  minOffset: 'MIN_OFFSET',
  maxOffset: 'MAX_OFFSET',
  buyerId: 'BUYER_ID',
  /** Broker: offset id of the first delivery of a retried message. */
  originMessageId: 'ORIGIN_MESSAGE_ID',
  transferFlag: 'TRANSFER_FLAG',
  correctionFlag: 'CORRECTION_FLAG',
  mq2Flag: 'MQ2_FLAG',
  /** Consumer: set when a retry is sent as a normal message. */
  reconsumeTime: 'RECONSUME_TIME',
  maxReconsumeTimes: 'MAX_RECONSUME_TIMES',
  /** Broker: on every message. */
  msgRegion: 'MSG_REGION',
  traceOn: 'TRACE_ON',
  cluster: 'CLUSTER',
  /** Client (broker if missing): the message's unique id. */
  uniqKey: 'UNIQ_KEY',
  extendUniqInfo: 'EXTEND_UNIQ_INFO',
  consumeStartTime: 'CONSUME_START_TIME',
  innerNum: 'INNER_NUM',
  innerBase: 'INNER_BASE',
  dupInfo: 'DUP_INFO',
  /** Sender: seconds before the first check of a half message. */
  checkImmunityTimeInSeconds: 'CHECK_IMMUNITY_TIME_IN_SECONDS',
  /** Broker: queue offset of the half message this one replaces. */
  transactionPreparedQueueOffset: 'TRAN_PREPARED_QUEUE_OFFSET',
  transactionId: '__transactionId__',
  /** Broker: how often the producer group was asked. */
  transactionCheckTimes: 'TRANSACTION_CHECK_TIMES',
  instanceId: 'INSTANCE_ID',
  correlationId: 'CORRELATION_ID',
  replyToClient: 'REPLY_TO_CLIENT',
  timeToLive: 'TTL',
  messageType: 'MSG_TYPE',
  arriveTime: 'ARRIVE_TIME',
  pushReplyTime: 'PUSH_REPLY_TIME',
  popCheckPoint: 'POP_CK',
  popCheckPointOffset: 'POP_CK_OFFSET',
  firstPopTime: '1ST_POP_TIME',
  shardingKey: '__SHARDINGKEY',
  forwardQueueId: 'PROPERTY_FORWARD_QUEUE_ID',
  redirect: 'REDIRECT',
  innerMultiDispatch: 'INNER_MULTI_DISPATCH',
  innerMultiQueueOffset: 'INNER_MULTI_QUEUE_OFFSET',
  traceContext: 'TRACE_CONTEXT',
  timerDelaySec: 'TIMER_DELAY_SEC',
  timerDelayMs: 'TIMER_DELAY_MS',
  timerDeliverMs: 'TIMER_DELIVER_MS',
  timerOutMs: 'TIMER_OUT_MS',
  timerEnqueueMs: 'TIMER_ENQUEUE_MS',
  timerDequeueMs: 'TIMER_DEQUEUE_MS',
  timerRollTimes: 'TIMER_ROLL_TIMES',
  timerDeleteUniqKey: 'TIMER_DEL_UNIQKEY',
  timerDelayLevel: 'TIMER_DELAY_LEVEL',
  bornHost: '__BORNHOST',
  bornTimestamp: 'BORN_TIMESTAMP',
  crc32: '__CRC32#',
  dlqOriginTopic: 'DLQ_ORIGIN_TOPIC',
  dlqOriginMessageId: 'DLQ_ORIGIN_MESSAGE_ID',
  startDeliverTime: '__STARTDELIVERTIME',
} as const;

const reservedPropertyNames: ReadonlySet<string> = new Set(Object.values(PropertyName));

/** Properties that only live in memory of a broker. Source: Apache 5.3 MessageConst#PROPERTY_TRANSIENT_PREFIX. */
const TRANSIENT_PREFIX = '__RMQ.TRANSIENT.';

/** Whether a user may not set a property of this name. Source: Apache 5.3 MessageConst#STRING_HASH_SET. */
export function isReservedProperty(name: string): boolean {
  return reservedPropertyNames.has(name) || name.startsWith(TRANSIENT_PREFIX);
}
