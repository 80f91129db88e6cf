import { encodeBatch } from '../../../../lib/engine/message/batch-codec.js';
import { decodeProperties, encodeProperties } from '../../../../lib/engine/message/properties-codec.js';
import { PullSysFlag } from '../../../../lib/engine/protocol/requests/pull-message.js';
import { sendMessageRequest, sendMessageV2Request } from '../../../../lib/engine/protocol/requests/send-message.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import { ResponseCode } from '../../../../lib/engine/protocol/response-code.js';
import { BrokerRig, recordsIn, type TestClient } from '../../../support/broker-rig.js';

let rig: BrokerRig;
let client: TestClient;

beforeEach(async () => {
  rig = await BrokerRig.start();
  client = await rig.connect();
});

afterEach(() => rig.broker.stop());

describe('sending', () => {
  it('stores a message with what the broker adds, and answers where it is', async () => {
    const answer = await client.send('T', 'hello', { UNIQ_KEY: 'U1', TAGS: 'TagA', POP_CK: 'forged' });
    expect(answer.code).toBe(ResponseCode.SUCCESS);
    expect(answer.extFields).toEqual({
      msgId: '7F00000100002A9F0000000000000000',
      queueId: '0',
      queueOffset: '0',
      transactionId: 'U1',
      MSG_REGION: 'DefaultRegion',
      TRACE_ON: 'true',
    });
    const [record] = rig.store.recordsOf('T');
    expect(record.body.toString()).toBe('hello');
    expect(record.bornHost.host).toBe('127.0.0.1');
    expect(Object.fromEntries(record.properties)).toEqual({
      UNIQ_KEY: 'U1',
      TAGS: 'TagA',
      MSG_REGION: 'DefaultRegion',
      TRACE_ON: 'true',
      CLUSTER: 'DefaultCluster',
    });
  });

  it('gives a message without a unique id one', async () => {
    const { extFields } = await client.send('T', 'x');
    expect(extFields.transactionId).toMatch(/^[0-9A-F]{32}$/);
    expect(rig.store.recordsOf('T')[0].properties.get('UNIQ_KEY')).toBe(extFields.transactionId);
  });

  it('reads the long field names of SEND_MESSAGE', async () => {
    const header = { ...client.sendHeader('T'), reconsumeTimes: 3, flag: 7 };
    const answer = await client.askWith(RequestCode.SEND_MESSAGE, sendMessageRequest, header, Buffer.from('x'));
    expect(answer.code).toBe(ResponseCode.SUCCESS);
    expect(rig.store.recordsOf('T')[0]).toMatchObject({ reconsumeTimes: 3, flag: 7 });
  });

  it('creates a missing topic after the pattern of TBW102, stored before the answer', async () => {
    await client.send('New', 'x');
    const stored = JSON.parse(rig.tables.texts.get('topics.json') ?? '{}') as {
      topicConfigTable: Record<string, unknown>;
      dataVersion: { counter: number };
    };
    expect(stored.topicConfigTable.New).toEqual({
      attributes: {},
      order: false,
      perm: 6,
      readQueueNums: 4,
      topicFilterType: 'SINGLE_TAG',
      topicName: 'New',
      topicSysFlag: 0,
      writeQueueNums: 4,
    });
    expect(stored.dataVersion.counter).toBe(1);
  });

  it('gives an auto-created topic no more queues than TBW102 has', async () => {
    await client.send('Wide', 'x', {}, { defaultTopicQueueNums: 100, queueId: 7 });
    expect(rig.store.recordsOf('Wide', 7)).toHaveLength(1);
    expect((await client.send('Wide', 'x', {}, { queueId: 8 })).code).toBe(ResponseCode.INVALID_PARAMETER);
  });

  it.each([
    ['a blank name', ' ', 29, 'The specified topic is blank.'],
    ['a path', '../../etc/passwd', 29, 'illegal characters'],
    ['128 characters', 'x'.repeat(128), 29, 'longer than topic max length'],
    ['a system topic', 'SCHEDULE_TOPIC_XXXX', 16, 'Sending message to topic[SCHEDULE_TOPIC_XXXX] is forbidden.'],
    ['the half topic', 'RMQ_SYS_TRANS_HALF_TOPIC', 16, 'forbidden'],
  ])('refuses %s', async (_what, topic, code, remark) => {
    const answer = await client.send(topic, 'x');
    expect(answer.code).toBe(code);
    expect(answer.remark).toContain(remark);
    expect(answer.extFields).toMatchObject({ MSG_REGION: 'DefaultRegion', TRACE_ON: 'true' });
  });

  it('refuses an unknown topic when its pattern may not be inherited', async () => {
    const answer = await client.send('T', 'x', {}, { defaultTopic: 'SELF_TEST_TOPIC' });
    expect(answer).toMatchObject({ code: 17, remark: 'topic[T] not exist, apply first please!' });
  });

  it('refuses a queue the topic does not have, in the words of Apache', async () => {
    await client.send('T', 'x');
    const answer = await client.send('T', 'x', {}, { queueId: 4 });
    expect(answer.code).toBe(29);
    expect(answer.remark).toMatch(
      /^request queueId\[4\] is illegal, TopicConfig \[topicName=T, readQueueNums=4, writeQueueNums=4, perm=RW-, topicFilterType=SINGLE_TAG, topicSysFlag=0, order=false, attributes=\{\}\] Producer: 127\.0\.0\.1:/,
    );
  });

  it('picks a queue when asked to', async () => {
    const queues = new Set<string>();
    for (let i = 0; i < 40; i++) queues.add((await client.send('T', 'x', {}, { queueId: -1 })).extFields.queueId);
    expect([...queues].sort()).toEqual(['0', '1', '2', '3']);
  });

  it('refuses an empty body, an oversized one and oversized properties', async () => {
    expect((await client.send('T', '')).code).toBe(1);
    expect((await client.send('T', 'x'.repeat(4 * 1024 * 1024 + 1))).code).toBe(13);
    const answer = await client.send('T', 'x', { a: 'y'.repeat(33_000) });
    expect(answer).toMatchObject({ code: 13, remark: expect.stringContaining('the message is illegal') as string });
  });

  it('never lets the sender mark a message as prepared without being half a transaction', async () => {
    await client.send('T', 'x', {}, { sysFlag: 0x4 | 0x301 });
    expect(rig.store.recordsOf('T')[0].sysFlag).toBe(0x301);
  });

  it('answers SYSTEM_BUSY beyond its budget of bytes, and goes on when they are stored', async () => {
    const small = await BrokerRig.start({ broker: { maxPutBytesInFlight: 100 } });
    const sender = await small.connect();
    await sender.send('T', 'first');
    const sends = Array.from({ length: 5 }, () => sender.send('T', 'x'.repeat(60)));
    const codes = (await Promise.all(sends)).map(({ code }) => code);
    expect(codes).toEqual([0, 2, 2, 2, 2]);
    expect((await sends[1]).remark).toContain('broker busy');
    expect((await sender.send('T', 'again')).code).toBe(0);
    await small.broker.stop();
  });

  it.each([
    ['FLUSH_DISK_TIMEOUT', 10],
    ['SERVICE_NOT_AVAILABLE', 14],
    ['OS_PAGE_CACHE_BUSY', 2],
    ['UNKNOWN_ERROR', 1],
  ] as const)('tells %s as code %d', async (status, code) => {
    await client.send('T', 'x');
    const put = rig.store.putBatch.bind(rig.store);
    rig.store.putBatch = async (messages) => {
      if (status !== 'FLUSH_DISK_TIMEOUT') return { status, appended: [] };
      return { ...(await put(messages)), status };
    };
    const answer = await client.send('T', 'y');
    expect(answer.code).toBe(code);
    expect(answer.extFields.queueOffset).toBe(status === 'FLUSH_DISK_TIMEOUT' ? '1' : undefined);
  });
});

describe('a batch', () => {
  const batch = (...bodies: string[]): Buffer =>
    encodeBatch(
      bodies.map((body, index) => ({
        flag: index,
        body: Buffer.from(body),
        properties: encodeProperties(
          new Map([
            ['UNIQ_KEY', `own-${index}`],
            ['KEYS', `k${index}`],
          ]),
        ),
      })),
    );
  const header = (topic: string) => ({
    ...client.sendHeader(topic),
    batch: true,
    properties: encodeProperties(
      new Map([
        ['UNIQ_KEY', 'BATCH'],
        ['WAIT', 'true'],
      ]),
    ),
  });

  it('becomes a record for each message, side by side, with the properties of both', async () => {
    const answer = await client.askWith(
      RequestCode.SEND_BATCH_MESSAGE,
      sendMessageV2Request,
      header('T'),
      batch('a', 'bb'),
    );
    expect(answer.code).toBe(0);
    const records = rig.store.recordsOf('T');
    expect(records.map(({ body, flag, queueOffset }) => [body.toString(), flag, queueOffset])).toEqual([
      ['a', 0, 0],
      ['bb', 1, 1],
    ]);
    expect(records[1].properties.get('KEYS')).toBe('k1');
    expect(records[1].properties.get('UNIQ_KEY')).toBe('BATCH');
    expect(records[1].properties.get('CLUSTER')).toBe('DefaultCluster');
    expect(answer.extFields.msgId.split(',')).toHaveLength(2);
    expect(answer.extFields).toMatchObject({ queueOffset: '0', transactionId: 'BATCH' });
  });

  it('is refused as a whole when its lengths do not agree', async () => {
    const answer = await client.askWith(
      RequestCode.SEND_BATCH_MESSAGE,
      sendMessageV2Request,
      header('T'),
      batch('a', 'bb').subarray(0, -1),
    );
    expect(answer.code).toBe(13);
    expect(rig.store.recordsOf('T')).toHaveLength(0);
  });

  it('is not for retry topics', async () => {
    const answer = await client.askWith(
      RequestCode.SEND_BATCH_MESSAGE,
      sendMessageV2Request,
      header('%RETRY%G'),
      batch('a'),
    );
    expect(answer).toMatchObject({ code: 13, remark: 'batch request does not support retry group %RETRY%G' });
  });
});

describe('pulling', () => {
  beforeEach(async () => {
    for (const [body, tag] of [
      ['m0', 'TagA'],
      ['m1', 'TagB'],
      ['m2', 'TagA'],
    ]) {
      await client.send('T', body, { TAGS: tag });
    }
  });

  it('answers with the records and every field of the header', async () => {
    const answer = await client.pull('G', 'T', { queueOffset: 1 });
    expect(answer).toMatchObject({ code: 0, remark: 'FOUND' });
    expect(answer.extFields).toEqual({
      suggestWhichBrokerId: '0',
      nextBeginOffset: '3',
      minOffset: '0',
      maxOffset: '3',
      topicSysFlag: '0',
      groupSysFlag: '0',
    });
    expect(recordsIn(answer).map(({ body }) => body.toString())).toEqual(['m1', 'm2']);
  });

  it('filters by tag', async () => {
    const answer = await client.pull('G', 'T', { subscription: 'TagA || TagC' });
    expect(recordsIn(answer).map(({ body }) => body.toString())).toEqual(['m0', 'm2']);
    expect(await client.pull('G', 'T', { subscription: 'TagZ' })).toMatchObject({
      code: 20,
      remark: 'NO_MATCHED_MESSAGE',
      extFields: { nextBeginOffset: '3' },
    });
  });

  it.each([
    ['at the end', 3, 19, 'OFFSET_OVERFLOW_ONE', '3'],
    ['beyond the end', 9, 21, 'OFFSET_OVERFLOW_BADLY', '3'],
  ])('%s', async (_where, queueOffset, code, remark, nextBeginOffset) => {
    const answer = await client.pull('G', 'T', { queueOffset });
    expect(answer).toMatchObject({ code, remark, extFields: { nextBeginOffset } });
  });

  it.each([
    [0, 19],
    [5, 21],
  ])('an empty queue from offset %d is %d', async (queueOffset, code) => {
    const answer = await client.pull('G', 'T', { queueId: 2, queueOffset });
    expect(answer).toMatchObject({ code, remark: 'NO_MESSAGE_IN_QUEUE' });
  });

  it.each([
    ['an unknown topic', { topic: 'Nope' }, 17],
    ['a queue that is not there', { queueId: 4 }, 29],
    ['a queue below 0', { queueId: -1 }, 29],
    ['an unreadable subscription', { subscription: '||' }, 23],
    ['a group with a bad name', { consumerGroup: 'a b' }, 26],
    ['a group that is offline and brings no subscription', { sysFlag: 0 }, 24],
    ['SQL while it is off', { expressionType: 'SQL92', subscription: 'a > 1' }, 1],
  ])('refuses %s', async (_what, header, code) => {
    expect((await client.pull('G', 'T', header)).code).toBe(code);
  });

  it('takes the subscription of the heartbeat when the header has none', async () => {
    await client.consumerHeartbeat('G', ['T']);
    expect((await client.pull('G', 'T', { sysFlag: 0 })).code).toBe(0);
    expect((await client.pull('G', 'T', { sysFlag: 0, subVersion: 2 })).code).toBe(25);
    expect((await client.pull('G', 'Other', { sysFlag: 0 })).code).toBe(17);
    await client.send('Other', 'x');
    expect((await client.pull('G', 'Other', { sysFlag: 0 })).code).toBe(24);
  });

  it('stores the offset that comes along, and remembers how far was pulled', async () => {
    const { subscription, commitOffset } = PullSysFlag;
    await client.pull('G', 'T', { sysFlag: subscription | commitOffset, commitOffset: 2 });
    const answer = await client.ask(RequestCode.QUERY_CONSUMER_OFFSET, {
      consumerGroup: 'G',
      topic: 'T',
      queueId: '0',
    });
    expect(answer.extFields.offset).toBe('2');
  });

  it('stores it at once: one that is sent behind the pull, while the store is read, has the last word', async () => {
    const { subscription, commitOffset } = PullSysFlag;
    const position = { consumerGroup: 'G', topic: 'T', queueId: '0' };
    await client.consumerHeartbeat('G', ['T']);
    const pull = client.pull('G', 'T', { sysFlag: subscription | commitOffset, commitOffset: 1 });
    const update = client.ask(RequestCode.UPDATE_CONSUMER_OFFSET, { ...position, commitOffset: '2' });
    await Promise.all([pull, update]);
    const answer = await client.ask(RequestCode.QUERY_CONSUMER_OFFSET, position);
    expect(answer.extFields.offset).toBe('2');
  });
});

describe('long polling', () => {
  const suspend = PullSysFlag.subscription | PullSysFlag.suspend;

  beforeEach(() => client.send('T', 'm0', { TAGS: 'TagA' }));

  it('answers when a message arrives', async () => {
    const pull = client.pull('G', 'T', { queueOffset: 1, sysFlag: suspend });
    await rig.clock.advance(3000);
    await client.send('T', 'm1', { TAGS: 'TagA' });
    const answer = await pull;
    expect(answer.code).toBe(0);
    expect(recordsIn(answer).map(({ body }) => body.toString())).toEqual(['m1']);
  });

  it('is not woken by other queues, nor by tags it does not want', async () => {
    let isAnswered = false;
    const pull = client.pull('G', 'T', { queueOffset: 1, sysFlag: suspend, subscription: 'TagB' });
    void pull.then(() => (isAnswered = true));
    await client.send('T', 'other queue', { TAGS: 'TagB' }, { queueId: 1 });
    await client.send('T', 'other tag', { TAGS: 'TagA' });
    await rig.clock.settle();
    expect(isAnswered).toBe(false);
    await client.send('T', 'mine', { TAGS: 'TagB' });
    expect(recordsIn(await pull).map(({ body }) => body.toString())).toEqual(['mine']);
  });

  it('gives up after its time, looked at every 5 s', async () => {
    const start = rig.clock.now();
    let answeredAt = 0;
    const pull = client.pull('G', 'T', { queueOffset: 1, sysFlag: suspend, suspendTimeoutMillis: 12_000 });
    void pull.then(() => (answeredAt = rig.clock.now()));
    await rig.clock.advance(20_000);
    expect(await pull).toMatchObject({ code: 19, extFields: { nextBeginOffset: '1', maxOffset: '1' } });
    expect(answeredAt - start).toBe(15_000);
  });

  it('wakes many pulls, each with its own offset', async () => {
    const pulls = Array.from({ length: 20 }, (_, index) =>
      client.pull(`G${index}`, 'T', { queueOffset: 1, sysFlag: suspend }),
    );
    await client.send('T', 'm1');
    for (const answer of await Promise.all(pulls)) expect(recordsIn(answer)).toHaveLength(1);
  });

  it('is answered, not cut off, when the broker stops', async () => {
    const pull = client.pull('G', 'T', { queueOffset: 1, sysFlag: suspend });
    await rig.clock.settle();
    await rig.broker.stop();
    expect((await pull).code).toBe(19);
  });
});

it('keeps the properties a client sent byte for byte readable', async () => {
  await client.send('T', 'x', { a: '1', ключ: 'значение' });
  const [record] = recordsIn(await client.pull('G', 'T'));
  expect(decodeProperties(encodeProperties(record.properties)).get('ключ')).toBe('значение');
});
