import { LitePullConsumer } from '../../../../../lib/engine/client/consumer/lite-pull-consumer.js';
import type { LitePullConsumerOptions } from '../../../../../lib/engine/client/consumer/lite-pull-consumer-options.js';
import type { ReceivedMessage } from '../../../../../lib/engine/message/message.js';
import { RequestCode } from '../../../../../lib/engine/protocol/request-code.js';
import { ScriptedCluster } from '../../../../support/scripted-cluster.js';

let cluster: ScriptedCluster;

beforeEach(async () => {
  cluster = new ScriptedCluster();
  await cluster.start('broker-a');
  cluster.createTopic('orders', { 'broker-a': 2 });
});

const queue = (queueId: number) => ({ topic: 'orders', brokerName: 'broker-a', queueId });
const committed = (queueId: number): number | undefined => cluster.broker().committed('points', 'orders', queueId);
const bodies = (messages: readonly ReceivedMessage[]): string[] => messages.map(({ body }) => body.toString());
const put = (queueId: number, ...texts: string[]): void =>
  texts.forEach((text) => cluster.broker().put('orders', queueId, text));

async function start(more: Partial<LitePullConsumerOptions> = {}): Promise<LitePullConsumer> {
  const consumer = new LitePullConsumer(await cluster.client(), {
    group: 'points',
    subscriptions: [{ topic: 'orders' }],
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    ...more,
  });
  await consumer.start();
  await cluster.settle();
  return consumer;
}

/** A consumer whose queues are assigned by hand. */
async function assigned(...queueIds: number[]): Promise<LitePullConsumer> {
  const consumer = await start({ subscriptions: undefined });
  await consumer.assign(queueIds.map(queue));
  await cluster.settle();
  return consumer;
}

/** All that is there by now. */
async function drain(consumer: LitePullConsumer): Promise<string[]> {
  const all: string[] = [];
  for (;;) {
    await cluster.settle();
    const messages = await consumer.poll({ timeoutMs: 0 });
    if (messages.length === 0) return all;
    all.push(...bodies(messages));
  }
}

describe('poll', () => {
  test('hands out messages of one queue at a time, in order, at most pullBatchSize', async () => {
    put(0, 'a', 'b', 'c');
    put(1, 'x', 'y');
    const consumer = await start({ pullBatchSize: 2 });
    const polls = [];
    for (let n = 0; n < 3; n++) polls.push(bodies(await consumer.poll()));
    expect(polls.sort()).toEqual([['a', 'b'], ['c'], ['x', 'y']]);
  });

  test('waits for what comes, and no longer than it is told to', async () => {
    const consumer = await start();
    const polling = consumer.poll({ timeoutMs: 1000 });
    await cluster.settle(999);
    put(0, 'late');
    expect(bodies(await polling)).toEqual(['late']);
    const none = consumer.poll({ timeoutMs: 1000 });
    await cluster.settle(1000);
    expect(await none).toEqual([]);
  });

  test('ends with its signal, and with the consumer', async () => {
    const consumer = await start();
    const controller = new AbortController();
    const aborted = consumer.poll({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED', cause: new Error('enough') });
    await expect(consumer.poll({ signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    const ended = consumer.poll({ timeoutMs: 60_000 });
    await consumer.stop();
    expect(await ended).toEqual([]);
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('filters by the text of a tag, where the broker filters by its hash', async () => {
    for (const tag of ['Aa', 'BB', 'C']) cluster.broker().put('orders', 0, tag, { TAGS: tag });
    const consumer = await start({ subscriptions: [{ topic: 'orders', expression: 'Aa' }] });
    expect(await drain(consumer)).toEqual(['Aa']);
    const [pull] = cluster.broker().requestsOf(RequestCode.LITE_PULL_MESSAGE);
    expect(pull.extFields).toMatchObject({ subscription: 'Aa', sysFlag: String(2 + 4 + 16) });
  });
});

describe('progress', () => {
  test('counts what was polled when the next poll begins', async () => {
    put(0, 'a', 'b');
    const consumer = await start();
    await consumer.poll();
    await cluster.settle(6000);
    expect(committed(0) ?? 0).toBe(0);
    await consumer.poll({ timeoutMs: 0 });
    await cluster.settle(6000);
    expect(committed(0)).toBe(2);
  });

  test('is committed by stop(), but not what the last poll has brought', async () => {
    put(0, 'a', 'b', 'c');
    const consumer = await start({ pullBatchSize: 2 });
    await consumer.poll();
    await consumer.poll();
    await consumer.stop();
    expect(committed(0)).toBe(2);
    expect(await drain(await start())).toEqual(['c']);
  });

  test('is committed at once by commit()', async () => {
    put(0, 'a', 'b', 'c');
    const consumer = await start({ autoCommit: false });
    await drain(consumer);
    await cluster.settle(60_000);
    expect(committed(0) ?? 0).toBe(0);
    await consumer.commit([{ queue: queue(0), offset: 2 }]);
    expect(committed(0)).toBe(2);
    await consumer.commit();
    expect(committed(0)).toBe(2); // an explicit offset takes the place of what the polls had brought
    put(0, 'd');
    await drain(consumer);
    await consumer.commit();
    expect(committed(0)).toBe(4);
    expect(await consumer.committed(queue(0))).toBe(4);
    await expect(consumer.commit([{ queue: queue(9), offset: 1 }])).rejects.toThrow(
      'orders@broker-a@9 is not assigned',
    );
  });

  test('without autoCommit is left alone by stop()', async () => {
    put(0, 'a');
    const consumer = await start({ autoCommit: false });
    cluster.broker().offsets.clear();
    await drain(consumer);
    await consumer.stop();
    expect(committed(0)).toBeUndefined();
  });

  test('of a queue that a peer gets is handed over', async () => {
    put(0, 'a');
    put(1, 'b');
    const first = await start();
    await drain(first);
    const second = await start();
    await cluster.settle(1000);
    expect(await drain(second)).toEqual([]);
    expect([...first.assignment(), ...second.assignment()].map(({ queueId }) => queueId).sort()).toEqual([0, 1]);
  });
});

describe('for await', () => {
  test('brings every message and ends with the consumer', async () => {
    put(0, 'a', 'b', 'c');
    const consumer = await start();
    const seen: string[] = [];
    for await (const message of consumer) {
      seen.push(message.body.toString());
      if (seen.length === 3) void consumer.stop();
    }
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  test('leaves a message that it was left with to the next', async () => {
    put(0, 'a', 'b', 'c');
    const consumer = await start();
    for await (const message of consumer) if (message.body.toString() === 'b') break;
    await consumer.stop();
    expect(committed(0)).toBe(1);
  });
});

describe('queues assigned by hand', () => {
  test('are read without the group', async () => {
    put(0, 'a');
    put(1, 'b');
    const one = await assigned(0);
    const other = await assigned(0);
    expect([await drain(one), await drain(other)]).toEqual([['a'], ['a']]);
    await one.assign([queue(1)]);
    expect(await drain(one)).toEqual(['b']);
    expect(one.assignment()).toEqual([queue(1)]);
    await one.assign([queue(1)], { expression: 'X' });
    expect(one.assignment()).toEqual([queue(1)]);
  });

  test('exclude subscriptions, and the topic has to be there', async () => {
    const subscribed = await start();
    await expect(subscribed.assign([queue(0)])).rejects.toMatchObject({ code: 'CONFIGURATION', field: 'queues' });
    const free = await start({ subscriptions: undefined, group: 'other' });
    await expect(free.assign([{ ...queue(0), topic: 'nowhere' }])).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
  });
});

describe('seek', () => {
  test('goes on at an offset, the begin, the end or a time', async () => {
    put(0, ...'abcdefgh'.split(''));
    const consumer = await assigned(0);
    await drain(consumer);
    await consumer.seek(queue(0), 6);
    expect(await drain(consumer)).toEqual(['g', 'h']);
    await consumer.seekToBegin(queue(0));
    expect(bodies(await consumer.poll({ maxMessages: 2 }))).toEqual(['a', 'b']);
    expect(consumer.position(queue(0))).toBe(2);
    await consumer.seekToEnd(queue(0));
    put(0, 'new');
    expect(await drain(consumer)).toEqual(['new']);
    await consumer.seekToTimestamp(queue(0), 7 * 100 + 5); // the scripted broker says: the rest of a division by 7
    expect(await drain(consumer)).toEqual(['f', 'g', 'h', 'new']);
    expect(await consumer.offsetForTimestamp(queue(0), 703)).toBe(3);
  });

  test('refuses an offset that is not there, and a queue that is not ours', async () => {
    put(0, 'a', 'b');
    const consumer = await assigned(0);
    await expect(consumer.seek(queue(0), 3)).rejects.toThrow('queueOffset: is 3; give an integer from 0 to 2');
    await expect(consumer.seek(queue(1), 0)).rejects.toThrow('queue: orders@broker-a@1 is not assigned');
  });

  test('does not change what is committed while autoCommit is off', async () => {
    put(0, 'a', 'b', 'c');
    const consumer = await start({ autoCommit: false });
    await drain(consumer);
    await consumer.commit();
    await consumer.seek(queue(0), 1);
    expect(await drain(consumer)).toEqual(['b', 'c']);
    await cluster.settle(10_000);
    expect(committed(0)).toBe(3);
    await consumer.commit();
    expect(committed(0)).toBe(3);
  });
});

test('paused queues are neither fetched nor handed out; the others go on', async () => {
  const consumer = await start();
  consumer.pause([queue(0)]);
  put(0, 'a');
  put(1, 'b');
  expect(await drain(consumer)).toEqual(['b']);
  consumer.resume([queue(0)]);
  expect(await drain(consumer)).toEqual(['a']);
});

test('fetching pauses at the limit for all queues', async () => {
  for (let n = 0; n < 50; n++) {
    put(0, `a${n}`);
    put(1, `b${n}`);
  }
  const consumer = await start({ pullThresholdForAll: 20, pullBatchSize: 5 });
  await cluster.settle(10_000);
  const offsets = cluster
    .broker()
    .requestsOf(RequestCode.LITE_PULL_MESSAGE)
    .map(({ extFields }) => Number(extFields.queueOffset));
  expect(Math.max(...offsets)).toBeLessThanOrEqual(20);
  expect((await drain(consumer)).sort()).toHaveLength(100);
});

test('the listener hears of queues that come and go', async () => {
  const heard: string[] = [];
  const options = {
    messageQueueListener: (topic: string, all: readonly unknown[], ours: readonly { queueId: number }[]) =>
      heard.push(`${topic} ${all.length} ${ours.map(({ queueId }) => queueId).join()}`),
  };
  await start(options);
  await start();
  await cluster.settle(1000);
  expect(heard[0]).toBe('orders 2 0,1');
  expect(heard.at(-1)).toMatch(/^orders 2 [01]$/);
});

test('offsets that the broker resets are taken over', async () => {
  put(0, 'a', 'b', 'c');
  const consumer = await start();
  await drain(consumer);
  const table = `{"offsetTable":{{"topic":"orders","brokerName":"broker-a","queueId":0}:1}}`;
  const extFields = { topic: 'orders', group: 'points', timestamp: '0', isForce: 'true' };
  cluster.broker().tell(RequestCode.RESET_CONSUMER_CLIENT_OFFSET, { extFields, body: Buffer.from(table) });
  await cluster.settle(1000);
  expect(await drain(consumer)).toEqual(['b', 'c']);
});

test.each([
  [{ subscriptions: [] }, 'subscriptions: is empty'],
  [{ pullThresholdForAll: 0 }, 'pullThresholdForAll: is 0'],
  [{ group: 'a b' }, "group: 'a b' holds the character"],
])('%j is refused', async (options, message) => {
  const client = await cluster.client();
  expect(() => new LitePullConsumer(client, { group: 'points', ...options })).toThrow(message);
});
