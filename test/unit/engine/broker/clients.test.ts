import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import { BrokerRig, jsonIn, type TestClient } from '../../../support/broker-rig.js';

let rig: BrokerRig;
let client: TestClient;

beforeEach(async () => {
  rig = await BrokerRig.start();
  client = await rig.connect('c1');
});

afterEach(() => rig.broker.stop());

const groupList = (asker: TestClient, group: string) =>
  asker.ask(RequestCode.GET_CONSUMER_LIST_BY_GROUP, { consumerGroup: group });
const notices = ({ received }: TestClient): string[] =>
  received.filter(({ code }) => code === 40).map(({ extFields }) => extFields.consumerGroup);

describe('heartbeats', () => {
  it('register a consumer, create its retry topic and answer as Apache does', async () => {
    const answer = await client.consumerHeartbeat('G', ['T']);
    expect(answer.code).toBe(0);
    expect(answer.extFields).toEqual({ IS_SUPPORT_HEART_BEAT_V2: 'true', IS_SUB_CHANGE: 'true' });
    expect(jsonIn(await groupList(client, 'G'))).toEqual({ consumerIdList: ['c1'] });
    const retry = await client.ask(RequestCode.GET_TOPIC_CONFIG, { topic: '%RETRY%G' });
    expect(jsonIn(retry)).toMatchObject({ readQueueNums: 1, writeQueueNums: 1, perm: 6 });
  });

  it('tell the members of a change before they are answered, and nobody when nothing changed', async () => {
    await client.consumerHeartbeat('G', ['T']);
    expect(notices(client)).toEqual(['G']);
    const second = await rig.connect('c2');
    await second.consumerHeartbeat('G', ['T']);
    expect(notices(second)).toEqual(['G']);
    expect(notices(client)).toEqual(['G', 'G']);
    await second.consumerHeartbeat('G', ['T']);
    expect(notices(client)).toHaveLength(2);
    await second.consumerHeartbeat('G', ['T', 'T2']);
    expect(notices(client)).toHaveLength(3);
    expect(jsonIn(await groupList(client, 'G'))).toEqual({ consumerIdList: ['c1', 'c2'] });
  });

  it('of a newer version of the same topics tell nobody', async () => {
    await client.consumerHeartbeat('G', ['T']);
    const newer = { classFilterMode: false, topic: 'T', subString: 'a', tagsSet: ['a'], codeSet: [97], subVersion: 9 };
    await client.consumerHeartbeat('G', [], { subscriptionDataSet: [{ ...newer, expressionType: 'TAG' }] });
    expect(notices(client)).toHaveLength(1);
  });

  it('of broadcasting groups tell nobody', async () => {
    await client.consumerHeartbeat('G', ['T'], { messageModel: 'BROADCASTING' });
    expect(notices(client)).toEqual([]);
    expect(jsonIn(await groupList(client, 'G'))).toEqual({ consumerIdList: ['c1'] });
  });

  it('respect a group that wants no notices', async () => {
    await client.askJson(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, {
      groupName: 'G',
      notifyConsumerIdsChangedEnable: false,
    });
    await client.consumerHeartbeat('G', ['T']);
    expect(notices(client)).toEqual([]);
  });

  it('of the second version leave subscriptions out, and learn when they have to tell them', async () => {
    const consumer = {
      groupName: 'G',
      consumeType: 'CONSUME_PASSIVELY' as const,
      messageModel: 'CLUSTERING' as const,
      consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET' as const,
      unitMode: false,
      subscriptionDataSet: [],
    };
    await client.consumerHeartbeat('G', ['T']);
    const light = { consumerDataSet: [consumer], withoutSub: true, heartbeatFingerprint: 42 };
    expect((await client.heartbeat(light)).extFields.IS_SUB_CHANGE).toBe('true'); // it was another one before
    expect((await client.heartbeat(light)).extFields.IS_SUB_CHANGE).toBe('false');
    await client.send('T', 'x');
    expect((await client.pull('G', 'T', { sysFlag: 0 })).code).toBe(0); // the subscription is still there
  });

  it('cannot be broken by rubbish', async () => {
    expect((await client.ask(RequestCode.HEART_BEAT, {}, Buffer.from('{"a":'))).code).toBe(1);
    expect((await client.ask(RequestCode.HEART_BEAT, {}, Buffer.from('null'))).code).toBe(1);
    expect((await client.heartbeat({ consumerDataSet: [{} as never] })).code).toBe(1);
    expect((await client.consumerHeartbeat('G', ['T'])).code).toBe(0);
  });
});

describe('a client that goes', () => {
  it('by UNREGISTER_CLIENT is told to the others', async () => {
    const second = await rig.connect('c2');
    await client.consumerHeartbeat('G', ['T']);
    await second.consumerHeartbeat('G', ['T']);
    await client.ask(RequestCode.UNREGISTER_CLIENT, { clientID: 'c1', consumerGroup: 'G' });
    expect(jsonIn(await groupList(second, 'G'))).toEqual({ consumerIdList: ['c2'] });
    expect(notices(second)).toHaveLength(2);
  });

  it('by closing its connection is told to the others', async () => {
    const second = await rig.connect('c2');
    await client.consumerHeartbeat('G', ['T']);
    await second.consumerHeartbeat('G', ['T']);
    client.channel.close();
    await rig.clock.settle();
    expect(jsonIn(await groupList(second, 'G'))).toEqual({ consumerIdList: ['c2'] });
    expect(notices(second)).toHaveLength(2);
  });

  it('by falling silent for 120 s is forgotten, and its connection closed', async () => {
    const second = await rig.connect('c2');
    await client.consumerHeartbeat('G', ['T']);
    await rig.clock.advance(60_000);
    await second.consumerHeartbeat('G', ['T']);
    await rig.clock.advance(70_000);
    expect(client.channel.isOpen).toBe(false);
    expect(jsonIn(await groupList(second, 'G'))).toEqual({ consumerIdList: ['c2'] });
  });

  it('leaves a group without members', async () => {
    const answer = await groupList(client, 'G');
    expect(answer).toMatchObject({ code: 1, remark: 'no consumer for this group, G' });
  });
});

describe('offsets', () => {
  const query = (group: string, topic: string, more = {}) =>
    client.ask(RequestCode.QUERY_CONSUMER_OFFSET, { consumerGroup: group, topic, queueId: '0', ...more });
  const update = (group: string, topic: string, offset: number) =>
    client.ask(RequestCode.UPDATE_CONSUMER_OFFSET, {
      consumerGroup: group,
      topic,
      queueId: '0',
      commitOffset: String(offset),
    });

  it('of a new group are 0 in a young queue, else not found', async () => {
    expect(await query('G', 'T')).toMatchObject({ code: 22 });
    await client.send('T', 'x');
    expect(await query('G', 'T')).toMatchObject({ code: 0, extFields: { offset: '0' } });
    expect(await query('G', 'T', { setZeroIfNotFound: 'false' })).toMatchObject({
      code: 22,
      remark: 'Not found, do not set to zero, maybe this group boot first',
    });
    expect(await query('G', 'T', { queueId: '1' })).toMatchObject({ code: 22 }); // an empty queue
  });

  it('of a new group are not found when the first message has left memory', async () => {
    const small = await BrokerRig.start({ broker: { accessMessageInMemoryMaxRatio: 1 }, physicalMemoryBytes: 50_000 });
    client = await small.connect();
    for (let i = 0; i < 5; i++) await client.send('T', 'x'.repeat(100));
    expect((await query('G', 'T')).code).toBe(22);
    await small.broker.stop();
  });

  it('are committed and may go back', async () => {
    await client.send('T', 'x');
    expect((await update('G', 'T', 5)).code).toBe(26);
    await client.consumerHeartbeat('G', ['T']);
    expect((await update('G', 'Nope', 5)).code).toBe(17);
    expect((await update('G', 'T', -1)).code).toBe(29);
    expect((await update('G', 'T', 5)).code).toBe(0);
    expect((await update('G', 'T', 3)).code).toBe(0);
    expect((await query('G', 'T')).extFields.offset).toBe('3');
  });

  it('are stored every 5 s, in Apache’s shape, and survive a kill after that', async () => {
    await client.send('T', 'x');
    await client.consumerHeartbeat('G', ['T']);
    await update('G', 'T', 1);
    await rig.clock.advance(5000);
    expect(rig.tables.texts.get('consumerOffset.json')).toBe(
      '{\n\t"dataVersion":{\n\t\t"stateVersion":0,\n\t\t"timestamp":1767225600000,\n\t\t"counter":0\n\t},' +
        '\n\t"groupTopicMap":{\n\t\t"G":[\n\t\t\t"T"\n\t\t]\n\t},\n\t"offsetTable":{\n\t\t"T@G":{\n\t\t\t0:1\n\t\t}\n\t}\n}',
    );
    await update('G', 'T', 2);
    rig.kill();
    rig = await rig.next();
    client = await rig.connect('c1');
    expect((await query('G', 'T')).extFields.offset).toBe('1');
  });

  it('are stored whatever the groups are called', async () => {
    await client.send('T', 'x');
    for (const group of ['constructor', '__proto__', 'G']) {
      await client.consumerHeartbeat(group, ['T']);
      await update(group, 'T', 1);
    }
    await rig.clock.advance(5000);
    rig.kill();
    rig = await rig.next();
    client = await rig.connect('c1');
    for (const group of ['constructor', '__proto__', 'G']) {
      expect((await query(group, 'T')).extFields.offset).toBe('1');
    }
  });

  it('of queues: smallest, largest, by time, and the first message’s time', async () => {
    const start = rig.clock.now();
    await client.send('T', 'a');
    await rig.clock.advance(1000);
    await client.send('T', 'b');
    const queue = { topic: 'T', queueId: '0' };
    expect((await client.ask(RequestCode.GET_MAX_OFFSET, queue)).extFields.offset).toBe('2');
    expect((await client.ask(RequestCode.GET_MIN_OFFSET, queue)).extFields.offset).toBe('0');
    const search = { ...queue, timestamp: String(start + 1) };
    expect((await client.ask(RequestCode.SEARCH_OFFSET_BY_TIMESTAMP, search)).extFields.offset).toBe('1');
    const upper = { ...search, boundaryType: 'upper' };
    expect((await client.ask(RequestCode.SEARCH_OFFSET_BY_TIMESTAMP, upper)).extFields.offset).toBe('0');
    const earliest = await client.ask(RequestCode.GET_EARLIEST_MSG_STORETIME, queue);
    expect(earliest.extFields.timestamp).toBe(String(start));
  });
});

describe('queue locks', () => {
  const mq = (queueId: number) => ({ topic: 'T', brokerName: 'broker-a', queueId });
  const lock = async (clientId: string, ...queueIds: number[]): Promise<unknown> => {
    const body = { consumerGroup: 'G', clientId, mqSet: queueIds.map(mq) };
    const { lockOKMQSet } = jsonIn(await client.askJson(RequestCode.LOCK_BATCH_MQ, body)) as {
      lockOKMQSet: { queueId: number }[];
    };
    return lockOKMQSet.map(({ queueId }) => queueId);
  };

  it('belong to one client until it gives them back or falls silent for 60 s', async () => {
    expect(await lock('c1', 0, 1)).toEqual([0, 1]);
    expect(await lock('c2', 1, 2)).toEqual([2]);
    await rig.clock.advance(60_000);
    expect(await lock('c1', 0)).toEqual([0]);
    expect(await lock('c2', 1)).toEqual([]);
    await rig.clock.advance(1);
    expect(await lock('c2', 0, 1)).toEqual([1]);
    const body = { consumerGroup: 'G', clientId: 'c2', mqSet: [mq(0), mq(1)] };
    await client.askJson(RequestCode.UNLOCK_BATCH_MQ, body);
    expect(await lock('c3', 0, 1)).toEqual([1]); // c2 could only free its own
  });
});
