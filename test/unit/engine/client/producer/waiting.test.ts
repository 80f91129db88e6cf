import type { ClientInstance } from '../../../../../lib/engine/client/client-instance.js';
import { Producer } from '../../../../../lib/engine/client/producer/producer.js';
import type { ProducerOptions } from '../../../../../lib/engine/client/producer/producer-options.js';
import { TransactionProducer } from '../../../../../lib/engine/client/producer/transaction-producer.js';
import { response } from '../../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../../lib/engine/protocol/request-code.js';
import { ScriptedCluster } from '../../../../support/scripted-cluster.js';

const { GET_ROUTEINFO_BY_TOPIC, SEND_MESSAGE_V2, END_TRANSACTION } = RequestCode;
let cluster: ScriptedCluster;
let client: ClientInstance;
const message = { topic: 'orders', body: Buffer.alloc(100) };
const never = (): undefined => undefined;

beforeEach(async () => {
  cluster = new ScriptedCluster();
  await cluster.start('broker-a');
  cluster.createTopic('orders', { 'broker-a': 1 });
  client = await cluster.client();
});

async function start(options: Partial<ProducerOptions> = {}): Promise<Producer> {
  const producer = new Producer(client, { group: 'orders', ...options });
  await producer.start();
  return producer;
}

test('thousands of sends at a time: the number under way stays bounded, and all arrive in their order', async () => {
  const producer = await start({ backPressureForAsyncSendNum: 100, sendMsgTimeoutMs: 600_000 });
  const broker = cluster.broker();
  let [underWay, most] = [0, 0];
  const arrived: number[] = [];
  broker.on(SEND_MESSAGE_V2, async (command) => {
    most = Math.max(most, ++underWay);
    arrived.push(command.body!.readUInt32BE(0));
    await new Promise<void>((resolve) => void cluster.clock.schedule(1, resolve));
    underWay--;
    return response(0, { extFields: { msgId: '0A', queueId: '0', queueOffset: '0' } });
  });
  const bodies = Array.from({ length: 3000 }, (_, n) => {
    const body = Buffer.alloc(8);
    body.writeUInt32BE(n, 0);
    return body;
  });
  await Promise.all([...bodies.map((body) => producer.send({ topic: 'orders', body })), cluster.settle(1000)]);
  expect(most).toBe(100);
  expect(arrived).toEqual(bodies.map((_, n) => n));
});

test('bytes are bounded too', async () => {
  const producer = await start({ backPressureForAsyncSendSize: 1024 * 1024, compressMsgBodyOverHowmuch: 10_000_000 });
  const broker = cluster.broker();
  broker.once(SEND_MESSAGE_V2, never, 100);
  const sends = Array.from({ length: 10 }, () => producer.send({ topic: 'orders', body: Buffer.alloc(300_000) }));
  const outcomes = Promise.allSettled(sends);
  await cluster.settle(1000);
  expect(broker.requestsOf(SEND_MESSAGE_V2)).toHaveLength(3);
  await cluster.settle(600_000);
  await outcomes;
});

describe('a signal ends the wait', () => {
  test('for a route', async () => {
    const producer = await start();
    for (const server of cluster.nameServers) server.once(GET_ROUTEINFO_BY_TOPIC, never, 100);
    const controller = new AbortController();
    const sent = producer.send(message, { signal: controller.signal });
    controller.abort();
    await expect(sent).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('for an answer, without another attempt', async () => {
    const producer = await start();
    cluster.broker().once(SEND_MESSAGE_V2, never);
    const controller = new AbortController();
    const sent = producer.send(message, { signal: controller.signal });
    const outcome = expect(sent).rejects.toMatchObject({ code: 'ABORTED' });
    await cluster.settle(10);
    controller.abort();
    await outcome;
    expect(cluster.broker().requestsOf(SEND_MESSAGE_V2)).toHaveLength(1);
  });

  test('for the end of a transaction', async () => {
    const producer = new TransactionProducer(client, { group: 'tx', checker: async () => undefined });
    await producer.start();
    const { handle } = await producer.sendHalf(message, { signal: new AbortController().signal });
    cluster.broker().once(END_TRANSACTION, never);
    const controller = new AbortController();
    const ended = producer.end(handle, 'COMMIT', { signal: controller.signal });
    controller.abort();
    await expect(ended).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

test('the timeout spans route, turn and attempts', async () => {
  const producer = await start();
  for (const server of cluster.nameServers) server.once(GET_ROUTEINFO_BY_TOPIC, never, 100);
  const begin = cluster.clock.monotonic();
  const outcome = expect(producer.send(message, { timeoutMs: 500 })).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
  await cluster.settle(500);
  await outcome;
  expect(cluster.clock.monotonic() - begin).toBe(500);
});

test('sends that wait for a route leave in their order, and none that comes later overtakes them', async () => {
  const producer = await start();
  const sends: Promise<unknown>[] = [];
  const send = (n: number): void => {
    sends.push(producer.send({ topic: 'orders', body: Buffer.from([n]) }));
  };
  for (let n = 0; n < 5; n++) send(n);
  for (let tick = 0; tick < 40; tick++) {
    await Promise.resolve();
    send(5 + tick);
  }
  await Promise.all(sends);
  const arrived = cluster
    .broker()
    .requestsOf(SEND_MESSAGE_V2)
    .map(({ body }) => body![0]);
  expect(arrived).toEqual(Array.from({ length: 45 }, (_, n) => n));
});
