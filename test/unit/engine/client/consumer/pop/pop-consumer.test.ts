import { PopConsumer } from '../../../../../../lib/engine/client/consumer/pop/pop-consumer.js';
import type { PopConsumerOptions } from '../../../../../../lib/engine/client/consumer/pop/pop-consumer.js';
import { parsePopHandle } from '../../../../../../lib/engine/message/pop-handle.js';
import { RequestCode } from '../../../../../../lib/engine/protocol/request-code.js';
import { response, type RemotingCommand } from '../../../../../../lib/engine/protocol/remoting-command.js';
import { ResponseCode } from '../../../../../../lib/engine/protocol/response-code.js';
import { concurrent, Recorder, startConsumer, success } from '../../../../../support/consumer-rig.js';
import { ScriptedCluster } from '../../../../../support/scripted-cluster.js';

const { POP_MESSAGE, ACK_MESSAGE, CHANGE_MESSAGE_INVISIBLETIME, QUERY_ASSIGNMENT, CONSUMER_SEND_MSG_BACK } =
  RequestCode;
const RETRY = { '1': '%RETRY%points_orders' };

let cluster: ScriptedCluster;

beforeEach(async () => {
  cluster = new ScriptedCluster();
  await cluster.start('broker-a', 'broker-b');
  cluster.createTopic('orders', { 'broker-a': 2, 'broker-b': 1 });
  for (const broker of cluster.brokers.values()) {
    broker.on(POP_MESSAGE, ({ extFields }) => nothing(extFields.pollTime));
    broker.on(ACK_MESSAGE, () => response(0));
    broker.on(CHANGE_MESSAGE_INVISIBLETIME, ({ extFields }) =>
      response(0, { extFields: { popTime: '777', invisibleTime: extFields.invisibleTime, reviveQid: '3' } }),
    );
    broker.on(QUERY_ASSIGNMENT, ({ body }) => assignments(JSON.parse(String(body)) as { topic: string }));
    await broker.stop();
    await broker.start(); // now with these
  }
});

/** Popped in queue 1; the pop began two messages earlier. */
function popped(
  brokerName: string,
  bodies: string | string[],
  properties: Record<string, string> = {},
): RemotingCommand {
  const broker = cluster.broker(brokerName);
  const records = [bodies].flat().map((body) => {
    const offset = broker.put('orders', 1, body, properties);
    return broker.queues.records.get(`orders@${brokerName}@1`)![offset].record;
  });
  return response(0, {
    extFields: {
      popTime: '500',
      invisibleTime: '60000',
      reviveQid: '2',
      restNum: '0',
      startOffsetInfo: '0 0 9;0 1 40;1 1 50',
    },
    body: Buffer.concat(records),
  });
}

async function nothing(pollTime: string): Promise<RemotingCommand> {
  if (pollTime !== '0') await new Promise<void>((resolve) => cluster.clock.schedule(Number(pollTime), resolve));
  return response(ResponseCode.POLLING_TIMEOUT);
}

/** The topic is popped by everybody, all queues at once; anything else is pulled. */
function assignments({ topic }: { topic: string }): RemotingCommand {
  const mode = topic === 'orders' ? 'POP' : 'PULL';
  const queueId = topic === 'orders' ? -1 : 0;
  const list = [{ messageQueue: { topic, brokerName: 'broker-a', queueId }, mode, attachments: {} }];
  return response(0, { body: Buffer.from(JSON.stringify({ messageQueueAssignments: list })) });
}

async function start(more: Partial<PopConsumerOptions> = {}): Promise<PopConsumer> {
  const consumer = new PopConsumer(await cluster.client(), {
    group: 'points',
    subscriptions: [{ topic: 'orders' }],
    ...more,
  });
  await consumer.start();
  return consumer;
}

const requestsOf = (code: number): RemotingCommand[] =>
  [...cluster.brokers.values()].flatMap((b) => b.requestsOf(code));

test('each broker is asked once before any is waited for', async () => {
  const consumer = await start();
  cluster.broker('broker-a').once(POP_MESSAGE, () => popped('broker-a', 'a'));
  cluster.broker('broker-b').once(POP_MESSAGE, () => popped('broker-b', 'b'));
  const bodies = [...(await consumer.pop()), ...(await consumer.pop())].map(({ body }) => String(body));
  expect(bodies.sort()).toEqual(['a', 'b']);
  expect(requestsOf(POP_MESSAGE).map(({ extFields }) => extFields)).toMatchObject([
    { queueId: '-1', pollTime: '0', initMode: '1', maxMsgNums: '32', invisibleTime: '60000', exp: '*' },
    { pollTime: '0' },
  ]);
  const waiting = consumer.pop({ timeoutMs: 3000 });
  await cluster.settle(3000);
  expect(await waiting).toEqual([]);
});

test('an acknowledgement names what the pop did; a changed invisible time gives a new handle', async () => {
  const consumer = await start();
  cluster.broker('broker-a').once(POP_MESSAGE, () => popped('broker-a', 'a'));
  const [message] = await consumer.pop();
  await consumer.changeInvisibleTime(message, 5000);
  await consumer.ack(message);
  const [change] = requestsOf(CHANGE_MESSAGE_INVISIBLETIME);
  expect(change.extFields).toMatchObject({ topic: 'orders', queueId: '1', offset: '0', invisibleTime: '5000' });
  expect(parsePopHandle(change.extFields.extraInfo)).toEqual({
    startOffset: 40,
    popTime: 500,
    invisibleTime: 60_000,
    reviveQueueId: 2,
    retry: '0',
    brokerName: 'broker-a',
    queueId: 1,
    queueOffset: 0,
  });
  const [ack] = requestsOf(ACK_MESSAGE);
  expect(parsePopHandle(ack.extFields.extraInfo)).toMatchObject({
    startOffset: 0,
    popTime: 777,
    invisibleTime: 5000,
    reviveQueueId: 3,
  });
  await expect(consumer.ack({ ...message })).rejects.toThrow('message: was not popped');
});

test('a message that comes by the retry topic brings its own handle, which is acknowledged there', async () => {
  const consumer = await start();
  const handle = '7 500 60000 2 1 broker-a 0 7';
  cluster.broker('broker-a').once(POP_MESSAGE, () => popped('broker-a', 'again', { POP_CK: handle }));
  const [message] = await consumer.pop();
  await consumer.ack(message);
  const [{ extFields }] = requestsOf(ACK_MESSAGE);
  expect(extFields).toMatchObject({ topic: RETRY['1'], queueId: '0', offset: '7', extraInfo: handle });
});

test('a tag that only has the hash of the wished one is acknowledged and left out', async () => {
  const consumer = await start({ subscriptions: [{ topic: 'orders', expression: 'Aa' }] });
  cluster.broker('broker-a').once(POP_MESSAGE, () => popped('broker-a', 'no', { TAGS: 'BB' }));
  expect(await consumer.pop({ timeoutMs: 0 })).toEqual([]);
  expect(requestsOf(ACK_MESSAGE)).toHaveLength(1);
});

test.each([
  [{ popBatchSize: 33 }, 'popBatchSize: is 33; give an integer from 1 to 32'],
  [{ subscriptions: [] }, 'subscriptions: is empty'],
  [{ invisibleTimeMs: 0 }, 'invisibleTimeMs: is 0'],
])('%j is refused', async (options, message) => {
  await expect(start(options)).rejects.toThrow(message);
});

describe('a push consumer whose broker assigns queues', () => {
  const popping = { clientRebalance: false, popRetryDelaysMs: [1000, 5000], maxReconsumeTimes: 1 } as const;

  test('acknowledges what is consumed and puts off what is not', async () => {
    const recorder = new Recorder(({ body }) => (String(body) === 'bad' ? { status: 'LATER' } : success));
    await startConsumer(cluster, concurrent(recorder, popping));
    cluster.broker('broker-a').once(POP_MESSAGE, () => popped('broker-a', 'good'));
    await cluster.settle(16_000);
    cluster.broker('broker-a').once(POP_MESSAGE, () => popped('broker-a', 'bad'));
    await cluster.settle(16_000);
    expect(recorder.bodies).toEqual(['good', 'bad']);
    expect(requestsOf(ACK_MESSAGE)).toHaveLength(1);
    expect(requestsOf(CHANGE_MESSAGE_INVISIBLETIME)[0].extFields).toMatchObject({ offset: '1', invisibleTime: '1000' });
  });

  test('keeps as a dead letter what is rejected, and then acknowledges it', async () => {
    await startConsumer(cluster, concurrent(new Recorder(() => ({ status: 'REJECT' })), popping));
    cluster.broker('broker-a').once(POP_MESSAGE, () => popped('broker-a', 'poison', { UNIQ_KEY: 'ID' }));
    await cluster.settle(16_000);
    expect(cluster.broker('broker-a').deadLetters).toEqual([{ messageId: 'ID', group: 'points' }]);
    expect(requestsOf(CONSUMER_SEND_MSG_BACK)).toHaveLength(1);
    expect(requestsOf(ACK_MESSAGE)).toHaveLength(1);
  });

  const slowListener = (ms: number): Recorder =>
    new Recorder(async () => {
      await new Promise<void>((resolve) => cluster.clock.schedule(ms, resolve));
      return success;
    });

  test('leaves a message whose time ran out before its turn to whoever has it now', async () => {
    const recorder = slowListener(61_000);
    cluster.broker('broker-a').once(POP_MESSAGE, () => popped('broker-a', ['first', 'second']));
    await startConsumer(cluster, concurrent(recorder, { ...popping, concurrency: 1 }));
    await cluster.settle(200_000);
    expect(recorder.bodies).toEqual(['first']);
    expect(requestsOf(ACK_MESSAGE)).toHaveLength(1);
  });

  test('gives back at once what it has not begun when it stops', async () => {
    cluster.broker('broker-a').once(POP_MESSAGE, () => popped('broker-a', ['first', 'second']));
    const consumer = await startConsumer(cluster, concurrent(slowListener(1000), { ...popping, concurrency: 1 }));
    await cluster.settle(100);
    const stopping = consumer.stop();
    await cluster.settle(2000);
    await stopping;
    expect(requestsOf(ACK_MESSAGE).map(({ extFields }) => extFields.offset)).toEqual(['0']);
    const given = requestsOf(CHANGE_MESSAGE_INVISIBLETIME).map(({ extFields }) => extFields);
    expect(given).toMatchObject([{ offset: '1', invisibleTime: '0' }]);
  });

  test('refuses to have no pauses between attempts', async () => {
    const options = concurrent(new Recorder(), { ...popping, popRetryDelaysMs: [] });
    await expect(startConsumer(cluster, options)).rejects.toThrow('popRetryDelaysMs: is empty');
  });

  test('refuses an orderly listener', async () => {
    const client = await cluster.client();
    const listener = { mode: 'orderly', consume: async () => success } as const;
    const { PushConsumer } = await import('../../../../../../lib/engine/client/consumer/push-consumer.js');
    expect(() => new PushConsumer(client, { ...concurrent(new Recorder(), popping), listener })).toThrow(
      'clientRebalance: is false; orderly listeners need it to be true',
    );
  });
});

test('in order: pops say so, attempts are counted by the broker, and a handle stays what it was', async () => {
  const consumer = await start({ isOrderly: true });
  const answer = popped('broker-a', ['a', 'b']);
  Object.assign(answer.extFields, { reviveQid: '999', orderCountInfo: '0 qo1%0 3;0 1 0' });
  cluster.broker('broker-a').once(POP_MESSAGE, () => answer);
  const messages = await consumer.pop();
  expect(messages.map(({ reconsumeTimes }) => reconsumeTimes)).toEqual([3, 0]);
  expect(requestsOf(POP_MESSAGE).map(({ extFields }) => extFields.order)).toContain('true');
  await consumer.changeInvisibleTime(messages[0], 1000);
  await consumer.ack(messages[0]);
  const [changed] = requestsOf(CHANGE_MESSAGE_INVISIBLETIME);
  const [acked] = requestsOf(ACK_MESSAGE);
  expect(acked.extFields.extraInfo).toBe(changed.extFields.extraInfo);
  expect(parsePopHandle(acked.extFields.extraInfo)).toMatchObject({ reviveQueueId: 999, popTime: 500 });
});
