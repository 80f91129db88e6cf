import { ProtocolError } from '../../common/errors.js';
import { parseFastjson, type FastjsonValue } from '../../common/fastjson.js';
import { arrayOf, integerOf, objectOf, textOf } from '../../common/json-fields.js';

/** Body of HEART_BEAT. Source: Apache 5.3 HeartbeatData. */
export interface HeartbeatData {
  clientID: string;
  producerDataSet: ProducerData[];
  consumerDataSet: ConsumerData[];
  /** 0 or absent: heartbeat V1. */
  heartbeatFingerprint?: number;
  withoutSub?: boolean;
}

export interface ProducerData {
  groupName: string;
}

export type ConsumeType = 'CONSUME_ACTIVELY' | 'CONSUME_PASSIVELY' | 'CONSUME_POP';
export type MessageModel = 'CLUSTERING' | 'BROADCASTING';
export type ConsumeFromWhere = 'CONSUME_FROM_LAST_OFFSET' | 'CONSUME_FROM_FIRST_OFFSET' | 'CONSUME_FROM_TIMESTAMP';

export interface ConsumerData {
  groupName: string;
  consumeType: ConsumeType;
  messageModel: MessageModel;
  consumeFromWhere: ConsumeFromWhere;
  unitMode: boolean;
  subscriptionDataSet: SubscriptionData[];
}

export type ExpressionType = 'TAG' | 'SQL92';

export interface SubscriptionData {
  classFilterMode: boolean;
  topic: string;
  subString: string;
  tagsSet: string[];
  codeSet: number[];
  /** Milliseconds; the newest wins. */
  subVersion: number;
  expressionType: ExpressionType;
}

// In the order of Java's constants: the C++ client sends their numbers. The three without a name of ours
// are old forms of the first.
const consumeTypes: readonly ConsumeType[] = ['CONSUME_ACTIVELY', 'CONSUME_PASSIVELY', 'CONSUME_POP'];
const messageModels: readonly MessageModel[] = ['BROADCASTING', 'CLUSTERING'];
const placesToStart: readonly ConsumeFromWhere[] = [
  'CONSUME_FROM_LAST_OFFSET',
  'CONSUME_FROM_LAST_OFFSET',
  'CONSUME_FROM_LAST_OFFSET',
  'CONSUME_FROM_LAST_OFFSET',
  'CONSUME_FROM_FIRST_OFFSET',
  'CONSUME_FROM_TIMESTAMP',
];

/** @throws ProtocolError */
export function decodeHeartbeatData(body: Buffer | undefined): HeartbeatData {
  const data = objectOf(parseFastjson(body?.toString() ?? ''), 'heartbeat');
  return {
    clientID: textOf(data.clientID, 'clientID'),
    producerDataSet: arrayOf(data.producerDataSet, 'producerDataSet').map(readProducerData),
    consumerDataSet: arrayOf(data.consumerDataSet, 'consumerDataSet').map(readConsumerData),
    heartbeatFingerprint: integerOf(data.heartbeatFingerprint, 'heartbeatFingerprint', 0),
    withoutSub: data.withoutSub === true,
  };
}

function readProducerData(value: FastjsonValue): ProducerData {
  return { groupName: textOf(objectOf(value, 'producerData').groupName, 'groupName') };
}

function readConsumerData(value: FastjsonValue): ConsumerData {
  const data = objectOf(value, 'consumerData');
  return {
    groupName: textOf(data.groupName, 'groupName'),
    consumeType: enumOf(data.consumeType, 'consumeType', consumeTypes, 'CONSUME_PASSIVELY'),
    messageModel: enumOf(data.messageModel, 'messageModel', messageModels, 'CLUSTERING'),
    consumeFromWhere: enumOf(data.consumeFromWhere, 'consumeFromWhere', placesToStart, 'CONSUME_FROM_LAST_OFFSET'),
    unitMode: data.unitMode === true,
    subscriptionDataSet: arrayOf(data.subscriptionDataSet, 'subscriptionDataSet').map(readSubscriptionData),
  };
}

/** A constant by its name or its number. @throws ProtocolError */
function enumOf<T extends string>(
  value: FastjsonValue | undefined,
  name: string,
  constants: readonly T[],
  missing: T,
): T {
  if (typeof value !== 'number') return textOf(value, name, missing) as T;
  const constant = constants[value];
  if (constant === undefined) throw new ProtocolError(`${name} has no constant ${value}`);
  return constant;
}

/** @throws ProtocolError */
export function readSubscriptionData(value: FastjsonValue | undefined): SubscriptionData {
  const data = objectOf(value, 'subscriptionData');
  const expressionType = textOf(data.expressionType, 'expressionType', 'TAG');
  if (expressionType !== 'TAG' && expressionType !== 'SQL92') {
    throw new ProtocolError(`expressionType '${expressionType}' is neither TAG nor SQL92`);
  }
  return {
    classFilterMode: data.classFilterMode === true,
    topic: textOf(data.topic, 'topic'),
    subString: textOf(data.subString, 'subString', '*'),
    tagsSet: arrayOf(data.tagsSet, 'tagsSet').map((tag) => textOf(tag, 'tag')),
    codeSet: arrayOf(data.codeSet, 'codeSet').map((code) => integerOf(code, 'code')),
    subVersion: integerOf(data.subVersion, 'subVersion', 0),
    expressionType,
  };
}
