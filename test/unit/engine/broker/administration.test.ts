import { parseFastjson } from '../../../../lib/engine/common/fastjson.js';
import { decodeQueueOffsets } from '../../../../lib/engine/protocol/bodies/queue-offsets.js';
import { response, type RemotingCommand } from '../../../../lib/engine/protocol/remoting-command.js';
import { PullSysFlag } from '../../../../lib/engine/protocol/requests/pull-message.js';
import { sendMessageV2Request } from '../../../../lib/engine/protocol/requests/send-message.js';
import { encodeProperties } from '../../../../lib/engine/message/properties-codec.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import { BrokerRig, jsonIn, recordsIn, type RigOptions, type TestClient } from '../../../support/broker-rig.js';

let rig: BrokerRig;
let client: TestClient;

beforeEach(() => startWith({}));
afterEach(() => rig.broker.stop());

async function startWith(broker: RigOptions['broker']): Promise<void> {
  rig = await BrokerRig.start({ broker });
  client = await rig.connect('c1');
}

const text = ({ body }: RemotingCommand): string => (body ?? '').toString();
const commit = (queueId: number, offset: number): Promise<RemotingCommand> =>
  client.ask(RequestCode.UPDATE_CONSUMER_OFFSET, {
    consumerGroup: 'G',
    topic: 'T',
    queueId: String(queueId),
    commitOffset: String(offset),
  });
const committed = async (queueId: number): Promise<string> =>
  (await client.ask(RequestCode.QUERY_CONSUMER_OFFSET, { consumerGroup: 'G', topic: 'T', queueId: String(queueId) }))
    .extFields.offset;

describe('connections', () => {
  it('of a consumer group are told with its subscriptions', async () => {
    await client.consumerHeartbeat('G', ['T']);
    const answer = jsonIn(await client.ask(RequestCode.GET_CONSUMER_CONNECTION_LIST, { consumerGroup: 'G' }));
    expect(answer).toMatchObject({
      connectionSet: [{ clientId: 'c1', language: 'NODE_JS', version: 479 }],
      consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
      consumeType: 'CONSUME_PASSIVELY',
      messageModel: 'CLUSTERING',
      subscriptionTable: { T: { topic: 'T', subString: '*' } },
    });
    expect(await client.ask(RequestCode.GET_CONSUMER_CONNECTION_LIST, { consumerGroup: 'X' })).toMatchObject({
      code: 206,
      remark: 'the consumer group[X] not online',
    });
  });

  it('of producers are told, one group or all', async () => {
    await client.heartbeat({ producerDataSet: [{ groupName: 'PG' }] });
    const one = jsonIn(await client.ask(RequestCode.GET_PRODUCER_CONNECTION_LIST, { producerGroup: 'PG' }));
    expect(one).toMatchObject({ connectionSet: [{ clientId: 'c1' }] });
    const all = jsonIn(await client.ask(RequestCode.GET_ALL_PRODUCER_INFO));
    expect(all).toMatchObject({ data: { PG: [{ clientId: 'c1', lastUpdateTimestamp: rig.clock.now() }] } });
    expect(await client.ask(RequestCode.GET_PRODUCER_CONNECTION_LIST, { producerGroup: 'X' })).toMatchObject({
      code: 1,
      remark: 'the producer group[X] not exist',
    });
  });

  it('tell who consumes a topic, and what a group consumes', async () => {
    await client.send('T', 'x');
    await client.consumerHeartbeat('G', ['T']);
    await client.consumerHeartbeat('G2', ['T2']);
    await commit(0, 1);
    const groups = jsonIn(await client.ask(RequestCode.QUERY_TOPIC_CONSUME_BY_WHO, { topic: 'T' }));
    expect(groups).toEqual({ groupList: ['G'] });
    const topics = jsonIn(await client.ask(RequestCode.QUERY_TOPICS_BY_CONSUMER, { group: 'G' }));
    expect(topics).toEqual({ topicList: ['T'] });
    const subscription = await client.ask(RequestCode.QUERY_SUBSCRIPTION_BY_CONSUMER, { group: 'G', topic: 'T' });
    expect(jsonIn(subscription)).toMatchObject({ group: 'G', topic: 'T', subscriptionData: { subString: '*' } });
  });
});

describe('statistics', () => {
  it('of a topic are keyed by queue, as Java’s maps are', async () => {
    await client.send('T', 'a');
    await client.send('T', 'b');
    const answer = await client.ask(RequestCode.GET_TOPIC_STATS_INFO, { topic: 'T' });
    expect(text(answer)).toContain(
      `{{"brokerName":"broker-a","queueId":0,"topic":"T"}:{"lastUpdateTimestamp":${rig.clock.now()},"maxOffset":2,"minOffset":0}`,
    );
    expect(await client.ask(RequestCode.GET_TOPIC_STATS_INFO, { topic: 'X' })).toMatchObject({
      code: 17,
      remark: 'topic[X] not exist',
    });
  });

  it('of a group tell how far it is behind', async () => {
    for (let i = 0; i < 3; i++) await client.send('T', 'a');
    await client.consumerHeartbeat('G', ['T']);
    await client.pull('G', 'T', { maxMsgNums: 2 });
    await commit(0, 1);
    const stats = text(await client.ask(RequestCode.GET_CONSUME_STATS, { consumerGroup: 'G' }));
    expect(stats).toContain(
      `{"brokerName":"broker-a","queueId":0,"topic":"T"}:{"brokerOffset":3,"consumerOffset":1,"lastTimestamp":${rig.clock.now()},"pullOffset":2}`,
    );
    const other = text(await client.ask(RequestCode.GET_CONSUME_STATS, { consumerGroup: 'G', topic: 'Unsubscribed' }));
    expect(parseFastjson(other)).toMatchObject({ offsetTable: {} });
  });

  it('of all groups tell how far each is behind', async () => {
    for (let i = 0; i < 3; i++) await client.send('T', 'a');
    await client.consumerHeartbeat('G', ['T']);
    await commit(0, 1);
    const ask = async (isOrder: string) => text(await client.ask(RequestCode.GET_BROKER_CONSUME_STATS, { isOrder }));
    const all = await ask('false');
    expect(all).toMatch(/^\{"brokerAddr":"127\.0\.0\.1:10911","consumeStatsList":\[/);
    expect(all).toContain(
      `{"G":[{"consumeTps":0,"offsetTable":{{"brokerName":"broker-a","queueId":0,"topic":"T"}:{"brokerOffset":3,"consumerOffset":1,"lastTimestamp":${rig.clock.now()},"pullOffset":1},`,
    );
    expect(all).toMatch(/"totalDiff":2,"totalInflightDiff":0\}$/);
    expect(await ask('true')).toContain('{"G":[]}');
  });

  it('of the last minute, hour and day', async () => {
    await client.send('T', 'x'.repeat(100));
    await client.send('T', 'x'.repeat(100));
    await client.pull('G', 'T');
    await rig.clock.advance(10_000);
    const view = async (statsName: string, statsKey: string) =>
      jsonIn(await client.ask(RequestCode.VIEW_BROKER_STATS_DATA, { statsName, statsKey }));
    expect(await view('TOPIC_PUT_NUMS', 'T')).toMatchObject({ statsMinute: { sum: 2, tps: 2 / 60, avgpt: 1 } });
    expect(await view('GROUP_GET_NUMS', 'T@G')).toMatchObject({ statsMinute: { sum: 2, avgpt: 2 } });
    await rig.clock.advance(60_000);
    expect(await view('TOPIC_PUT_NUMS', 'T')).toMatchObject({ statsMinute: { sum: 0 } });
    await rig.clock.advance(600_000);
    expect(await view('TOPIC_PUT_NUMS', 'T')).toMatchObject({ statsHour: { sum: 2 } });
    const missing = await client.ask(RequestCode.VIEW_BROKER_STATS_DATA, { statsName: 'X', statsKey: 'Y' });
    expect(missing.code).toBe(1);
  });

  it('of the broker hold what tools read, all as texts', async () => {
    await client.send('T', 'x');
    await rig.clock.advance(10_000);
    const { table } = jsonIn(await client.ask(RequestCode.GET_BROKER_RUNTIME_INFO)) as { table: object };
    expect(table).toMatchObject({
      brokerVersionDesc: 'V5_3_3',
      msgPutTotalTodayNow: '1',
      putTps: expect.stringMatching(/^0\.1 0\.01\d* 0\.001\d*$/) as string,
      runtime: '[ 0 days, 0 hours, 0 minutes, 10 seconds ]',
      commitLogMinOffset: '0',
      earliestMessageTimeStamp: String(rig.clock.now() - 10_000),
      putMessageAverageSize: expect.stringMatching(/^\d+\.\d$/) as string,
      sendThreadPoolQueueSize: '0',
    });
    expect(table).not.toHaveProperty('scheduleMessageOffset_1');
    for (const value of Object.values(table)) expect(typeof value).toBe('string');
  });

  it('of the broker tell how far the levels of delay are', async () => {
    await client.send('T', 'x', { DELAY: '2' });
    const { table } = jsonIn(await client.ask(RequestCode.GET_BROKER_RUNTIME_INFO)) as { table: object };
    expect(table).toMatchObject({ scheduleMessageOffset_2: '0,1' });
  });

  it('of the broker tell how full the disk is', async () => {
    await rig.broker.stop();
    const disk = { directory: '/log', space: () => Promise.resolve({ totalBytes: 4 * 2 ** 30, freeBytes: 2 ** 30 }) };
    rig = await BrokerRig.start({ disk });
    client = await rig.connect();
    const { table } = jsonIn(await client.ask(RequestCode.GET_BROKER_RUNTIME_INFO)) as { table: object };
    expect(table).toMatchObject({
      commitLogDiskRatio: '0.75',
      'commitLogDiskRatio_/log': '0.75',
      consumeQueueDiskRatio: '0.75',
      commitLogDirCapacity: 'Total : 4.0 GiB, Free : 1.0 GiB.',
    });
  });

  it('of time tell how long messages wait', async () => {
    const start = rig.clock.now();
    await client.send('T', 'a');
    await rig.clock.advance(1000);
    await client.send('T', 'b');
    await rig.clock.advance(5000);
    await client.consumerHeartbeat('G', ['T']);
    await commit(0, 1);
    const spans = jsonIn(await client.ask(RequestCode.QUERY_CONSUME_TIME_SPAN, { topic: 'T', group: 'G' })) as {
      consumeTimeSpanSet: object[];
    };
    expect(spans.consumeTimeSpanSet[0]).toEqual({
      consumeTimeStamp: start,
      delayTime: 5000,
      maxTimeStamp: start + 1000,
      messageQueue: { brokerName: 'broker-a', queueId: 0, topic: 'T' },
      minTimeStamp: start,
    });
  });
});

describe('the store', () => {
  const entries = (more: Record<string, string>): Promise<RemotingCommand> =>
    client.ask(RequestCode.QUERY_CONSUME_QUEUE, { topic: 'T', queueId: '0', index: '0', count: '2', ...more });

  it('shows the entries of a queue', async () => {
    for (const TAGS of ['a', 'b', 'c']) await client.send('T', 'x', { TAGS });
    const [first, second] = rig.store.recordsOf('T');
    expect(jsonIn(await entries({}))).toEqual({
      maxQueueIndex: 3,
      minQueueIndex: 0,
      queueData: [
        { eval: false, physicOffset: 0, physicSize: second.physicalOffset, tagsCode: 97 },
        { eval: false, physicOffset: second.physicalOffset, physicSize: expect.any(Number) as number, tagsCode: 98 },
      ],
    });
    expect(first.physicalOffset).toBe(0);
    expect(jsonIn(await entries({ index: '2', count: '2147483647' }))).toMatchObject({ queueData: [{ tagsCode: 99 }] });
    expect(jsonIn(await entries({ count: '-1' }))).toMatchObject({ queueData: [] });
  });

  it('shows them with what a group subscribes to', async () => {
    await client.send('T', 'x');
    expect(jsonIn(await entries({ consumerGroup: 'G' }))).toMatchObject({ filterData: 'G@T is not online!' });
    await client.consumerHeartbeat('G', ['T']);
    expect(jsonIn(await entries({ consumerGroup: 'G' }))).toMatchObject({ subscriptionData: { topic: 'T' } });
  });

  it('has no entries of a queue that is not there, or beyond its ends', async () => {
    await client.send('T', 'x');
    expect(await entries({ topic: 'X' })).toMatchObject({ code: 1, remark: '0@X is not exist!' });
    for (const index of ['-1', '1']) {
      expect(await entries({ index })).toMatchObject({ code: 0, remark: `Index ${index} of 0@T is not exist!` });
    }
  });

  it('replicates to nobody', async () => {
    await client.send('T', 'x');
    expect(jsonIn(await client.ask(RequestCode.GET_BROKER_HA_STATUS))).toMatchObject({
      master: true,
      haConnectionInfo: [],
      masterCommitLogMaxOffset: rig.store.maxPhysicalOffset(),
    });
  });

  it.each([RequestCode.CLEAN_EXPIRED_CONSUMEQUEUE, RequestCode.CLEAN_UNUSED_TOPIC])(
    'leaves nothing that %i could clean',
    async (code) => {
      expect((await client.ask(code)).code).toBe(0);
    },
  );
});

describe('a reset of offsets', () => {
  const reset = (more: Record<string, string>): Promise<RemotingCommand> =>
    client.ask(RequestCode.INVOKE_BROKER_TO_RESET_OFFSET, {
      topic: 'T',
      group: 'G',
      timestamp: '0',
      isForce: 'true',
      ...more,
    });

  async function prepare(): Promise<void> {
    for (let i = 0; i < 5; i++) {
      await client.send('T', String(i));
      await rig.clock.advance(1000);
    }
    await client.consumerHeartbeat('G', ['T']);
    await commit(0, 5);
  }

  it('by time is handed out by the next pull, and commits until then are ignored', async () => {
    await prepare();
    const answer = await reset({ timestamp: String(rig.clock.now() - 2000) });
    expect(decodeQueueOffsets('offsetTable', answer.body!)[0]).toEqual({
      queue: { topic: 'T', brokerName: 'broker-a', queueId: 0 },
      offset: 3,
    });
    expect(await committed(0)).toBe('3');
    expect(await commit(0, 5)).toMatchObject({ code: 0, remark: 'Offset has been previously reset' });
    const pull = { queueOffset: 5, sysFlag: PullSysFlag.subscription | PullSysFlag.commitOffset, commitOffset: 5 };
    expect(await client.pull('G', 'T', pull)).toMatchObject({
      code: 21,
      remark: 'OFFSET_RESET',
      extFields: { nextBeginOffset: '3', minOffset: '0', maxOffset: '5' },
    });
    expect(await committed(0)).toBe('3'); // not what the pull said before it knew
    await commit(0, 4);
    expect(await committed(0)).toBe('4');
    expect(recordsIn(await client.pull('G', 'T', { queueOffset: 3 }))).toHaveLength(2);
  });

  it('is heard of at once by a pull that waits', async () => {
    await prepare();
    const suspend = PullSysFlag.subscription | PullSysFlag.suspend;
    const waiting = client.pull('G', 'T', { queueOffset: 5, sysFlag: suspend, suspendTimeoutMillis: 600_000 });
    await rig.clock.settle();
    await reset({ timestamp: '0' });
    expect(await waiting).toMatchObject({ code: 21, extFields: { nextBeginOffset: '0' } });
  });

  it('of one queue may name the offset', async () => {
    await prepare();
    expect((await reset({ queueId: '0', offset: '2' })).code).toBe(0);
    expect(await committed(0)).toBe('2');
    expect(await reset({ queueId: '0', offset: '99' })).toMatchObject({
      code: 1,
      remark: 'Target offset 99 not in consume queue range [0-5]',
    });
  });

  it('to the end skips what is there', async () => {
    await prepare();
    await commit(0, 1);
    await reset({ timestamp: '-1' });
    expect(await committed(0)).toBe('5');
  });

  it('needs a topic and a group', async () => {
    expect((await reset({})).code).toBe(17);
    await client.send('T', 'x');
    expect((await reset({})).code).toBe(26);
  });

  it('is pushed to the members when the broker does not keep it', async () => {
    await rig.broker.stop();
    await startWith({ useServerSideResetOffset: false });
    await prepare();
    await reset({ timestamp: '0' });
    const push = client.received.find(({ code }) => code === 220)!;
    expect(push.extFields).toMatchObject({ topic: 'T', group: 'G', timestamp: '0', isForce: 'true' });
    expect(decodeQueueOffsets('offsetTable', push.body!)).toHaveLength(4);
    expect(await committed(0)).toBe('5');
  });

  it('can be a copy of another group’s', async () => {
    await prepare();
    await client.ask(RequestCode.CLONE_GROUP_OFFSET, { srcGroup: 'G', destGroup: 'H', topic: 'T', offline: 'true' });
    const all = parseFastjson(text(await client.ask(RequestCode.GET_ALL_CONSUMER_OFFSET)));
    expect(all).toMatchObject({ offsetTable: { 'T@G': { 0: 5 }, 'T@H': { 0: 5 } } });
  });
});

describe('a question that is passed on to a consumer', () => {
  it('is answered with what the consumer says', async () => {
    await client.consumerHeartbeat('G', ['T']);
    const admin = await rig.connect('admin');
    client.processors.set(RequestCode.GET_CONSUMER_RUNNING_INFO, (command) =>
      response(0, { body: Buffer.from(command.extFields.clientId) }),
    );
    const ask = { consumerGroup: 'G', clientId: 'c1', jstackEnable: 'false' };
    expect(text(await admin.ask(RequestCode.GET_CONSUMER_RUNNING_INFO, ask))).toBe('c1');
    expect(await admin.ask(RequestCode.GET_CONSUMER_RUNNING_INFO, { ...ask, clientId: 'c9' })).toMatchObject({
      code: 1,
      remark: 'The Consumer <G> <c9> not online',
    });
  });

  it('brings the message to consume along', async () => {
    const sent = await client.send('T', 'again');
    await client.consumerHeartbeat('G', ['T']);
    client.processors.set(RequestCode.CONSUME_MESSAGE_DIRECTLY, (command) =>
      response(0, { body: recordsIn(command)[0].body, extFields: command.extFields }),
    );
    const ask = { consumerGroup: 'G', clientId: 'c1', msgId: sent.extFields.msgId, topic: 'T' };
    const answer = await client.ask(RequestCode.CONSUME_MESSAGE_DIRECTLY, ask);
    expect(text(answer)).toBe('again');
    expect(answer.extFields.brokerName).toBe('broker-a');
    expect((await client.ask(RequestCode.CONSUME_MESSAGE_DIRECTLY, { ...ask, msgId: 'junk' })).code).toBe(1);
  });

  it('times out after 10 s', async () => {
    await client.consumerHeartbeat('G', ['T']);
    client.processors.set(RequestCode.GET_CONSUMER_RUNNING_INFO, () => undefined);
    const answer = client.ask(RequestCode.GET_CONSUMER_RUNNING_INFO, { consumerGroup: 'G', clientId: 'c1' });
    await rig.clock.advance(10_000);
    expect((await answer).code).toBe(207);
  });
});

describe('a reply', () => {
  const reply = (properties: Record<string, string>): Promise<RemotingCommand> =>
    client.askWith(
      RequestCode.SEND_REPLY_MESSAGE_V2,
      sendMessageV2Request,
      {
        ...client.sendHeader('DefaultCluster_REPLY_TOPIC'),
        properties: encodeProperties(
          new Map(Object.entries({ CORRELATION_ID: 'K', MSG_TYPE: 'reply', ...properties })),
        ),
      },
      Buffer.from('42'),
    );

  it('is pushed to the one who asked, and stored', async () => {
    const requester = await rig.connect('asker');
    requester.onRequest = ({ code }) => (code === 326 ? response(0) : undefined);
    await requester.heartbeat({ producerDataSet: [{ groupName: 'PG' }] });
    const answer = await reply({ REPLY_TO_CLIENT: 'asker' });
    expect(answer).toMatchObject({
      code: 0,
      extFields: { queueId: '0', queueOffset: '0', MSG_REGION: 'DefaultRegion' },
    });
    const push = requester.received.find(({ code }) => code === 326)!;
    expect(text(push)).toBe('42');
    expect(push.extFields).toMatchObject({
      topic: 'DefaultCluster_REPLY_TOPIC',
      storeHost: '127.0.0.1:10911',
      storeTimestamp: String(rig.clock.now()),
    });
    expect(push.extFields.properties).toContain('CORRELATION_ID\x01K\x02');
    expect(push.extFields.properties).toContain('PUSH_REPLY_TIME');
    expect(rig.store.recordsOf('DefaultCluster_REPLY_TOPIC')).toHaveLength(1);
  });

  it('to nobody is stored all the same, and says so', async () => {
    expect(await reply({ REPLY_TO_CLIENT: 'gone' })).toMatchObject({
      code: 1,
      remark: 'push reply message fail, channel of <gone> not found.',
      extFields: { queueOffset: '0' },
    });
    expect(await reply({})).toMatchObject({ code: 1, remark: 'reply message properties[REPLY_TO_CLIENT] is null' });
    expect(rig.store.recordsOf('DefaultCluster_REPLY_TOPIC')).toHaveLength(2);
  });

  it('need not be stored', async () => {
    await rig.broker.stop();
    await startWith({ storeReplyMessageEnable: false });
    expect((await reply({})).extFields.msgId).toBeUndefined();
    expect(rig.store.recordsOf('DefaultCluster_REPLY_TOPIC')).toHaveLength(0);
  });
});
