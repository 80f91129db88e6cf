import type { Random } from '../../lib/engine/ports/random.js';
import { encodeBatch } from '../../lib/engine/message/batch-codec.js';
import { encodeFrame, HeaderForm } from '../../lib/engine/protocol/frame-codec.js';
import { RequestCode } from '../../lib/engine/protocol/request-code.js';
import { CommandFlag, numbered, request, type ExtFields } from '../../lib/engine/protocol/remoting-command.js';
import { mutate, pick } from './mutations.js';

/** Right values for every field that any request has; the names of one request are a part of them. */
const fields: Readonly<Record<string, readonly string[]>> = {
  topic: ['T', 'U', '%RETRY%G', '%DLQ%G', 'SCHEDULE_TOPIC_XXXX', 'RMQ_SYS_TRANS_HALF_TOPIC', 'nowhere'],
  ...fieldsLike(['consumerGroup', 'group', 'groupName', 'producerGroup', 'srcGroup', 'destGroup', 'compareGroup'], 'G'),
  ...fieldsLike(['queueId', 'e', 'delayLevel', 'initMode'], '0', '1', '3'),
  ...fieldsLike(['offset', 'queueOffset', 'commitOffset', 'index', 'commitLogOffset'], '0', '1', '2', '57', '1000'),
  ...fieldsLike(
    ['tranStateTableOffset', 'beginTimestamp', 'bornTime', 'bornTimestamp', 'g', 'timestamp', 'subVersion'],
    '0',
    '1',
  ),
  ...fieldsLike(['endTimestamp', 'masterFlushOffset'], '9007199254740991'),
  ...fieldsLike(['maxMsgNums', 'maxNum', 'count', 'maxReconsumeTimes', 'l'], '1', '32', '16'),
  ...fieldsLike(['invisibleTime', 'pollTime', 'suspendTimeoutMillis'], '0', '30', '100'),
  ...fieldsLike(['readQueueNums', 'writeQueueNums', 'defaultTopicQueueNums', 'd'], '1', '4'),
  ...fieldsLike(['perm'], '6', '4', '2'),
  ...fieldsLike(['sysFlag', 'flag', 'f', 'h', 'j', 'topicSysFlag'], '0', '2', '4', '6', '7'),
  ...fieldsLike(['isOrder', 'order', 'm', 'k', 'unitMode', 'committed', 'readable', 'cleanOffset'], 'false', 'true'),
  ...fieldsLike(['setZeroIfNotFound', 'uniqueKeyQuery', 'isForce', 'force', 'compressed', 'jstackEnable'], 'false'),
  ...fieldsLike(['b', 'originTopic'], 'T', 'U', '%RETRY%G'),
  ...fieldsLike(['a'], 'P'),
  ...fieldsLike(['c', 'defaultTopic'], 'TBW102'),
  i: [
    '',
    'TAGS\x01a\x02KEYS\x01k\x02UNIQ_KEY\x01U1\x02',
    'DELAY\x011\x02',
    'TRAN_MSG\x01true\x02PGROUP\x01P\x02UNIQ_KEY\x01X\x02',
    'TIMER_DELAY_MS\x01200\x02',
  ],
  ...fieldsLike(['commitOrRollback'], '8', '12', '0'),
  ...fieldsLike(['clientID', 'clientId', 'clientAddr'], 'fuzzer'),
  ...fieldsLike(['subscription', 'exp'], '*', 'a || b', 'a > 1'),
  ...fieldsLike(['expressionType', 'expType'], 'TAG', 'SQL92'),
  extraInfo: ['0 1795257423368 60000 0 0 broker-a 0 0', '0 1 1 999 0 broker-a 0 0'],
  msgId: ['7F00000100002A9F0000000000000000', '7F00000100002A9F00000000000000FF'],
  recallHandle: ['djEgVCBicm9rZXItYSAxNzk1MjU3NDIzMzY4IFUx'],
  ...fieldsLike(['topicFilterType'], 'SINGLE_TAG', 'MULTI_TAG'),
  ...fieldsLike(['attributes'], '+cleanup.policy=DELETE', '-message.type'),
  ...fieldsLike(['boundaryType'], 'lower', 'upper'),
  ...fieldsLike(['statsName'], 'TOPIC_PUT_NUMS', 'GROUP_GET_NUMS'),
  ...fieldsLike(['statsKey', 'topicList', 'filterGroups', 'key'], 'T', 'U1', 'G,P'),
  ...fieldsLike(['username', 'filter', 'subjectFilter', 'resourceFilter'], 'eve'),
  ...fieldsLike(['subject'], 'User:eve'),
  ...fieldsLike(['resource'], 'Topic:T'),
  ...fieldsLike(['brokerName', 'bname'], 'broker-a'),
};
const names = Object.keys(fields);

function fieldsLike(of: readonly string[], ...values: string[]): Record<string, readonly string[]> {
  return Object.fromEntries(of.map((name) => [name, values]));
}

const wrongValues = [
  '',
  ' ',
  '-1',
  '-2',
  '0x10',
  '1.5',
  '1e3',
  'NaN',
  '2147483647',
  '2147483648',
  '-2147483648',
  '9007199254740991',
  '9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
  '1000000',
  'true',
  'null',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  'ü\0\u001b\ud800',
  '%RETRY%',
  '%DLQ%',
  'x'.repeat(128),
  'x'.repeat(300),
  '\x01\x02\x01',
  '0 0 0 0 0 0 0 0',
  '(((((((((1',
];

/** A value of JSON. */
type Part = object | string | number | boolean | null;

const queue = { topic: 'T', brokerName: 'broker-a', queueId: 0 };
const subscription = { topic: 'T', subString: '*', tagsSet: [], codeSet: [], subVersion: 1, expressionType: 'TAG' };
const consumer = {
  groupName: 'G',
  consumeType: 'CONSUME_PASSIVELY',
  messageModel: 'CLUSTERING',
  consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
  unitMode: false,
  subscriptionDataSet: [subscription],
};
const topicConfig = { topicName: 'T', readQueueNums: 4, writeQueueNums: 4, perm: 6, attributes: {} };
const group = { groupName: 'G', retryQueueNums: 1, retryMaxTimes: 16, consumeEnable: true };
const ack = { c: 'G', t: 'T', r: '0', so: 0, q: 0, rq: 0, pt: 1795257423368, it: 60_000, b: 'AQ==' };
const policy = { entries: [{ resource: 'Topic:T', actions: ['Pub'], decision: 'Allow' }] };

/** Right bodies, as values of JSON. Codes that are not here take any of them, or none. */
const bodies: Readonly<Record<number, Part>> = {
  [RequestCode.HEART_BEAT]: { clientID: 'fuzzer', producerDataSet: [{ groupName: 'P' }], consumerDataSet: [consumer] },
  [RequestCode.LOCK_BATCH_MQ]: { consumerGroup: 'G', clientId: 'fuzzer', mqSet: [queue] },
  [RequestCode.UNLOCK_BATCH_MQ]: { consumerGroup: 'G', clientId: 'fuzzer', mqSet: [queue] },
  [RequestCode.CHECK_CLIENT_CONFIG]: {
    clientId: 'fuzzer',
    group: 'G',
    subscriptionData: { ...subscription, expressionType: 'SQL92', subString: 'a > 1' },
  },
  [RequestCode.UPDATE_AND_CREATE_TOPIC_LIST]: { topicConfigList: [topicConfig] },
  [RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP]: group,
  [RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST]: { groupConfigList: [group] },
  [RequestCode.BATCH_ACK_MESSAGE]: { brokerName: 'broker-a', acks: [ack] },
  [RequestCode.QUERY_ASSIGNMENT]: { topic: 'T', consumerGroup: 'G', clientId: 'fuzzer', strategyName: 'AVG' },
  [RequestCode.SET_MESSAGE_REQUEST_MODE]: { topic: 'T', consumerGroup: 'G', mode: 'POP', popShareQueueNum: 0 },
  [RequestCode.AUTH_CREATE_USER]: { password: 'secret', userType: 'Normal' },
  [RequestCode.AUTH_CREATE_ACL]: { policies: [policy] },
};
const sends: ReadonlySet<number> = new Set([
  RequestCode.SEND_MESSAGE,
  RequestCode.SEND_MESSAGE_V2,
  RequestCode.SEND_BATCH_MESSAGE,
  RequestCode.SEND_REPLY_MESSAGE,
  RequestCode.SEND_REPLY_MESSAGE_V2,
]);
const batch = encodeBatch([
  { flag: 0, body: Buffer.from('a'), properties: '' },
  { flag: 1, body: Buffer.alloc(40), properties: 'TAGS\x01a\x02' },
]);
const wrongParts: readonly Part[] = [
  null,
  -1,
  2 ** 31,
  2 ** 53,
  1.5,
  '',
  'x'.repeat(300),
  '__proto__',
  true,
  [],
  {},
  [[[]]],
  { __proto__: 1 },
];
const codes: readonly number[] = [...Object.values(RequestCode), -1, 0, 2 ** 31 - 1];
/** Those that do most, and those that others build upon. */
const busyCodes: readonly number[] = [
  ...sends,
  RequestCode.PULL_MESSAGE,
  RequestCode.POP_MESSAGE,
  RequestCode.ACK_MESSAGE,
  RequestCode.CHANGE_MESSAGE_INVISIBLETIME,
  RequestCode.HEART_BEAT,
  RequestCode.END_TRANSACTION,
  RequestCode.CONSUMER_SEND_MSG_BACK,
  RequestCode.VIEW_MESSAGE_BY_ID,
  RequestCode.UPDATE_AND_CREATE_TOPIC,
];

/** One request, as the bytes of its frame. */
export interface FuzzedRequest {
  readonly bytes: Buffer;
  /** What an answer to it has; undefined: the frame itself is wrong, so whatever follows may be nonsense, too. */
  readonly opaque?: number;
}

/** Fields that name a message which the broker has stored. */
export type SeenMessages = readonly { offset: string; commitLogOffset: string; msgId: string }[];

/** Mostly right, mostly with something wrong: a value, a field, a part of the body, the frame. */
export function fuzzedRequest(opaque: number, random: Random, seen: SeenMessages): FuzzedRequest {
  const code = pick(random.nextInt(3) === 0 ? busyCodes : codes, random);
  const extFields = header(random);
  const message = seen[random.nextInt(2 * seen.length + 1)] as SeenMessages[number] | undefined;
  if (message !== undefined) Object.assign(extFields, message);
  const body = bodyOf(code, random);
  const flag = random.nextInt(16) === 0 ? CommandFlag.oneway : 0;
  const form = code === (code << 16) >> 16 ? pick(Object.values(HeaderForm), random) : HeaderForm.json;
  const frame = Buffer.concat(encodeFrame(numbered(request(code, { extFields, body }), opaque, flag), form));
  return random.nextInt(50) === 0 ? { bytes: mutate(frame, random) } : { bytes: frame, opaque };
}

function header(random: Random): ExtFields {
  const extFields: ExtFields = {};
  const oneIn = pick([3, 10, 40, 1000], random);
  for (const name of names) {
    const isWrong = random.nextInt(oneIn) === 0;
    if (!isWrong) extFields[name] = pick(fields[name], random);
    else if (random.nextInt(3) > 0) extFields[name] = pick(wrongValues, random);
  }
  return extFields;
}

function bodyOf(code: number, random: Random): Buffer | undefined {
  if (sends.has(code)) {
    const plain = pick([batch, Buffer.from('hello'), Buffer.alloc(1000, 'x')], random);
    return random.nextInt(4) === 0 ? mutate(plain, random) : plain;
  }
  const right = bodies[code] ?? (random.nextInt(4) === 0 ? pick(Object.values(bodies), random) : undefined);
  if (right === undefined) return random.nextInt(8) === 0 ? random.bytes(random.nextInt(64)) : undefined;
  let value = right;
  for (let times = random.nextInt(4); times > 0; times--) value = withWrongPart(value, random);
  const bytes = Buffer.from(JSON.stringify(value));
  return random.nextInt(10) === 0 ? mutate(bytes, random) : bytes;
}

/** The same value but for one part of it, at any depth. */
function withWrongPart(value: Part, random: Random): Part {
  if (typeof value !== 'object' || value === null || random.nextInt(8) === 0) return pick(wrongParts, random);
  const keys = Object.keys(value);
  if (keys.length === 0) return pick(wrongParts, random);
  const key = pick(keys, random);
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string, Part | undefined>;
  const isLeftOut = random.nextInt(8) === 0 && !Array.isArray(value);
  copy[key] = isLeftOut ? undefined : withWrongPart(copy[key] ?? null, random); // JSON has no undefined
  return copy;
}
