import { queryMessageRequest } from '../../../../lib/engine/protocol/requests/query-message.js';
import { createTopicRequest } from '../../../../lib/engine/protocol/requests/topic-admin.js';
import type { HeaderOf } from '../../../../lib/engine/protocol/field-table.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import { BrokerRig, jsonIn, recordsIn, type TestClient } from '../../../support/broker-rig.js';

let rig: BrokerRig;
let client: TestClient;

beforeEach(async () => {
  rig = await BrokerRig.start();
  client = await rig.connect();
});

afterEach(() => rig.broker.stop());

const createTopic = (topic: string, more: Partial<HeaderOf<typeof createTopicRequest>> = {}) =>
  client.askWith(RequestCode.UPDATE_AND_CREATE_TOPIC, createTopicRequest, {
    topic,
    defaultTopic: 'TBW102',
    readQueueNums: 2,
    writeQueueNums: 2,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    order: false,
    ...more,
  });
const topicConfig = (topic: string) => client.ask(RequestCode.GET_TOPIC_CONFIG, { topic });

describe('a topic', () => {
  it('is created, changed, and survives a kill', async () => {
    expect((await createTopic('T', { attributes: '+message.type=FIFO' })).code).toBe(0);
    rig.kill();
    rig = await rig.next();
    client = await rig.connect();
    expect(jsonIn(await topicConfig('T'))).toMatchObject({
      readQueueNums: 2,
      perm: 6,
      attributes: { 'message.type': 'FIFO' },
    });
    await createTopic('T', { perm: 4, attributes: '-message.type', order: true });
    expect(jsonIn(await topicConfig('T'))).toMatchObject({ perm: 4, order: true, attributes: {} });
  });

  it.each([
    ['../x', {}, 'illegal characters'],
    ['TBW102', {}, 'The topic[TBW102] is conflict with system topic.'],
    ['DefaultCluster', {}, 'conflict with system topic'],
    ['rmq_sys_mine', {}, 'conflict with system topic'],
    ['T', { readQueueNums: -1 }, 'readQueueNums must be from 0'],
    ['T', { perm: 99 }, 'perm must be from 0'],
    ['T', { attributes: '+mesage.type=FIFO' }, 'did you mean message.type?'],
    ['T', { attributes: '+message.type=PURPLE' }, "'PURPLE' is not supported"],
    ['T', { attributes: 'message.type' }, 'is neither +name=value nor -name'],
  ])('%s %j is refused', async (topic, more, remark) => {
    const answer = await createTopic(topic, more);
    expect(answer.code).toBe(29);
    expect(answer.remark).toContain(remark);
  });

  it('that nobody may read is not pulled from', async () => {
    await createTopic('T', { perm: 2 });
    const answer = await client.pull('G', 'T');
    expect(answer).toMatchObject({ code: 16, extFields: { forbiddenType: '3' } });
  });

  it('is deleted with its offsets and queues, and also when it never was', async () => {
    await client.send('T', 'x');
    await client.consumerHeartbeat('G', ['T']);
    const offset = { consumerGroup: 'G', topic: 'T', queueId: '0' };
    await client.ask(RequestCode.UPDATE_CONSUMER_OFFSET, { ...offset, commitOffset: '1' });
    expect((await client.ask(RequestCode.DELETE_TOPIC_IN_BROKER, { topic: 'T' })).code).toBe(0);
    expect((await topicConfig('T')).code).toBe(17);
    expect((await client.ask(RequestCode.QUERY_CONSUMER_OFFSET, offset)).code).toBe(22);
    expect((await client.ask(RequestCode.DELETE_TOPIC_IN_BROKER, { topic: 'T' })).code).toBe(0);
    expect((await client.ask(RequestCode.DELETE_TOPIC_IN_BROKER, { topic: ' ' })).code).toBe(29);
    expect((await client.ask(RequestCode.DELETE_TOPIC_IN_BROKER, { topic: 'TBW102' })).code).toBe(29);
  });

  it('is listed with all others, system topics apart', async () => {
    await createTopic('T');
    const all = jsonIn(await client.ask(RequestCode.GET_ALL_TOPIC_CONFIG)) as {
      topicConfigTable: Record<string, { writeQueueNums: number; perm: number }>;
    };
    expect(all.topicConfigTable.T.writeQueueNums).toBe(2);
    expect(all.topicConfigTable.TBW102).toMatchObject({ writeQueueNums: 8, perm: 7 });
    expect(all.topicConfigTable.SCHEDULE_TOPIC_XXXX.writeQueueNums).toBe(18);
    expect(all.topicConfigTable.BenchmarkTest.writeQueueNums).toBe(1024);
    expect(all.topicConfigTable.DefaultCluster_REPLY_TOPIC.writeQueueNums).toBe(1);
    const system = jsonIn(await client.ask(RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_BROKER)) as { topicList: string[] };
    expect(system.topicList).toContain('broker-a');
    expect(system.topicList).not.toContain('T');
  });
});

describe('a group', () => {
  const groupConfig = (group: string) => client.ask(RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG, { group });

  it('gets defaults for what is left out, and survives a kill', async () => {
    await client.askJson(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, { groupName: 'G', retryMaxTimes: 3 });
    rig.kill();
    rig = await rig.next({ autoCreateSubscriptionGroup: false });
    client = await rig.connect();
    expect(jsonIn(await groupConfig('G'))).toMatchObject({ retryMaxTimes: 3, retryQueueNums: 1, consumeEnable: true });
    expect((await groupConfig('Unknown')).code).toBe(26);
  });

  it('with more retry queues than a topic may have is refused', async () => {
    const group = { groupName: 'G', retryQueueNums: 2 ** 53 };
    expect(await client.askJson(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, group)).toMatchObject({
      code: 29,
      remark: 'retryQueueNums must be from 0 to 65536, but is 9007199254740992',
    });
  });

  it('may be kept from consuming, or from one topic', async () => {
    await client.send('T', 'x');
    await client.consumerHeartbeat('G', ['T']);
    const forbid = { group: 'G', topic: 'T', readable: 'false' };
    const forbidden = await client.ask(RequestCode.UPDATE_AND_GET_GROUP_FORBIDDEN, forbid);
    expect(jsonIn(forbidden)).toEqual({ group: 'G', topic: 'T', readable: false });
    const refused = await client.pull('G', 'T', { sysFlag: 0 });
    expect(refused).toMatchObject({ code: 16, extFields: { forbiddenType: '5' } });
    await client.ask(RequestCode.UPDATE_AND_GET_GROUP_FORBIDDEN, { ...forbid, readable: 'true' });
    expect((await client.pull('G', 'T', { sysFlag: 0 })).code).toBe(0);
    await client.askJson(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, { groupName: 'G', consumeEnable: false });
    expect(await client.pull('G', 'T')).toMatchObject({ code: 16, extFields: { forbiddenType: '2' } });
  });

  it('is deleted, with its offsets when asked', async () => {
    await client.send('T', 'x');
    await client.consumerHeartbeat('G', ['T']);
    await client.ask(RequestCode.UPDATE_CONSUMER_OFFSET, {
      consumerGroup: 'G',
      topic: 'T',
      queueId: '0',
      commitOffset: '1',
    });
    await client.ask(RequestCode.DELETE_SUBSCRIPTIONGROUP, { groupName: 'G', cleanOffset: 'true' });
    const offset = { consumerGroup: 'G', topic: 'T', queueId: '0', setZeroIfNotFound: 'false' };
    expect((await client.ask(RequestCode.QUERY_CONSUMER_OFFSET, offset)).code).toBe(22);
    const all = jsonIn(await client.ask(RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG)) as {
      subscriptionGroupTable: object;
    };
    expect(Object.keys(all.subscriptionGroupTable)).not.toContain('G');
    expect(Object.keys(all.subscriptionGroupTable)).toContain('CID_RMQ_SYS_TRANS');
  });

  it.each([{ groupName: 'a/b' }, { groupName: 'G', attributes: { '+priority': '1' } }])(
    'needs a good name, and has no attributes: %j',
    async (config) => {
      expect((await client.askJson(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, config)).code).toBe(29);
    },
  );
});

describe('a query', () => {
  it('finds messages by key, unique id and place', async () => {
    await client.send('T', 'a', { KEYS: 'k1 k2', UNIQ_KEY: 'U1' });
    await client.send('T', 'b', { KEYS: 'k2' });
    const query = (key: string, more = {}) =>
      client.askWith(RequestCode.QUERY_MESSAGE, queryMessageRequest, {
        topic: 'T',
        key,
        maxNum: 64,
        beginTimestamp: 0,
        endTimestamp: rig.clock.now(),
        ...more,
      });
    expect(recordsIn(await query('k2')).map(({ body }) => body.toString())).toEqual(['b', 'a']);
    expect(recordsIn(await query('k2', { maxNum: 1 }))).toHaveLength(1);
    expect(recordsIn(await query('U1', { maxNum: 0, uniqueKeyQuery: 'true' }))).toHaveLength(1);
    expect(await query('k9')).toMatchObject({
      code: 22,
      extFields: { indexLastUpdateTimestamp: String(rig.clock.now()) },
    });
    const [record] = rig.store.recordsOf('T');
    const viewed = await client.ask(RequestCode.VIEW_MESSAGE_BY_ID, { offset: String(record.physicalOffset) });
    expect(recordsIn(viewed)[0].body.toString()).toBe('a');
    expect((await client.ask(RequestCode.VIEW_MESSAGE_BY_ID, { offset: '1' })).code).toBe(1);
  });
});
