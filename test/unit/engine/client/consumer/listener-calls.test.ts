import type { SlowListener } from '../../../../../lib/engine/client/consumer/push-consumer-options.js';
import { RequestCode } from '../../../../../lib/engine/protocol/request-code.js';
import { ResponseCode } from '../../../../../lib/engine/protocol/response-code.js';
import { encodeHeader } from '../../../../../lib/engine/protocol/field-table.js';
import { response } from '../../../../../lib/engine/protocol/remoting-command.js';
import { offsetResponse } from '../../../../../lib/engine/protocol/requests/queue-offset.js';
import { concurrent, Latch, orderly, Recorder, startConsumer, success } from '../../../../support/consumer-rig.js';
import { ScriptedCluster } from '../../../../support/scripted-cluster.js';

let cluster: ScriptedCluster;

beforeEach(async () => {
  cluster = new ScriptedCluster();
  await cluster.start('broker-a');
  cluster.createTopic('orders', { 'broker-a': 2 });
});

function put(queueId: number, ...bodies: string[]): void {
  for (const body of bodies) cluster.broker().put('orders', queueId, body, { UNIQ_KEY: `ID-${body}` });
}

describe('a listener that never comes back', () => {
  const stuckAt = (text: string): Recorder =>
    new Recorder(({ body, reconsumeTimes }) =>
      body.toString() === text && reconsumeTimes === 0 ? new Promise(() => {}) : success,
    );

  test('is reported for a metric; after the timeout its place is free and its signal has fired', async () => {
    const slow: SlowListener[] = [];
    const recorder = stuckAt('a');
    const options = { consumeTimeoutMs: 60_000, concurrency: 1, onSlowListener: (one: SlowListener) => slow.push(one) };
    await startConsumer(cluster, concurrent(recorder, options));
    put(0, 'a');
    await cluster.settle();
    const { signal } = recorder;
    put(1, 'b');
    await cluster.settle(35_000);
    expect(recorder.bodies).toEqual(['a']);
    expect(slow).toEqual([
      {
        group: 'points',
        queue: { topic: 'orders', brokerName: 'broker-a', queueId: 0 },
        messageIds: ['ID-a'],
        runningMs: 30_000,
      },
    ]);
    expect(signal?.aborted).toBe(false);
    await cluster.settle(60_000);
    expect(signal?.aborted).toBe(true);
    expect(recorder.bodies.sort()).toEqual(['a', 'a', 'b']);
    expect(cluster.broker().committed('points', 'orders', 0)).toBe(1);
  });

  test('does not keep stop() waiting once it has been given up', async () => {
    const consumer = await startConsumer(cluster, concurrent(stuckAt('a'), { consumeTimeoutMs: 10_000 }));
    put(0, 'a');
    await cluster.settle(25_000);
    await consumer.stop();
    expect(cluster.log.find('listeners did not end in time; their messages will come again')).toBeUndefined();
  });

  test('frees its place also when its queue has gone to another member', async () => {
    const recorder = stuckAt('a');
    const options = { consumeTimeoutMs: 20_000, concurrency: 1 };
    await startConsumer(cluster, concurrent(recorder, options));
    put(1, 'a');
    await cluster.settle();
    await startConsumer(cluster, concurrent(new Recorder(), options));
    await cluster.settle(1000);
    put(0, 'b');
    await cluster.settle(50_000);
    expect(recorder.bodies).toEqual(['a', 'b']);
  });

  test('holds up its own queue only when orderly, and is named', async () => {
    const recorder = stuckAt('a');
    await startConsumer(cluster, orderly(recorder, { concurrency: 2 }));
    put(0, 'a', 'behind');
    put(1, 'b', 'c');
    await cluster.settle(35_000);
    expect(recorder.bodies.sort()).toEqual(['a', 'b', 'c']);
    expect(cluster.log.find('listener takes long')?.fields).toMatchObject({ messageIds: ['ID-a'] });
  });
});

test('of a batch that is consumed up to an index the rest comes again', async () => {
  const batches: string[][] = [];
  put(0, 'a', 'b', 'c', 'd');
  await startConsumer(cluster, {
    ...concurrent(new Recorder(), { consumeMessageBatchMaxSize: 4 }),
    listener: {
      mode: 'concurrent',
      consume: async (messages) => {
        batches.push(messages.map(({ body }) => body.toString()));
        return batches.length === 1 ? { status: 'SUCCESS', ackIndex: 1, delayLevel: 2 } : success;
      },
    },
  });
  await cluster.settle(5000);
  expect(batches[0]).toEqual(['a', 'b', 'c', 'd']);
  expect(batches.slice(1).flat().sort()).toEqual(['c', 'd']);
  const levels = cluster
    .broker()
    .requestsOf(RequestCode.CONSUMER_SEND_MSG_BACK)
    .map(({ extFields }) => extFields.delayLevel);
  expect(levels).toEqual(['2', '2']);
  expect(cluster.broker().committed('points', 'orders', 0)).toBe(4);
});

test('how many calls there may be at a time can be changed while it runs', async () => {
  const latch = new Latch();
  const recorder = new Recorder(() => latch.pass());
  const consumer = await startConsumer(cluster, concurrent(recorder, { concurrency: 1 }));
  put(0, 'a', 'b', 'c', 'd');
  await cluster.settle();
  expect(recorder.bodies).toEqual(['a']);
  consumer.setConcurrency(3);
  await cluster.settle();
  expect(recorder.bodies).toEqual(['a', 'b', 'c']);
  latch.open();
  expect(() => consumer.setConcurrency(0)).toThrow('concurrency: is 0; give an integer of 1 or more');
});

test.each([
  ['count', { pullThresholdForTopic: 10 }],
  ['bytes', { pullThresholdSizeForTopic: 1000 }],
])('a limit of %s for the topic is shared out to its queues', async (_, limit) => {
  const latch = new Latch();
  const recorder = new Recorder(() => latch.pass());
  await startConsumer(cluster, concurrent(recorder, { ...limit, pullBatchSize: 1, concurrency: 1 }));
  for (let n = 0; n < 30; n++) {
    put(0, `a${n}`);
    put(1, `b${n}`);
  }
  await cluster.settle(1000);
  const furthest = (queueId: number): number =>
    Math.max(
      ...cluster
        .broker()
        .requestsOf(RequestCode.PULL_MESSAGE)
        .filter(({ extFields }) => extFields.topic === 'orders' && extFields.queueId === String(queueId))
        .map(({ extFields }) => Number(extFields.queueOffset)),
    );
  for (const queueId of [0, 1]) {
    expect(furthest(queueId)).toBeGreaterThanOrEqual(4);
    expect(furthest(queueId)).toBeLessThanOrEqual(8);
  }
  latch.open();
  await cluster.settle(1000);
  expect(recorder.bodies).toHaveLength(60);
});

describe('a young queue, of which the broker says 0 for every group', () => {
  beforeEach(() => {
    put(0, 'old');
    cluster
      .broker()
      .on(RequestCode.QUERY_CONSUMER_OFFSET, ({ extFields }) =>
        extFields.setZeroIfNotFound === 'false'
          ? response(ResponseCode.QUERY_NOT_FOUND)
          : response(0, { extFields: encodeHeader(offsetResponse, { offset: 0 }) }),
      );
  });

  test('is consumed from there, as by Java, and the log says so', async () => {
    const recorder = new Recorder();
    await startConsumer(cluster, concurrent(recorder, { consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET' }));
    await cluster.settle();
    expect(recorder.bodies).toEqual(['old']);
    expect(cluster.log.find('group goes on where its broker says')?.fields).toMatchObject({ offset: 0 });
  });

  test('is consumed from its end with startExactly', async () => {
    const recorder = new Recorder();
    const options = { consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET', startExactly: true } as const;
    await startConsumer(cluster, concurrent(recorder, options));
    put(0, 'new');
    await cluster.settle();
    expect(recorder.bodies).toEqual(['new']);
  });
});
