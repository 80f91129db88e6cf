import type { ClientInstance } from '../../../../../lib/engine/client/client-instance.js';
import { PushConsumer } from '../../../../../lib/engine/client/consumer/push-consumer.js';
import type { ConcurrentOutcome } from '../../../../../lib/engine/client/consumer/push-consumer-options.js';
import { Producer } from '../../../../../lib/engine/client/producer/producer.js';
import type { ProducerOptions } from '../../../../../lib/engine/client/producer/producer-options.js';
import { TransactionProducer } from '../../../../../lib/engine/client/producer/transaction-producer.js';
import { decodeProperties } from '../../../../../lib/engine/message/properties-codec.js';
import { response } from '../../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../../lib/engine/protocol/request-code.js';
import { ScriptedCluster } from '../../../../support/scripted-cluster.js';

const TRACE_TOPIC = 'RMQ_SYS_TRACE_TOPIC';
let cluster: ScriptedCluster;
let client: ClientInstance;

beforeEach(async () => {
  cluster = new ScriptedCluster();
  await cluster.start('broker-a');
  for (const topic of ['orders', TRACE_TOPIC, 'my-traces']) cluster.createTopic(topic, { 'broker-a': 1 });
  client = await cluster.client();
});

async function start(options: Partial<ProducerOptions> = {}): Promise<Producer> {
  const producer = new Producer(client, { group: 'orders', enableTrace: true, ...options });
  await producer.start();
  return producer;
}

const sendsTo = (topic: string) =>
  cluster
    .broker()
    .requestsOf(RequestCode.SEND_MESSAGE_V2)
    .filter(({ extFields }) => extFields.b === topic);
/** Fields of each line. */
const traces = (topic = TRACE_TOPIC): string[][] =>
  sendsTo(topic).flatMap(({ body }) =>
    body!
      .toString()
      .split('\x02')
      .slice(0, -1)
      .map((line) => line.split('\x01')),
  );
const message = { topic: 'orders', body: Buffer.from('hello'), tag: 'paid', keys: 'k1' };

test('a send is traced: soon when there are ten, within five seconds otherwise', async () => {
  const producer = await start();
  const sent = [];
  for (let n = 0; n < 12; n++) sent.push(await producer.send(message));
  await cluster.settle();
  expect(traces()).toHaveLength(10);
  await cluster.settle(5000);
  expect(traces()).toHaveLength(12);
  const { messageId, offsetMessageId } = sent[0];
  expect(traces()[0].filter((_, index) => index !== 1 && index !== 10)).toEqual([
    'Pub',
    'DefaultRegion',
    'orders',
    'orders',
    messageId,
    'paid',
    'k1',
    '10.0.0.1:10911',
    '5',
    '0',
    offsetMessageId,
    'true',
  ]);
  const [first] = sendsTo(TRACE_TOPIC);
  expect(first.extFields.a).toBe('_INNER_TRACE_PRODUCER-orders-PRODUCE');
  const keys = decodeProperties(first.extFields.i).get('KEYS')!.split(' ');
  expect(new Set(keys)).toEqual(new Set(['k1', ...sent.slice(0, 10).map((result) => result.messageId)]));
});

test('another topic may be named; stop() sends what waits', async () => {
  const producer = await start({ traceTopic: 'my-traces' });
  await producer.send(message);
  await producer.stop();
  expect(traces('my-traces')).toHaveLength(1);
  expect(traces()).toEqual([]);
  await expect(async () => new Producer(client, { group: 'g', traceTopic: '../x' })).rejects.toMatchObject({
    field: 'traceTopic',
  });
});

test('a broker that wants no traces gets none', async () => {
  const producer = await start();
  const fields = { msgId: '0A', queueId: '0', queueOffset: '0', TRACE_ON: 'false' };
  cluster.broker().once(RequestCode.SEND_MESSAGE_V2, () => response(0, { extFields: fields }));
  await producer.send(message);
  await producer.stop();
  expect(traces()).toEqual([]);
});

test('sends go on while traces cannot be stored, and what waits is bounded', async () => {
  const producer = await start();
  const broker = cluster.broker();
  let refused = 0;
  for (let n = 0; n < 3000; n++) {
    broker.once(RequestCode.SEND_MESSAGE_V2, ({ extFields }) => {
      if (extFields.b !== TRACE_TOPIC)
        return response(0, { extFields: { msgId: '0A', queueId: '0', queueOffset: '0' } });
      refused++;
      return undefined; // for ever
    });
  }
  await Promise.all(Array.from({ length: 2500 }, () => producer.send(message)));
  expect(refused).toBeLessThanOrEqual(4);
  expect(cluster.log.find('traces are dropped: too many wait')).toBeDefined();
});

test('consumption is traced before and after, with its outcome', async () => {
  const outcomes: (ConcurrentOutcome | Error)[] = [{ status: 'SUCCESS' }, { status: 'REJECT' }, new Error('broken')];
  const consumer = new PushConsumer(client, {
    group: 'workers',
    subscriptions: [{ topic: 'orders' }],
    listener: {
      mode: 'concurrent',
      consume: async () => {
        const outcome = outcomes.shift() ?? { status: 'SUCCESS' };
        if (outcome instanceof Error) throw outcome;
        return outcome;
      },
    },
    enableTrace: true,
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    concurrency: 1,
  });
  await consumer.start();
  for (const id of ['M1', 'M2', 'M3']) cluster.broker().put('orders', 0, id, { UNIQ_KEY: id, KEYS: `key-${id}` });
  cluster.broker().put('orders', 0, 'untraced', { UNIQ_KEY: 'M4', TRACE_ON: 'false' });
  await cluster.settle(30_000);
  await consumer.stop();
  const lines = traces();
  const before = lines.filter(([type]) => type === 'SubBefore');
  const after = lines.filter(([type]) => type === 'SubAfter');
  expect(before.slice(0, 3).map((fields) => fields.slice(5))).toEqual([
    ['M1', '0', 'key-M1'],
    ['M2', '0', 'key-M2'],
    ['M3', '0', 'key-M3'],
  ]);
  expect(before.slice(0, 3).map((fields) => fields[3])).toEqual(['workers', 'workers', 'workers']);
  expect(after.slice(0, 3).map(([, requestId, id, , success, , code]) => [requestId, id, success, code])).toEqual([
    [before[0][4], 'M1', 'true', '0'],
    [before[1][4], 'M2', 'false', '4'],
    [before[2][4], 'M3', 'false', '2'],
  ]);
  expect(lines.some((fields) => fields.includes('M4'))).toBe(false);
});

test('the end of a transaction is traced', async () => {
  const producer = new TransactionProducer(client, { group: 'tx', enableTrace: true, checker: async () => undefined });
  await producer.start();
  const { handle } = await producer.sendHalf(message);
  await producer.end(handle, 'COMMIT');
  await producer.stop();
  const [pub, end] = traces();
  expect([pub[0], pub[11]]).toEqual(['Pub', '1']);
  expect(end.filter((_, index) => index !== 1)).toEqual([
    'EndTransaction',
    'DefaultRegion',
    'tx',
    'orders',
    handle.messageId,
    'null',
    'null',
    '10.0.0.1:10911',
    '2',
    handle.transactionId,
    'COMMIT_MESSAGE',
    'false',
  ]);
});
