import { decodeQueueOffsets, encodeQueueOffsets } from '../../../../lib/engine/protocol/bodies/queue-offsets.js';
import { parseFastjson } from '../../../../lib/engine/common/fastjson.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import { ResponseCode } from '../../../../lib/engine/protocol/response-code.js';
import { concurrent, Latch, Recorder, startConsumer, success } from '../../../support/consumer-rig.js';
import { ScriptedCluster } from '../../../support/scripted-cluster.js';

let cluster: ScriptedCluster;

beforeEach(async () => {
  cluster = new ScriptedCluster();
  await cluster.start('broker-a');
  cluster.createTopic('orders', { 'broker-a': 1 });
});

const queue = { topic: 'orders', brokerName: 'broker-a', queueId: 0 };

function put(...bodies: string[]): void {
  for (const body of bodies) cluster.broker().put('orders', 0, body, { UNIQ_KEY: `ID-${body}` });
}

describe('reset of offsets (220)', () => {
  const reset = (offset: number): void => {
    const extFields = { topic: 'orders', group: 'points', timestamp: '0', isForce: 'true' };
    const body = encodeQueueOffsets('offsetTable', [{ queue, offset }]);
    cluster.broker().tell(RequestCode.RESET_CONSUMER_CLIENT_OFFSET, { extFields, body });
  };

  test('goes on at the given offset, back or forth', async () => {
    const recorder = new Recorder();
    await startConsumer(cluster, concurrent(recorder));
    put('a', 'b', 'c');
    await cluster.settle();
    reset(1);
    await cluster.settle(1000);
    expect(recorder.bodies).toEqual(['a', 'b', 'c', 'b', 'c']);
    expect(cluster.broker().committed('points', 'orders', 0)).toBe(1);
    await cluster.settle(5000);
    expect(cluster.broker().committed('points', 'orders', 0)).toBe(3);
  });

  test('is not undone by the listener that was at work', async () => {
    const latch = new Latch();
    const recorder = new Recorder(({ body }) => (body.toString() === 'c' ? latch.pass() : success));
    await startConsumer(cluster, concurrent(recorder));
    put('a', 'b', 'c');
    await cluster.settle();
    reset(0);
    await cluster.settle(1000);
    latch.open();
    await cluster.settle(1000);
    expect(recorder.bodies).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  test('understands the list that C++ clients are sent', () => {
    const body = Buffer.from('{"offsetTable":[{"topic":"orders","brokerName":"broker-a","queueId":0,"offset":12}]}');
    expect(decodeQueueOffsets('offsetTable', body)).toEqual([{ queue, offset: 12 }]);
  });
});

test('progress (221) is told by queue, in Java’s form of a map', async () => {
  await startConsumer(cluster, concurrent(new Recorder()));
  put('a', 'b');
  await cluster.settle();
  const extFields = { topic: 'orders', group: 'points', clientAddr: '' };
  const { code, body } = await cluster.broker().ask(RequestCode.GET_CONSUMER_STATUS_FROM_CLIENT, { extFields });
  expect(code).toBe(0);
  expect(body!.toString()).toBe('{"messageQueueTable":{{"brokerName":"broker-a","queueId":0,"topic":"orders"}:2}}');
});

describe('running info (307)', () => {
  test('tells subscriptions and queues', async () => {
    const recorder = new Recorder(() => new Promise(() => {}));
    await startConsumer(cluster, concurrent(recorder));
    put('a', 'b');
    await cluster.settle();
    const extFields = { consumerGroup: 'points', clientId: '', jstackEnable: 'false' };
    const { body } = await cluster.broker().ask(RequestCode.GET_CONSUMER_RUNNING_INFO, { extFields });
    const info = parseFastjson(body!.toString()) as never as {
      properties: Record<string, string>;
      subscriptionSet: { topic: string }[];
      mqTable: Record<string, object>;
    };
    expect(info.properties).toMatchObject({ PROP_CONSUMEORDERLY: 'false', PROP_CONSUME_TYPE: 'CONSUME_PASSIVELY' });
    expect(info.subscriptionSet.map(({ topic }) => topic)).toEqual(['orders', '%RETRY%points']);
    expect(info.mqTable[JSON.stringify({ brokerName: 'broker-a', queueId: 0, topic: 'orders' })]).toMatchObject({
      commitOffset: 0,
      cachedMsgCount: 2,
      cachedMsgMaxOffset: 1,
      droped: false,
    });
  });

  test('tells how fast messages are pulled and consumed, by topic', async () => {
    const outcomes = [{ status: 'LATER' } as const, success, success];
    await startConsumer(cluster, concurrent(new Recorder(() => outcomes.shift() ?? success)));
    put('a', 'b', 'c');
    await cluster.settle(10_000);
    const extFields = { consumerGroup: 'points', clientId: '', jstackEnable: 'false' };
    const { body } = await cluster.broker().ask(RequestCode.GET_CONSUMER_RUNNING_INFO, { extFields });
    const { statusTable } = parseFastjson(body!.toString()) as never as { statusTable: unknown };
    expect(statusTable).toMatchObject({
      orders: { pullTPS: 0.3, consumeOKTPS: 0.2, consumeFailedTPS: 0.1 },
      '%RETRY%points': { pullTPS: 0.1, consumeOKTPS: 0.1, consumeFailedTPS: 0 },
    });
  });

  test('of a group that is not here is an error', async () => {
    await startConsumer(cluster, concurrent(new Recorder()));
    const extFields = { consumerGroup: 'another', jstackEnable: 'false' };
    const answer = await cluster.broker().ask(RequestCode.GET_CONSUMER_RUNNING_INFO, { extFields });
    expect(answer).toMatchObject({
      code: ResponseCode.SYSTEM_ERROR,
      remark: 'The Consumer Group <another> not exist in this consumer',
    });
  });
});

describe('direct consumption (309)', () => {
  test.each([
    ['CR_SUCCESS', () => success],
    ['CR_LATER', () => ({ status: 'LATER' }) as const],
    ['CR_THROW_EXCEPTION', () => Promise.reject(new Error('no'))],
  ])('is answered %s, and moves no progress', async (consumeResult, answer) => {
    const recorder = new Recorder(answer);
    const consumer = await startConsumer(cluster, concurrent(recorder));
    consumer.pause();
    await cluster.settle(16_000);
    put('a');
    const [{ record }] = cluster.broker().queues.records.get('orders@broker-a@0')!;
    const extFields = { consumerGroup: 'points', clientId: '', msgId: 'ID-a', brokerName: 'broker-a' };
    const { code, body } = await cluster
      .broker()
      .ask(RequestCode.CONSUME_MESSAGE_DIRECTLY, { extFields, body: record });
    expect(code).toBe(0);
    expect(JSON.parse(body!.toString())).toMatchObject({ order: false, autoCommit: true, consumeResult });
    expect(recorder.seen).toMatchObject([{ messageId: 'ID-a', brokerName: 'broker-a' }]);
    expect(cluster.broker().committed('points', 'orders', 0) ?? 0).toBe(0);
  });
});

test('a broker that asks nonsense gets an error, and disturbs nobody', async () => {
  const recorder = new Recorder();
  await startConsumer(cluster, concurrent(recorder));
  cluster.broker().tell(RequestCode.CHECK_TRANSACTION_STATE, { extFields: {}, body: Buffer.from('x') });
  cluster.broker().tell(RequestCode.RESET_CONSUMER_CLIENT_OFFSET, {
    extFields: { topic: 't', group: 'points' },
    body: Buffer.from('{{'),
  });
  await expect(
    cluster.broker().ask(RequestCode.CONSUME_MESSAGE_DIRECTLY, { extFields: { consumerGroup: 'points' } }),
  ).resolves.toMatchObject({
    code: ResponseCode.SYSTEM_ERROR,
  });
  put('a');
  await cluster.settle();
  expect(recorder.bodies).toEqual(['a']);
});
