import { PushConsumer } from '../../../../../lib/engine/client/consumer/push-consumer.js';
import { ConfigurationError } from '../../../../../lib/engine/common/errors.js';
import { response } from '../../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../../lib/engine/protocol/request-code.js';
import { ResponseCode } from '../../../../../lib/engine/protocol/response-code.js';
import { concurrent, Latch, Recorder, startConsumer, success } from '../../../../support/consumer-rig.js';
import { ScriptedCluster } from '../../../../support/scripted-cluster.js';

const { CONSUMER_SEND_MSG_BACK, PULL_MESSAGE, SEND_MESSAGE_V2, HEART_BEAT, UNREGISTER_CLIENT } = RequestCode;

let cluster: ScriptedCluster;

beforeEach(async () => {
  cluster = new ScriptedCluster();
  await cluster.start('broker-a');
  cluster.createTopic('orders', { 'broker-a': 1 });
});

function put(...bodies: string[]): void {
  for (const body of bodies) cluster.broker().put('orders', 0, body, { UNIQ_KEY: `ID-${body}` });
}

const committed = (): number | undefined => cluster.broker().committed('points', 'orders', 0);
const busy = (): never => response(ResponseCode.SYSTEM_BUSY, { remark: 'busy' }) as never;

describe('progress', () => {
  test('messages are delivered, and their offsets committed five seconds later at the most', async () => {
    const recorder = new Recorder();
    put('a', 'b');
    await startConsumer(cluster, concurrent(recorder));
    await cluster.settle();
    put('c');
    await cluster.settle();
    expect(recorder.bodies).toEqual(['a', 'b', 'c']);
    await cluster.settle(5000);
    expect(committed()).toBe(3);
  });

  test('a consumer that starts again goes on where it ended', async () => {
    put('a', 'b');
    const first = await startConsumer(cluster, concurrent(new Recorder()));
    await cluster.settle();
    await first.stop();
    put('c');
    const second = new Recorder();
    await startConsumer(cluster, concurrent(second));
    await cluster.settle();
    expect(second.bodies).toEqual(['c']);
  });

  test('is the lowest message that is not settled', async () => {
    const latch = new Latch();
    const recorder = new Recorder(({ body }) => (body.toString() === 'b' ? latch.pass() : success));
    put('a', 'b', 'c', 'd');
    await startConsumer(cluster, concurrent(recorder));
    await cluster.settle(5000);
    expect(recorder.bodies).toEqual(['a', 'b', 'c', 'd']);
    expect(committed()).toBe(1);
    latch.open();
    await cluster.settle(5000);
    expect(committed()).toBe(4);
  });

  test('counts what a filter has left out', async () => {
    const recorder = new Recorder();
    await startConsumer(cluster, concurrent(recorder, { subscriptions: [{ topic: 'orders', expression: 'Aa' }] }));
    cluster.broker().put('orders', 0, 'other', { TAGS: 'x' });
    // Java's hash of BB is that of Aa, so the broker lets it pass; the text decides here.
    cluster.broker().put('orders', 0, 'collision', { TAGS: 'BB' });
    cluster.broker().put('orders', 0, 'wanted', { TAGS: 'Aa' });
    cluster.broker().put('orders', 0, 'untagged');
    await cluster.settle(6000);
    expect(recorder.bodies).toEqual(['wanted']);
    expect(committed()).toBe(4);
  });
});

describe('a group without committed offset', () => {
  test('begins at the end by default, and says so at once, so that nothing sent before a takeover is skipped', async () => {
    put('old');
    const recorder = new Recorder();
    await startConsumer(cluster, concurrent(recorder, { consumeFromWhere: undefined }));
    expect(committed()).toBe(1);
    put('new');
    await cluster.settle();
    expect(recorder.bodies).toEqual(['new']);
    expect(cluster.log.find('group begins where nothing was committed')?.fields).toMatchObject({ offset: 1 });
  });

  test('begins at a time: half an hour before the start by default', async () => {
    const now = cluster.clock.now();
    await startConsumer(cluster, concurrent(new Recorder(), { consumeFromWhere: 'CONSUME_FROM_TIMESTAMP' }));
    const [search] = cluster.broker().requestsOf(RequestCode.SEARCH_OFFSET_BY_TIMESTAMP);
    expect(Number(search.extFields.timestamp)).toBe(now - 30 * 60_000);
  });

  test('is not begun while the broker does not say where it stands', async () => {
    put('a');
    cluster.broker().once(RequestCode.QUERY_CONSUMER_OFFSET, busy, 2);
    const recorder = new Recorder();
    await startConsumer(cluster, concurrent(recorder));
    expect(recorder.bodies).toEqual([]);
    await cluster.settle(1000);
    expect(recorder.bodies).toEqual(['a']);
  });
});

describe('an offset the broker does not have', () => {
  test('is replaced by the one it names', async () => {
    put('gone', 'gone', 'kept');
    cluster.broker().queues.minOffsets.set('orders@broker-a@0', 2);
    const recorder = new Recorder();
    await startConsumer(cluster, concurrent(recorder));
    await cluster.settle();
    expect(recorder.bodies).toEqual(['kept']);
  });
});

describe('a message that is not consumed', () => {
  test('goes back to its broker, and comes again with its original topic', async () => {
    const recorder = new Recorder(({ reconsumeTimes }) => (reconsumeTimes === 0 ? { status: 'LATER' } : success));
    await startConsumer(cluster, concurrent(recorder));
    put('a');
    await cluster.settle(1000);
    const [{ extFields }] = cluster.broker().requestsOf(CONSUMER_SEND_MSG_BACK);
    expect(extFields).toMatchObject({
      group: 'points',
      delayLevel: '0',
      originMsgId: 'ID-a',
      originTopic: 'orders',
      maxReconsumeTimes: '16',
    });
    expect(recorder.seen.map(({ topic, reconsumeTimes }) => [topic, reconsumeTimes])).toEqual([
      ['orders', 0],
      ['orders', 1],
    ]);
    await cluster.settle(5000);
    expect(committed()).toBe(1);
  });

  test('waits as long as the listener says', async () => {
    const recorder = new Recorder(({ reconsumeTimes }) =>
      reconsumeTimes === 0 ? { status: 'LATER', delayLevel: 7 } : success,
    );
    await startConsumer(cluster, concurrent(recorder));
    put('a');
    await cluster.settle();
    expect(cluster.broker().requestsOf(CONSUMER_SEND_MSG_BACK)[0].extFields.delayLevel).toBe('7');
  });

  test.each([
    ['throws', () => Promise.reject(new Error('no'))],
    ['answers nonsense', () => ({ status: 'MAYBE' }) as never],
    ['answers nothing', () => undefined as never],
  ])('comes again when the listener %s', async (_, answer) => {
    let calls = 0;
    const recorder = new Recorder(() => (calls++ === 0 ? answer() : success));
    await startConsumer(cluster, concurrent(recorder));
    put('a');
    await cluster.settle(1000);
    expect(recorder.attempts).toEqual([0, 1]);
  });

  test('is tried sixteen times more, then it is a dead letter', async () => {
    const recorder = new Recorder(() => ({ status: 'LATER' }));
    await startConsumer(cluster, concurrent(recorder));
    put('a');
    await cluster.settle(2000);
    expect(recorder.attempts).toEqual(Array.from({ length: 17 }, (_, attempt) => attempt));
    expect(cluster.broker().deadLetters).toEqual([{ messageId: 'ID-a', group: 'points' }]);
  });

  test('is a dead letter at once when it is rejected', async () => {
    await startConsumer(cluster, concurrent(new Recorder(() => ({ status: 'REJECT' }))));
    put('a');
    await cluster.settle();
    expect(cluster.broker().deadLetters).toHaveLength(1);
  });

  test('is sent to the retry topic as a copy when its broker does not take it back', async () => {
    const recorder = new Recorder(({ reconsumeTimes }) => (reconsumeTimes === 0 ? { status: 'LATER' } : success));
    await startConsumer(cluster, concurrent(recorder));
    cluster.broker().once(CONSUMER_SEND_MSG_BACK, busy);
    cluster.broker().put('orders', 0, 'a', { UNIQ_KEY: 'ID-a', TAGS: 't', TRAN_MSG: 'true' });
    await cluster.settle(1000);
    const [{ extFields }] = cluster.broker().requestsOf(SEND_MESSAGE_V2);
    expect(extFields).toMatchObject({ a: 'CLIENT_INNER_PRODUCER', b: '%RETRY%points', j: '1', l: '16' });
    expect(extFields.i).toContain('RETRY_TOPIC\x01orders\x02');
    expect(extFields.i).toContain('DELAY\x013\x02');
    expect(extFields.i).toContain('UNIQ_KEY\x01ID-a\x02');
    expect(extFields.i).not.toContain('TRAN_MSG');
    expect(recorder.seen.map(({ topic, messageId, reconsumeTimes }) => [topic, messageId, reconsumeTimes])).toEqual([
      ['orders', 'ID-a', 0],
      ['orders', 'ID-a', 1],
    ]);
  });

  test('is tried again here when nobody takes it, and holds the progress meanwhile', async () => {
    const recorder = new Recorder(({ reconsumeTimes }) => (reconsumeTimes === 0 ? { status: 'LATER' } : success));
    await startConsumer(cluster, concurrent(recorder));
    cluster.broker().once(CONSUMER_SEND_MSG_BACK, busy);
    cluster.broker().once(SEND_MESSAGE_V2, () => response(ResponseCode.MESSAGE_ILLEGAL));
    put('a');
    await cluster.settle(4900);
    expect(recorder.attempts).toEqual([0]);
    expect(committed() ?? 0).toBe(0);
    await cluster.settle(200);
    expect(recorder.attempts).toEqual([0, 1]);
    await cluster.settle(5000);
    expect(committed()).toBe(1);
  });

  test('is dropped when broadcasting', async () => {
    const recorder = new Recorder(() => ({ status: 'LATER' }));
    await startConsumer(cluster, concurrent(recorder, { messageModel: 'BROADCASTING' }));
    put('a');
    await cluster.settle(1000);
    expect(recorder.attempts).toEqual([0]);
    expect(cluster.broker().requestsOf(CONSUMER_SEND_MSG_BACK)).toEqual([]);
  });
});

describe('a slow listener', () => {
  test('is mentioned with its message; after the timeout its message is tried elsewhere', async () => {
    const latch = new Latch();
    const recorder = new Recorder(({ reconsumeTimes }) => (reconsumeTimes === 0 ? latch.pass() : success));
    await startConsumer(cluster, concurrent(recorder, { consumeTimeoutMs: 60_000 }));
    put('a');
    await cluster.settle(45_000);
    expect(cluster.log.find('listener takes long')?.fields.messageIds).toEqual(['ID-a']);
    expect(recorder.attempts).toEqual([0]);
    await cluster.settle(50_000);
    expect(recorder.attempts).toEqual([0, 1]);
    await cluster.settle(5000);
    expect(committed()).toBe(1);
    latch.open();
    await cluster.settle(5000);
    expect(cluster.broker().requestsOf(CONSUMER_SEND_MSG_BACK)).toHaveLength(1);
  });

  test('leaves the other slots to other messages', async () => {
    const latch = new Latch();
    const recorder = new Recorder(({ body }) => (body.toString() === 'a' ? latch.pass() : success));
    await startConsumer(cluster, concurrent(recorder, { concurrency: 2 }));
    put('a', 'b', 'c', 'd');
    await cluster.settle();
    expect(recorder.bodies).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('flow control', () => {
  test.each([
    ['count', { pullThresholdForQueue: 5 }],
    ['bytes', { pullThresholdSizeForQueue: 500 }],
    ['span', { consumeConcurrentlyMaxSpan: 5 }],
  ])('by %s stops pulling, and lets it go on when listeners have caught up', async (_, limits) => {
    const latch = new Latch();
    const recorder = new Recorder(() => latch.pass());
    await startConsumer(cluster, concurrent(recorder, { ...limits, pullBatchSize: 2, concurrency: 1 }));
    put(...'abcdefghijklmnopqrst'.split(''));
    await cluster.settle(1000);
    const pulled = cluster
      .broker()
      .requestsOf(PULL_MESSAGE)
      .filter(({ extFields }) => extFields.topic === 'orders');
    expect(pulled.length).toBeGreaterThan(1);
    expect(pulled.length).toBeLessThan(8);
    latch.open();
    await cluster.settle(1000);
    expect(recorder.bodies).toEqual('abcdefghijklmnopqrst'.split(''));
  });

  test('a paused consumer fetches nothing until it is resumed', async () => {
    const recorder = new Recorder();
    const consumer = await startConsumer(cluster, concurrent(recorder));
    await cluster.settle();
    consumer.pause();
    put('a');
    await cluster.settle(); // the pull that was held brings it
    put('b');
    await cluster.settle(60_000);
    expect(recorder.bodies).toEqual(['a']);
    consumer.resume();
    await cluster.settle();
    expect(recorder.bodies).toEqual(['a', 'b']);
  });
});

test('messages are handed over in batches of the wished size', async () => {
  put(...'abcdefg'.split(''));
  const recorder = new Recorder();
  await startConsumer(cluster, concurrent(recorder, { consumeMessageBatchMaxSize: 3 }));
  await cluster.settle();
  expect(recorder.calls).toEqual([3, 3, 1]);
});

test('a topic that is created later is found without waiting for the next poll', async () => {
  const recorder = new Recorder();
  await startConsumer(cluster, concurrent(recorder, { subscriptions: [{ topic: 'young' }] }));
  await cluster.settle(1000);
  cluster.createTopic('young', { 'broker-a': 1 });
  cluster.broker().put('young', 0, 'a');
  await cluster.settle(5000);
  expect(recorder.bodies).toEqual(['a']);
});

describe('stop', () => {
  test('waits for listeners, commits what they have done, and leaves the group', async () => {
    const latch = new Latch();
    const recorder = new Recorder(() => latch.pass());
    const consumer = await startConsumer(cluster, concurrent(recorder));
    put('a');
    await cluster.settle();
    const stopping = consumer.stop();
    await cluster.settle(1000);
    put('b');
    expect(cluster.broker().clientsOf('points')).toHaveLength(1);
    latch.open();
    await stopping;
    expect(recorder.bodies).toEqual(['a']);
    expect(committed()).toBe(1);
    expect(cluster.broker().requestsOf(UNREGISTER_CLIENT)[0].extFields).toMatchObject({ consumerGroup: 'points' });
    expect(cluster.broker().clientsOf('points')).toEqual([]);
  });

  test('does not wait beyond the deadline: the listener is told, its message comes again', async () => {
    const recorder = new Recorder(() => new Promise(() => {}));
    const consumer = await startConsumer(cluster, concurrent(recorder, { drainTimeoutMs: 3000 }));
    put('a');
    await cluster.settle();
    const stopping = consumer.stop();
    await cluster.settle(2900);
    expect(recorder.signal?.aborted).toBe(false);
    await cluster.settle(200);
    await stopping;
    expect(recorder.signal?.aborted).toBe(true);
    expect(committed() ?? 0).toBe(0);
    expect(cluster.log.find('listeners did not end in time; their messages will come again')).toBeDefined();
  });

  test('leaves no timer behind', async () => {
    const client = await cluster.client();
    const consumer = new PushConsumer(client, concurrent(new Recorder()));
    await consumer.start();
    put('a');
    await cluster.settle(1000);
    await consumer.stop();
    await client.stop();
    await cluster.settle(60_000); // what the broker holds runs out
    expect(cluster.clock.scheduledTasks).toBe(0);
  });
});

describe('a broker that restarts', () => {
  test('is greeted first and pulled again, and gets the progress it may have lost', async () => {
    const recorder = new Recorder();
    await startConsumer(cluster, concurrent(recorder));
    put('a');
    await cluster.settle(6000);
    const broker = cluster.broker();
    await broker.stop();
    broker.offsets.clear();
    await cluster.settle(2500);
    await broker.start();
    const before = broker.requests.length;
    put('b');
    await cluster.settle(2000);
    expect(broker.requests[before].code).toBe(HEART_BEAT);
    expect(recorder.bodies).toEqual(['a', 'b']);
    await cluster.settle(5000);
    expect(committed()).toBe(2);
  });

  test('that does not know the subscription any more is told again', async () => {
    const recorder = new Recorder();
    await startConsumer(cluster, concurrent(recorder));
    await cluster.settle();
    cluster.broker().once(PULL_MESSAGE, () => response(ResponseCode.SUBSCRIPTION_NOT_EXIST), 2);
    const heartbeats = cluster.broker().requestsOf(HEART_BEAT).length;
    put('a', 'b');
    await cluster.settle(1500);
    put('c');
    await cluster.settle(1500);
    expect(cluster.broker().requestsOf(HEART_BEAT).length).toBeGreaterThan(heartbeats);
    expect(recorder.bodies).toEqual(['a', 'b', 'c']);
  });
});

describe('options', () => {
  const wrong = (more: object): (() => Promise<unknown>) => {
    return async () => new PushConsumer(await cluster.client(), concurrent(new Recorder(), more));
  };

  test.each([
    ['group', { group: 'a/b' }],
    ['group', { group: undefined }],
    ['subscriptions', { subscriptions: [] }],
    ['subscriptions', { subscriptions: [{ topic: '../etc' }] }],
    ['subscriptions', { subscriptions: [{ topic: 'orders' }, { topic: 'orders', expression: 'x' }] }],
    ['subscriptions', { subscriptions: [{ topic: 'orders', expression: '||' }] }],
    ['subscriptions', { subscriptions: [{ topic: 'orders', type: 'SQL92' }] }],
    ['concurrency', { concurrency: 0 }],
    ['pullBatchSize', { pullBatchSize: 1.5 }],
    ['suspendCurrentQueueTimeMs', { suspendCurrentQueueTimeMs: 1 }],
    ['allocateStrategy', { allocateStrategy: 'AVERAGE' }],
  ])('a wrong %s is refused by name', async (field, more) => {
    await expect(wrong(more)()).rejects.toMatchObject({ code: 'CONFIGURATION', field });
  });

  test('a group is on one connection once', async () => {
    const client = await cluster.client();
    const first = new PushConsumer(client, concurrent(new Recorder()));
    await first.start();
    const second = new PushConsumer(client, concurrent(new Recorder()));
    await expect(second.start()).rejects.toBeInstanceOf(ConfigurationError);
    expect(cluster.broker().clientsOf('points')).toHaveLength(1); // the first is as before
    await first.stop();
  });
});

describe('pace', () => {
  test('no more messages begin within a period than the rate limit lets', async () => {
    const recorder = new Recorder();
    put('a', 'b', 'c', 'd', 'e');
    await startConsumer(cluster, concurrent(recorder, { rateLimit: { messages: 2, perMs: 3000 } }));
    await cluster.settle();
    expect(recorder.bodies).toEqual(['a', 'b']);
    await cluster.settle(3000);
    expect(recorder.bodies).toEqual(['a', 'b', 'c', 'd']);
    await cluster.settle(3000);
    expect(recorder.bodies).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('a call waits for its batch to fill, but not for ever', async () => {
    const recorder = new Recorder();
    await startConsumer(
      cluster,
      concurrent(recorder, { consumeMessageBatchMaxSize: 3, consumeMessageBatchWaitMs: 2000 }),
    );
    put('a');
    await cluster.settle(1000);
    put('b', 'c', 'd');
    await cluster.settle(1000);
    expect(recorder.calls).toEqual([3]);
    await cluster.settle(2000);
    expect(recorder.calls).toEqual([3, 1]);
  });

  test.each([
    ['rateLimit.messages', { rateLimit: { messages: 0, perMs: 1 } }],
    ['rateLimit.perMs', { rateLimit: { messages: 1, perMs: 0 } }],
    ['consumeMessageBatchWaitMs', { consumeMessageBatchWaitMs: 60_001 }],
  ])('%s has its limits', async (name, options) => {
    await expect(startConsumer(cluster, concurrent(new Recorder(), options))).rejects.toThrow(name);
  });
});
