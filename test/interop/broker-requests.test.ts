import { refusedRequests } from '../../lib/engine/broker/refused-requests.js';
import { parseFastjson, type FastjsonValue } from '../../lib/engine/common/fastjson.js';
import type { RemotingCommand } from '../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../lib/engine/protocol/request-code.js';
import { describeWhen } from '../support/requirements.js';
import type { Cluster } from './support/cluster.js';
import { java17AndMaven } from './support/java-programs.js';
import { type Question as Asked, RawRequests } from './support/raw-requests.js';
import { targets } from './support/targets.js';

interface Question extends Asked {
  /** What of the answer has to be the same besides its code. Default: nothing. */
  same?: 'remark' | 'body' | 'extFields';
}

const SYSTEM_TOPICS = [
  'TBW102',
  'SCHEDULE_TOPIC_XXXX',
  'RMQ_SYS_TRANS_HALF_TOPIC',
  'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  'TRANS_CHECK_MAX_TIME_TOPIC',
  'SELF_TEST_TOPIC',
  'OFFSET_MOVED_EVENT',
  'BenchmarkTest',
  'RMQ_SYS_TRACE_TOPIC',
  'CHECKPOINT_TOPIC',
  'rmq_sys_anything',
  'rmq_sys_wheel_timer',
  'DefaultCluster',
  'broker-a',
  'DefaultCluster_REPLY_TOPIC',
];
const NAMES: Record<string, string> = {
  blank: ' ',
  'a folder': 'a/b',
  'a parent folder': '..',
  'beyond ASCII': 'größe',
  'as long as allowed': 'x'.repeat(127),
  'too long': 'x'.repeat(128),
  'all that is allowed': 'aZ09%|_-',
};

const create = (topic: string, more: Record<string, string> = {}): Question => ({
  code: RequestCode.UPDATE_AND_CREATE_TOPIC,
  extFields: {
    topic,
    defaultTopic: 'TBW102',
    readQueueNums: '4',
    writeQueueNums: '4',
    perm: '6',
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: '0',
    order: 'false',
    ...more,
  },
  same: 'remark',
});
const drop = (topic: string): Question => ({ code: RequestCode.DELETE_TOPIC_IN_BROKER, extFields: { topic } });
const show = (topic: string): Question => ({
  code: RequestCode.GET_TOPIC_CONFIG,
  extFields: { topic, lo: 'false' },
  same: 'body',
});
const send = (topic: string, more: Record<string, string> = {}): Question => ({
  code: RequestCode.SEND_MESSAGE,
  extFields: {
    producerGroup: 'p',
    topic,
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: '4',
    queueId: '0',
    sysFlag: '0',
    bornTimestamp: '1795257423368',
    flag: '0',
    properties: '',
    reconsumeTimes: '0',
    unitMode: 'false',
    batch: 'false',
    ...more,
  },
  body: 'hello',
});
const group = (groupName: string): Question => ({
  code: RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
  body: JSON.stringify({ groupName, retryMaxTimes: 3 }),
});
const commit = (consumerGroup: string, queueId: number, commitOffset: number): Question => ({
  code: RequestCode.UPDATE_CONSUMER_OFFSET,
  extFields: { consumerGroup, topic: 'T', queueId: String(queueId), commitOffset: String(commitOffset) },
});
const committed = (consumerGroup: string, queueId: number): Question => ({
  code: RequestCode.QUERY_CONSUMER_OFFSET,
  extFields: { consumerGroup, topic: 'T', queueId: String(queueId) },
  same: 'extFields',
});
const correction = (compareGroup: string, filterGroups: string): Question => ({
  code: RequestCode.QUERY_CORRECTION_OFFSET,
  extFields: { topic: 'T', compareGroup, filterGroups },
  same: 'body',
});
const peek = (topic: string, more: Record<string, string> = {}): Question => ({
  code: RequestCode.PEEK_MESSAGE,
  extFields: { topic, consumerGroup: 'G', queueId: '0', maxMsgNums: '2', ...more },
  same: 'extFields',
});
const locks = (code: number, clientId: string, ...queueIds: number[]): Question => ({
  code,
  body: JSON.stringify({
    consumerGroup: 'G',
    clientId,
    mqSet: queueIds.map((queueId) => ({ brokerName: 'broker-a', queueId, topic: 'T' })),
  }),
  same: 'body',
});
const heartbeat = (...subscriptions: [topic: string, expression: string, version: number][]): Question => ({
  code: RequestCode.HEART_BEAT,
  body: JSON.stringify({
    clientID: 'c1',
    producerDataSet: [{ groupName: 'PG' }],
    consumerDataSet: [
      {
        groupName: 'G',
        consumeType: 'CONSUME_PASSIVELY',
        messageModel: 'CLUSTERING',
        consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
        unitMode: false,
        subscriptionDataSet: subscriptions.map(([topic, subString, subVersion]) => ({
          topic,
          subString,
          subVersion,
          expressionType: 'TAG',
          classFilterMode: false,
          tagsSet: [],
          codeSet: [],
        })),
      },
    ],
  }),
  same: 'extFields',
});
const subscriptionTo = (topic: string): Question => ({
  code: RequestCode.QUERY_SUBSCRIPTION_BY_CONSUMER,
  extFields: { group: 'G', topic },
  same: 'body',
});
const members: Question = {
  code: RequestCode.GET_CONSUMER_LIST_BY_GROUP,
  extFields: { consumerGroup: 'G' },
  same: 'body',
};
const reset = (timestamp: number, more: Record<string, string> = {}): Question => ({
  code: RequestCode.INVOKE_BROKER_TO_RESET_OFFSET,
  extFields: { group: 'H', topic: 'T', timestamp: String(timestamp), isForce: 'true', ...more },
  same: 'body',
});
const pull = (queueOffset: number): Question => ({
  code: RequestCode.PULL_MESSAGE,
  extFields: {
    consumerGroup: 'H',
    topic: 'T',
    queueId: '0',
    queueOffset: String(queueOffset),
    maxMsgNums: '1',
    sysFlag: '4',
    commitOffset: '0',
    suspendTimeoutMillis: '0',
    subscription: '*',
    subVersion: '0',
    expressionType: 'TAG',
  },
  same: 'extFields',
});
const update = (body: string): Question => ({ code: RequestCode.UPDATE_BROKER_CONFIG, body });
const plain = (code: number): Question => ({ code });
const each = <T>(of: Record<string, T>, name: string, ask: (value: T) => Question): [string, Question][] =>
  Object.entries(of).map(([what, value]) => [`${name}: ${what}`, ask(value)]);
const named = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, name]));

/** Codes whose answer, to a request with nothing in it, is known to be another. */
const answeredOtherwise = new Set<number>([
  RequestCode.END_TRANSACTION, // Apache never answers
  // Ours says what is missing.
  RequestCode.UNREGISTER_CLIENT,
  RequestCode.CHECK_CLIENT_CONFIG,
  RequestCode.BATCH_ACK_MESSAGE,
  RequestCode.DELETE_TOPIC_IN_BROKER,
  RequestCode.GET_BROKER_CONSUME_STATS,
  RequestCode.NOTIFY_MIN_BROKER_ID_CHANGE,
  ...refusedRequests().map(([code]) => code),
  // Ours has no users while access control is off, and says how to switch it on; see access-control.test.ts.
  ...Object.entries(RequestCode).flatMap(([name, code]) => (name.startsWith('AUTH_') ? [code] : [])),
]);

/** Asked in this order of both: later ones see what earlier ones did. */
const questions: [what: string, question: Question][] = [
  ...each(NAMES, 'a topic is created by a name', (name) => create(name)),
  ...each(named(SYSTEM_TOPICS), 'a system topic is not changed', (name) => create(name)),
  ...each(named(SYSTEM_TOPICS), 'a system topic is not deleted', (name) => drop(name)),
  ['a blank topic is not deleted', drop(' ')],
  ['a topic that is not there is deleted', drop('never-was')],
  ...each(named(SYSTEM_TOPICS), 'a message to a system topic', (name) => send(name)),
  ...each(NAMES, 'a message creates a topic by a name', (name) => send(`${name}${name === ' ' ? '' : 'n'}`)),

  ['TBW102 gives no more queues than it has', send('auto-16', { defaultTopicQueueNums: '16' })],
  ['so many', show('auto-16')],
  ['TBW102 gives fewer when asked', send('auto-2', { defaultTopicQueueNums: '2' })],
  ['so few', show('auto-2')],
  ['a pattern that may not be inherited', send('auto-x', { defaultTopic: 'auto-2' })],
  ['a pattern that is not there', send('auto-x', { defaultTopic: 'nope' })],
  ['the cluster’s name as a pattern', send('auto-c', { defaultTopic: 'DefaultCluster' })],
  ['with its queues', show('auto-c')],
  ['a retry topic needs no pattern', send('%RETRY%G0', { defaultTopic: 'nope' })],
  ['and has one queue', show('%RETRY%G0')],
  ['TBW102 is switched off', update('autoCreateTopicEnable=false\n')],
  ['a message to a missing topic then', send('auto-off')],

  ['a topic', create('T', { readQueueNums: '3', writeQueueNums: '2' })],
  ['is as it was asked for', show('T')],
  ['a queue beyond both', send('T', { queueId: '3' })],
  ['a queue that can only be read', send('T', { queueId: '2' })],
  ['any queue', send('auto-c', { queueId: '-1' })],
  ['a queue', send('T')],
  ['the same queue', send('T')],
  [
    'topics in a list',
    {
      code: RequestCode.UPDATE_AND_CREATE_TOPIC_LIST,
      body: JSON.stringify({
        topicConfigList: [
          { topicName: 'L1', readQueueNums: 2, writeQueueNums: 2, perm: 6, attributes: { '+message.type': 'FIFO' } },
          { topicName: 'L2', readQueueNums: 3, writeQueueNums: 3, perm: 4 },
        ],
      }),
    },
  ],
  ['the first of the list', show('L1')],
  ['the second of the list', show('L2')],
  [
    'a list with a bad name',
    {
      code: RequestCode.UPDATE_AND_CREATE_TOPIC_LIST,
      body: JSON.stringify({ topicConfigList: [{ topicName: 'L3' }, { topicName: 'a/b' }] }),
      same: 'remark',
    },
  ],
  ['none of it', show('L3')],

  ['a group', group('G')],
  ['another group', group('H')],
  ['an offset of an unknown group', commit('nobody', 0, 1)],
  ['an offset', commit('G', 0, 1)],
  ['an offset further on', commit('H', 0, 3)],
  ['an offset of another queue', commit('H', 1, 2)],
  ['an offset that goes back', commit('H', 1, 1)],
  ['it went back', committed('H', 1)],
  ['an offset not committed', committed('H', 2)],
  ['the slowest, compared with itself', correction('H', '')],
  ['the slowest, compared with a slower one', correction('G', '')],

  ['queues locked for a member', locks(RequestCode.LOCK_BATCH_MQ, 'c1', 0, 1)],
  ['queues locked for another', locks(RequestCode.LOCK_BATCH_MQ, 'c2', 1, 2)],
  ['queues unlocked by who has not locked them', locks(RequestCode.UNLOCK_BATCH_MQ, 'c2', 0, 1)],
  ['they are locked still', locks(RequestCode.LOCK_BATCH_MQ, 'c2', 0, 1)],
  ['queues unlocked', locks(RequestCode.UNLOCK_BATCH_MQ, 'c1', 0, 1)],
  ['they are free', locks(RequestCode.LOCK_BATCH_MQ, 'c2', 0, 1)],

  ['a member', heartbeat(['T', '*', 10], ['auto-2', 'TagA', 10])],
  ['it is there', members],
  ['what it subscribes to', subscriptionTo('auto-2')],
  ['an older subscription', heartbeat(['T', '*', 10], ['auto-2', 'TagOld', 9])],
  ['it does not count', subscriptionTo('auto-2')],
  ['a newer subscription, and one topic less', heartbeat(['auto-2', 'TagNew', 11])],
  ['it counts', subscriptionTo('auto-2')],
  ['the topic is forgotten', subscriptionTo('T')],
  [
    'a farewell',
    { code: RequestCode.UNREGISTER_CLIENT, extFields: { clientID: 'c1', producerGroup: 'PG', consumerGroup: 'G' } },
  ],
  ['it is gone', { ...members, same: undefined }],

  ['a reset of a group by time', reset(0)],
  ['its offset then', committed('H', 0)],
  ['a commit that comes too late', { ...commit('H', 0, 2), same: 'remark' }],
  ['its offset is as it was reset', committed('H', 0)],
  ['its next pull is sent there', pull(2)],
  ['and the one after that is served', pull(0)],
  ['a reset to the end', reset(-1)],
  ['a reset of one queue', reset(0, { queueId: '0', offset: '1' })],
  ['its offset afterwards', committed('H', 0)],
  ['a reset beyond the end', reset(0, { queueId: '0', offset: '99' })],
  ['a reset of a group that is not there', reset(0, { group: 'nobody' })],
  ['a reset in a topic that is not there', reset(0, { topic: 'nope' })],

  ['a peek at a missing topic', { ...peek('nope'), same: undefined }],
  ['a peek at a missing queue', { ...peek('T', { queueId: '7' }), same: undefined }],
  ['a peek at what is behind the group’s offset', peek('T')],
  ['a peek at what nobody has read', peek('auto-16')],
  [
    'the status of a group that is offline',
    { ...plain(RequestCode.GET_CONSUMER_RUNNING_INFO), extFields: { consumerGroup: 'G', clientId: 'x' } },
  ],
  [
    'connections of a group that is offline',
    { ...plain(RequestCode.GET_CONSUMER_CONNECTION_LIST), extFields: { consumerGroup: 'G' }, same: 'remark' },
  ],
  ['a setting of a path', update('brokerConfigPath=/tmp/x\n')],
  ['a setting that is changed', update('transactionCheckMax=7\n')],

  ['expired files', plain(RequestCode.DELETE_EXPIRED_COMMITLOG)],
  ['epochs without a controller', { ...plain(RequestCode.GET_BROKER_EPOCH_CACHE), same: 'remark' }],
  [
    'a flushed offset for slaves',
    { ...plain(RequestCode.RESET_MASTER_FLUSH_OFFSET), extFields: { masterFlushOffset: '0' } },
  ],
  ['POP check points to be moved', plain(RequestCode.POP_ROLLBACK)],
  ...[13, 22, 23, 27, 47, 209, 210, 211, 212, 213, 214, 301, 302, 902, 903, 9999].map((code): [string, Question] => [
    `a code that nobody knows: ${code}`,
    plain(code),
  ]),
  ...Object.entries(RequestCode)
    .filter(([, code]) => !answeredOtherwise.has(code))
    .map(([name, code]): [string, Question] => [`nothing but a code: ${name}`, plain(code)]),
];

describeWhen(java17AndMaven, 'Apache’s broker 5.3.3 and ours, asked the same', () => {
  const requests = new RawRequests();
  const clusters: Cluster[] = [];

  beforeAll(async () => {
    await requests.start();
    for (const { start } of targets) clusters.push(await start());
  });

  afterAll(async () => {
    await requests.stop();
    await Promise.all(clusters.map((cluster) => cluster.stop()));
  });

  test.each(questions)('%s', async (_what, question) => {
    const [theirs, own] = await Promise.all(clusters.map(({ brokerAddress }) => requests.ask(brokerAddress, question)));
    expect(comparable(own, question)).toEqual(comparable(theirs, question));
  });
});

function comparable({ code, remark, extFields, body }: RemotingCommand, { same }: Question): object {
  switch (same) {
    case 'remark':
      return { code, remark: code === 0 ? undefined : remark };
    case 'body':
      return { code, body: code === 0 && body !== undefined ? known(parseFastjson(body.toString())) : undefined };
    case 'extFields':
      return { code, extFields };
    case undefined:
      return { code };
  }
}

/** Without what only one of them says, as nothing hangs on it, and without the order of lists, which are sets. */
function known(value: FastjsonValue): unknown {
  if (Array.isArray(value)) return value.map((member) => JSON.stringify(known(member))).sort();
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [key, known(member)] as const);
  const common = entries.filter(([key]) => key !== 'mappingDetail' && key !== 'multiReadQueue');
  return Object.fromEntries(common.sort(([a], [b]) => (a < b ? -1 : 1)));
}
