import { PullConsumer } from '../../../../../lib/engine/client/consumer/pull-consumer.js';
import { ScriptedCluster } from '../../../../support/scripted-cluster.js';

let cluster: ScriptedCluster;
let consumer: PullConsumer;

const QUEUE = { topic: 'orders', brokerName: 'broker-a', queueId: 0 };

beforeEach(async () => {
  cluster = new ScriptedCluster();
  await cluster.start('broker-a');
  cluster.createTopic('orders', { 'broker-a': 2 });
  consumer = new PullConsumer(await cluster.client(), { group: 'points', maxReconsumeTimes: 1 });
  await consumer.start();
  for (const [index, tag] of ['Aa', 'BB', 'C'].entries()) cluster.broker().put('orders', 0, `m${index}`, { TAGS: tag });
});

const bodies = (messages: readonly { body: Buffer }[]): string[] => messages.map(({ body }) => body.toString());

test('pulls from any offset, and says where the next pull begins', async () => {
  expect(await consumer.fetchSubscribeMessageQueues('orders')).toEqual([QUEUE, { ...QUEUE, queueId: 1 }]);
  const outcome = await consumer.pull(QUEUE, 1, { maxMessages: 1 });
  expect(outcome).toMatchObject({ status: 'FOUND', nextBeginOffset: 2, minOffset: 0, maxOffset: 3 });
  expect(bodies(outcome.messages)).toEqual(['m1']);
  expect(await consumer.pull(QUEUE, 3)).toMatchObject({ status: 'NO_NEW_MSG', messages: [], nextBeginOffset: 3 });
  expect(await consumer.pull(QUEUE, 9)).toMatchObject({ status: 'OFFSET_ILLEGAL', nextBeginOffset: 3 });
});

test('filters by tag; what only has the hash of one is not found', async () => {
  const { messages } = await consumer.pull(QUEUE, 0, { expression: 'Aa' });
  expect(bodies(messages)).toEqual(['m0']);
  expect(await consumer.pull(QUEUE, 1, { expression: 'Aa', maxMessages: 1 })).toMatchObject({
    status: 'NO_MATCHED_MSG',
    nextBeginOffset: 2,
  });
});

test('waits for the next message, to its time limit or its signal', async () => {
  const waiting = consumer.pullBlockIfNotFound(QUEUE, 3, { suspendTimeoutMs: 5000 });
  await cluster.settle(1000);
  cluster.broker().put('orders', 0, 'new');
  expect(bodies((await waiting).messages)).toEqual(['new']);
  const late = consumer.pullBlockIfNotFound(QUEUE, 4, { suspendTimeoutMs: 5000 });
  await cluster.settle(5000);
  expect(await late).toMatchObject({ status: 'NO_NEW_MSG' });
  const controller = new AbortController();
  const aborted = consumer.pullBlockIfNotFound(QUEUE, 4, { signal: controller.signal });
  await cluster.settle();
  controller.abort();
  await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
});

test('keeps the group’s progress with the broker', async () => {
  expect(await consumer.fetchConsumeOffset(QUEUE)).toBeUndefined();
  await consumer.updateConsumeOffset(QUEUE, 2);
  expect(await consumer.fetchConsumeOffset(QUEUE)).toBe(2);
  expect([await consumer.minOffset(QUEUE), await consumer.maxOffset(QUEUE)]).toEqual([0, 3]);
  expect(await consumer.searchOffset(QUEUE, 702)).toBe(2);
});

test('gives messages back, for later or as dead letters', async () => {
  const { messages } = await consumer.pull(QUEUE, 0);
  cluster.createTopic('%RETRY%points', { 'broker-a': 1 });
  await consumer.sendMessageBack(messages[0]);
  const retries = { topic: '%RETRY%points', brokerName: 'broker-a', queueId: 0 };
  const again = await consumer.pull(retries, 0);
  expect(again.messages[0]).toMatchObject({ topic: 'orders', reconsumeTimes: 1 });
  await consumer.sendMessageBack(again.messages[0]);
  await consumer.sendMessageBack(messages[1], -1);
  expect(cluster.broker().deadLetters).toHaveLength(2);
  await expect(consumer.sendMessageBack({ ...messages[0] })).rejects.toThrow('message: was not pulled');
});

test('refuses what makes no sense', async () => {
  await expect(consumer.pull(QUEUE, -1)).rejects.toThrow('queueOffset: is -1');
  await expect(consumer.pull(QUEUE, 0, { maxMessages: 0 })).rejects.toThrow('maxMessages: is 0');
  await expect(consumer.pull(QUEUE, 0, { type: 'SQL92' })).rejects.toThrow('has no SQL92 expression');
  await expect(consumer.fetchSubscribeMessageQueues('nowhere')).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
});
