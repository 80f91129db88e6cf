import { int, long, text, type HeaderOf } from '../field-table.js';

/** PULL_MESSAGE (11) and LITE_PULL_MESSAGE (361). */
export const pullMessageRequest = {
  consumerGroup: text.required(),
  topic: text.required(),
  queueId: int.required(),
  queueOffset: long.required(),
  maxMsgNums: int.required(),
  /** Bits of PullSysFlag. */
  sysFlag: int.required(),
  commitOffset: long.required(),
  suspendTimeoutMillis: long.required(),
  subscription: text.optional(),
  subVersion: long.required(),
  /** TAG or SQL92. */
  expressionType: text.optional(),
  maxMsgBytes: int.optional(),
  requestSource: int.optional(),
  proxyFrowardClientId: text.optional(),
  brokerName: text.optional('bname'),
};

export type PullMessageRequest = HeaderOf<typeof pullMessageRequest>;

export const PullSysFlag = {
  /** commitOffset is to be stored. */
  commitOffset: 1,
  /** The broker may hold the request until something arrives. */
  suspend: 2,
  /** The header carries the subscription. */
  subscription: 4,
  classFilter: 8,
  litePull: 16,
} as const;

/** Filled in on every answer, also when nothing was found. */
export const pullMessageResponse = {
  suggestWhichBrokerId: long.required(),
  nextBeginOffset: long.required(),
  minOffset: long.required(),
  maxOffset: long.required(),
  offsetDelta: long.optional(),
  topicSysFlag: int.optional(),
  groupSysFlag: int.optional(),
  forbiddenType: int.optional(),
};

export type PullMessageResponse = HeaderOf<typeof pullMessageResponse>;
