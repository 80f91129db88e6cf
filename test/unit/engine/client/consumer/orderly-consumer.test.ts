import { response } from '../../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../../lib/engine/protocol/request-code.js';
import { ResponseCode } from '../../../../../lib/engine/protocol/response-code.js';
import { Latch, orderly, Recorder, startConsumer, success } from '../../../../support/consumer-rig.js';
import { ScriptedCluster } from '../../../../support/scripted-cluster.js';

const { CONSUMER_SEND_MSG_BACK, LOCK_BATCH_MQ, UNLOCK_BATCH_MQ } = RequestCode;

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
const lockOwner = (): string | undefined => cluster.broker().locks.get('points@orders@broker-a@0')?.clientId;

describe('order', () => {
  test('one message of a queue at a time, the next when the one before is settled', async () => {
    const latch = new Latch();
    const recorder = new Recorder(({ body }) => (body.toString() === 'b' ? latch.pass() : success));
    await startConsumer(cluster, orderly(recorder));
    put('a', 'b', 'c', 'd');
    await cluster.settle(1000);
    expect(recorder.bodies).toEqual(['a', 'b']);
    latch.open();
    await cluster.settle();
    expect(recorder.bodies).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a rate limit slows it down, and keeps it', async () => {
    const recorder = new Recorder();
    await startConsumer(cluster, orderly(recorder, { rateLimit: { messages: 1, perMs: 1000 } }));
    put('a', 'b', 'c');
    await cluster.settle(999);
    expect(recorder.bodies).toEqual(['a']);
    await cluster.settle(1000);
    expect(recorder.bodies).toEqual(['a', 'b']);
    await cluster.settle(1000);
    expect(recorder.bodies).toEqual(['a', 'b', 'c']);
  });

  test('a suspended queue comes again with the same message; nothing overtakes it', async () => {
    const recorder = new Recorder(({ body, reconsumeTimes }) =>
      body.toString() === 'a' && reconsumeTimes < 2 ? { status: 'SUSPEND', suspendMs: 500 } : success,
    );
    await startConsumer(cluster, orderly(recorder));
    put('a', 'b');
    await cluster.settle(499);
    expect(recorder.bodies).toEqual(['a']);
    await cluster.settle(600);
    expect(recorder.bodies).toEqual(['a', 'a', 'a', 'b']);
    expect(recorder.attempts).toEqual([0, 1, 2, 0]);
  });

  test('a listener that throws suspends its queue for a second', async () => {
    const recorder = new Recorder(({ reconsumeTimes }) =>
      reconsumeTimes === 0 ? Promise.reject(new Error('no')) : success,
    );
    await startConsumer(cluster, orderly(recorder));
    put('a');
    await cluster.settle(999);
    expect(recorder.attempts).toEqual([0]);
    await cluster.settle(2);
    expect(recorder.attempts).toEqual([0, 1]);
    expect(cluster.log.find('listener failed; its queue is suspended')?.fields).toMatchObject({ messageId: 'ID-a' });
  });

  test('a message that was tried often enough is a dead letter, and the queue goes on', async () => {
    const recorder = new Recorder(({ body }) =>
      body.toString() === 'a' ? { status: 'SUSPEND', suspendMs: 10 } : success,
    );
    await startConsumer(cluster, orderly(recorder, { maxReconsumeTimes: 3 }));
    put('a', 'b');
    await cluster.settle(1000);
    expect(recorder.bodies).toEqual(['a', 'a', 'a', 'a', 'b']);
    expect(cluster.broker().deadLetters).toEqual([{ messageId: 'ID-a', group: 'points' }]);
    await cluster.settle(5000);
    expect(committed()).toBe(2);
  });

  test('a rejected message is a dead letter at once; one that cannot become one holds its queue', async () => {
    cluster.broker().once(CONSUMER_SEND_MSG_BACK, () => response(ResponseCode.SYSTEM_ERROR));
    cluster.broker().once(RequestCode.SEND_MESSAGE_V2, () => response(ResponseCode.MESSAGE_ILLEGAL));
    const recorder = new Recorder(({ body }) => (body.toString() === 'a' ? { status: 'REJECT' } : success));
    await startConsumer(cluster, orderly(recorder));
    put('a', 'b');
    await cluster.settle(500);
    expect(recorder.bodies).toEqual(['a']);
    await cluster.settle(1000);
    expect(recorder.bodies).toEqual(['a', 'a', 'b']);
    expect(cluster.broker().deadLetters).toHaveLength(1);
  });

  test('queues take turns when there are more than slots', async () => {
    cluster.createTopic('orders', { 'broker-a': 2 });
    const recorder = new Recorder();
    const consumer = await startConsumer(cluster, orderly(recorder, { concurrency: 1 }));
    consumer.pause();
    await cluster.settle(20_000);
    for (const n of [0, 1, 2]) for (const queueId of [0, 1]) cluster.broker().put('orders', queueId, `${queueId}${n}`);
    consumer.resume();
    await cluster.settle();
    expect(recorder.bodies).toEqual(['00', '10', '01', '11', '02', '12']);
  });

  test('batches keep the order too', async () => {
    const recorder = new Recorder();
    put(...'abcdefg'.split(''));
    await startConsumer(cluster, orderly(recorder, { consumeMessageBatchMaxSize: 3 }));
    await cluster.settle();
    expect(recorder.calls).toEqual([3, 3, 1]);
    expect(recorder.bodies.join('')).toBe('abcdefg');
  });
});

describe('the lock', () => {
  test('is asked for before anything is pulled, and again soon while somebody else has it', async () => {
    cluster.broker().locks.set('points@orders@broker-a@0', { clientId: 'another', at: cluster.clock.now() });
    const recorder = new Recorder();
    put('a');
    await startConsumer(cluster, orderly(recorder));
    await cluster.settle(1000);
    expect(recorder.bodies).toEqual([]);
    cluster.broker().locks.delete('points@orders@broker-a@0');
    await cluster.settle(300);
    expect(recorder.bodies).toEqual(['a']);
  });

  test('is renewed every 20 seconds', async () => {
    await startConsumer(cluster, orderly(new Recorder()));
    await cluster.settle(1);
    const before = cluster.broker().requestsOf(LOCK_BATCH_MQ).length;
    await cluster.settle(20_000);
    expect(cluster.broker().requestsOf(LOCK_BATCH_MQ).length).toBe(before + 1);
  });

  test('that somebody else was given ends consumption: nothing is committed, the listener is told', async () => {
    const latch = new Latch();
    const recorder = new Recorder(() => latch.pass());
    await startConsumer(cluster, orderly(recorder));
    put('a', 'b');
    await cluster.settle(1);
    const broker = cluster.broker();
    const keys = [...broker.locks.keys()];
    for (const key of keys) broker.locks.set(key, { clientId: 'another', at: cluster.clock.now() });
    await cluster.settle(20_000);
    expect(recorder.signal?.aborted).toBe(true);
    broker.offsets.delete('points@orders@broker-a@0');
    latch.open();
    await cluster.settle(6000);
    expect(recorder.bodies).toEqual(['a']);
    expect(committed()).toBeUndefined();
  });

  test('that cannot be renewed is not believed for longer than 30 seconds', async () => {
    const recorder = new Recorder();
    await startConsumer(cluster, orderly(recorder));
    await cluster.settle(1);
    cluster.broker().once(LOCK_BATCH_MQ, () => new Promise(() => {}), 1000);
    await cluster.settle(29_000);
    put('a');
    await cluster.settle(500);
    expect(recorder.bodies).toEqual(['a']);
    await cluster.settle(10_000);
    put('b');
    await cluster.settle(30_000);
    expect(recorder.bodies).toEqual(['a']);
  });

  test('is let go with the queue, after its progress is committed', async () => {
    const recorder = new Recorder();
    const consumer = await startConsumer(cluster, orderly(recorder));
    put('a');
    await cluster.settle();
    await consumer.stop();
    const codes = cluster.broker().requests.map(({ code }) => code);
    expect(codes.lastIndexOf(RequestCode.UPDATE_CONSUMER_OFFSET)).toBeLessThan(codes.lastIndexOf(UNLOCK_BATCH_MQ));
    expect(committed()).toBe(1);
    expect(lockOwner()).toBeUndefined();
  });

  test('is kept when a listener does not end by the deadline: it has to run out', async () => {
    const recorder = new Recorder(() => new Promise(() => {}));
    const consumer = await startConsumer(cluster, orderly(recorder, { drainTimeoutMs: 1000 }));
    put('a');
    await cluster.settle(1);
    const stopping = consumer.stop();
    await cluster.settle(1100);
    await stopping;
    expect(lockOwner()).toBeDefined();
    expect(committed()).toBe(0);
  });
});

describe('a broker that restarts', () => {
  test('has forgotten its locks: consumption goes on under a new one, without what was consumed already', async () => {
    const recorder = new Recorder();
    await startConsumer(cluster, orderly(recorder));
    put('a', 'b');
    await cluster.settle(1);
    expect(committed()).toBeLessThan(2); // not all of it yet
    const broker = cluster.broker();
    await broker.stop();
    await cluster.settle(3000);
    put('c');
    await broker.start();
    await cluster.settle(3000);
    expect(recorder.bodies).toEqual(['a', 'b', 'c']);
    expect(lockOwner()).toBeDefined();
  });

  test('finds the listener at work: its outcome counts, nothing begins before it ends', async () => {
    const latch = new Latch();
    const recorder = new Recorder(({ body }) => (body.toString() === 'a' ? latch.pass() : success));
    await startConsumer(cluster, orderly(recorder));
    put('a', 'b');
    await cluster.settle(1);
    await cluster.broker().stop();
    await cluster.broker().start();
    await cluster.settle(5000);
    expect(recorder.bodies).toEqual(['a']);
    latch.open();
    await cluster.settle(3000);
    expect(recorder.bodies).toEqual(['a', 'b']);
  });
});

test('broadcasting needs no lock', async () => {
  const recorder = new Recorder();
  put('a');
  await startConsumer(cluster, orderly(recorder, { messageModel: 'BROADCASTING' }));
  await cluster.settle();
  expect(recorder.bodies).toEqual(['a']);
  expect(cluster.broker().requestsOf(LOCK_BATCH_MQ)).toEqual([]);
});
