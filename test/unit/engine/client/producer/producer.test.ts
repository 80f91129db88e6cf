import { inflateSync } from 'node:zlib';
import { Producer } from '../../../../../lib/engine/client/producer/producer.js';
import type { ProducerOptions } from '../../../../../lib/engine/client/producer/producer-options.js';
import { InvalidMessageError } from '../../../../../lib/engine/common/errors.js';
import { decodeBatch } from '../../../../../lib/engine/message/batch-codec.js';
import type { Message } from '../../../../../lib/engine/message/message.js';
import { decodeProperties } from '../../../../../lib/engine/message/properties-codec.js';
import { response, type RemotingCommand } from '../../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../../lib/engine/protocol/request-code.js';
import { ResponseCode } from '../../../../../lib/engine/protocol/response-code.js';
import { ScriptedCluster } from '../../../../support/scripted-cluster.js';

const { SEND_MESSAGE_V2, SEND_BATCH_MESSAGE, GET_ROUTEINFO_BY_TOPIC } = RequestCode;

let cluster: ScriptedCluster;
let producer: Producer;

async function start(options: Partial<ProducerOptions> = {}): Promise<Producer> {
  const started = new Producer(await cluster.client(), { group: 'orders', ...options });
  await started.start();
  return started;
}

beforeEach(async () => {
  cluster = new ScriptedCluster();
  await cluster.start('broker-a', 'broker-b');
  cluster.createTopic('orders', { 'broker-a': 2, 'broker-b': 2 });
  producer = await start();
});

const message = (more: Partial<Message> = {}): Message => ({ topic: 'orders', body: Buffer.from('hello'), ...more });
const sends = (code: number = SEND_MESSAGE_V2): RemotingCommand[] =>
  [...cluster.brokers.values()].flatMap((broker) => broker.requestsOf(code));
const propertiesOf = ({ extFields }: RemotingCommand) => decodeProperties(extFields.i);
const failAll = (code: number, times = 100): void => {
  for (const broker of cluster.brokers.values())
    broker.once(SEND_MESSAGE_V2, () => response(code, { remark: 'no' }), times);
};

test('a message that brings its id keeps it, alone and in a batch, so that it can be sent again as the same', async () => {
  const messageId = producer.newMessageId();
  const sent = await producer.send(message({ messageId }));
  const again = await producer.sendBatch([message({ messageId }), message()]);
  expect(sent.messageId).toBe(messageId);
  expect(propertiesOf(sends()[0]).get('UNIQ_KEY')).toBe(messageId);
  expect(again.messageId.split(',')).toEqual([messageId, expect.stringMatching(/^[0-9A-F]{32}$/)]);
  await expect(producer.send(message({ messageId: 'a\u0001b' }))).rejects.toMatchObject({ field: 'messageId' });
});

test('what could not be sent is refused by check() as well, before anything leaves', () => {
  expect(() => producer.check(message({ properties: { color: 'red' } }))).not.toThrow();
  expect(() => producer.check(message({ topic: 'no blanks' }))).toThrow(InvalidMessageError);
  expect(() => producer.check(message({ body: Buffer.alloc(0) }))).toThrow(/body: is empty/);
  expect(() => producer.check(message({ properties: { KEYS: 'x' } }))).toThrow(InvalidMessageError);
  expect(sends()).toHaveLength(0);
});

describe('a send', () => {
  test('carries what Apache clients send, in letters', async () => {
    await producer.send(
      message({
        tag: 'paid',
        keys: ['k1', 'k2'],
        flag: 7,
        shardingKey: 's',
        properties: { color: 'red' },
        waitStoreOk: false,
      }),
    );
    const [command] = sends();
    expect(command.extFields).toMatchObject({
      a: 'orders',
      b: 'orders',
      c: 'TBW102',
      d: '4',
      f: '0',
      h: '7',
      j: '0',
      k: 'false',
      m: 'false',
    });
    expect(command.extFields.n).toMatch(/^broker-[ab]$/);
    expect(Number(command.extFields.g)).toBe(cluster.clock.now());
    expect([...propertiesOf(command)].filter(([name]) => name !== 'UNIQ_KEY').sort()).toEqual([
      ['KEYS', 'k1 k2'],
      ['TAGS', 'paid'],
      ['WAIT', 'false'],
      ['__SHARDINGKEY', 's'],
      ['color', 'red'],
    ]);
  });

  test('answers where the message is, under the unique id it was given', async () => {
    const result = await producer.send(message());
    const [command] = sends();
    expect(result).toMatchObject({
      status: 'SEND_OK',
      queueOffset: 0,
      messageId: propertiesOf(command).get('UNIQ_KEY'),
    });
    expect(result.messageId).toMatch(/^[0-9A-F]{32}$/);
    expect(result.queue).toEqual({
      topic: 'orders',
      brokerName: command.extFields.n,
      queueId: Number(command.extFields.e),
    });
    expect(result.offsetMessageId).toMatch(/^0A000001/);
  });

  test('goes to all queues in turn', async () => {
    const queues: string[] = [];
    for (let i = 0; i < 8; i++) {
      const { queue } = await producer.send(message());
      queues.push(`${queue.brokerName}:${queue.queueId}`);
    }
    expect(new Set(queues.slice(0, 4)).size).toBe(4);
    expect(queues.slice(4)).toEqual(queues.slice(0, 4));
  });

  test('goes to the queue it names', async () => {
    const queue = { topic: 'orders', brokerName: 'broker-b', queueId: 1 };
    expect((await producer.send(message(), { queue })).queue).toEqual(queue);
    const other = { ...queue, topic: 'points' };
    await expect(producer.send(message(), { queue: other })).rejects.toMatchObject({
      code: 'CONFIGURATION',
      field: 'queue',
    });
  });

  test('goes to the queue of its sharding key: |hash| modulo the number of queues, as Java counts', async () => {
    // 'TagA'.hashCode() is 2598919, 'TagZZZZZZ'.hashCode() is -367331910.
    expect((await producer.send(message(), { shardingKey: 'TagA' })).queue).toMatchObject({
      brokerName: 'broker-b',
      queueId: 1,
    });
    expect((await producer.send(message({ shardingKey: 'TagZZZZZZ' }))).queue).toMatchObject({
      brokerName: 'broker-b',
      queueId: 0,
    });
  });

  test('goes to the queue its selector picks', async () => {
    const result = await producer.send(message(), { selectQueue: (queues) => queues[2] });
    expect(result.queue).toEqual((await producer.publishQueues('orders'))[2]);
    await expect(producer.send(message(), { selectQueue: () => undefined as never })).rejects.toMatchObject({
      field: 'selectQueue',
    });
  });

  test.each([
    [ResponseCode.FLUSH_DISK_TIMEOUT, 'FLUSH_DISK_TIMEOUT'],
    [ResponseCode.FLUSH_SLAVE_TIMEOUT, 'FLUSH_SLAVE_TIMEOUT'],
    [ResponseCode.SLAVE_NOT_AVAILABLE, 'SLAVE_NOT_AVAILABLE'],
  ])('that is stored but not as safe as promised says so (%i)', async (code, status) => {
    const extFields = { msgId: 'M', queueId: '0', queueOffset: '5' };
    for (const broker of cluster.brokers.values()) broker.once(SEND_MESSAGE_V2, () => response(code, { extFields }));
    await expect(producer.send(message())).resolves.toMatchObject({ status, queueOffset: 5 });
  });

  test('leaves in the turn in which it is called, also the first ones of a topic', async () => {
    const queue = { topic: 'orders', brokerName: 'broker-a', queueId: 0 };
    const bodies = Array.from({ length: 50 }, (_, i) => `m${i}`);
    await Promise.all(bodies.map((body) => producer.send(message({ body: Buffer.from(body) }), { queue })));
    const stored = cluster.broker().queues.records.get('orders@broker-a@0')!;
    expect(stored.map(({ record }) => /m\d+/.exec(record.toString('latin1'))![0])).toEqual(bodies);
  });

  test('waits no longer than its timeout, all attempts together', async () => {
    for (const broker of cluster.brokers.values()) broker.once(SEND_MESSAGE_V2, () => new Promise(() => {}), 10);
    const outcome = expect(producer.send(message(), { timeoutMs: 1000 })).rejects.toMatchObject({
      code: 'REQUEST_TIMEOUT',
    });
    await cluster.settle(999);
    expect(sends()).toHaveLength(1);
    await cluster.settle(2);
    await outcome;
    expect(sends()).toHaveLength(1);
  });

  test('ends when its signal fires', async () => {
    for (const broker of cluster.brokers.values()) broker.once(SEND_MESSAGE_V2, () => new Promise(() => {}), 10);
    const controller = new AbortController();
    const outcome = expect(producer.send(message(), { signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    await cluster.settle();
    controller.abort();
    await outcome;
    expect(sends()).toHaveLength(1);
  });
});

describe('a send that fails', () => {
  test.each([1, 2, 14, 16, 17, 204, 205])('with code %i is tried on another broker', async (code) => {
    cluster.broker('broker-a').once(SEND_MESSAGE_V2, () => response(code, { remark: 'no' }), 10);
    for (let i = 0; i < 4; i++) {
      expect((await producer.send(message())).queue.brokerName).toBe('broker-b');
    }
  });

  test('three times is the caller to know', async () => {
    failAll(ResponseCode.SYSTEM_BUSY);
    await expect(producer.send(message())).rejects.toMatchObject({
      code: 'BROKER_RESPONSE',
      responseCode: 2,
      retriable: true,
    });
    expect(sends()).toHaveLength(3);
  });

  test('for a reason that stays is not tried again', async () => {
    failAll(ResponseCode.MESSAGE_ILLEGAL);
    await expect(producer.send(message())).rejects.toMatchObject({ responseCode: 13, retriable: false });
    expect(sends()).toHaveLength(1);
  });

  test('on a chosen queue is not tried again', async () => {
    failAll(ResponseCode.SYSTEM_BUSY);
    await expect(producer.send(message(), { shardingKey: 'k' })).rejects.toMatchObject({ responseCode: 2 });
    expect(sends()).toHaveLength(1);
  });

  test('because the connection dropped is tried elsewhere, and the route looked at again', async () => {
    await producer.send(message());
    const routes = cluster.nameServers.flatMap((server) => server.requestsOf(GET_ROUTEINFO_BY_TOPIC)).length;
    await cluster.broker('broker-a').stop();
    for (let i = 0; i < 4; i++) expect((await producer.send(message())).queue.brokerName).toBe('broker-b');
    expect(cluster.nameServers.flatMap((server) => server.requestsOf(GET_ROUTEINFO_BY_TOPIC)).length).toBeGreaterThan(
      routes,
    );
  });

  test('waits a little before the only broker is tried again', async () => {
    cluster.createTopic('single', { 'broker-a': 1 });
    await producer.send(message({ topic: 'single' }));
    await cluster.broker('broker-a').stop();
    const sending = producer.send(message({ topic: 'single' }));
    await cluster.settle(50);
    await cluster.broker('broker-a').start();
    await cluster.settle(100);
    expect((await sending).status).toBe('SEND_OK');
  });

  test('to be as safe as promised is tried elsewhere when that is wished; what is stored stays the result', async () => {
    producer = await start({ group: 'careful', retryAnotherBrokerWhenNotStoreOK: true });
    const extFields = { msgId: 'M', queueId: '0', queueOffset: '5' };
    cluster
      .broker('broker-a')
      .once(SEND_MESSAGE_V2, () => response(ResponseCode.FLUSH_DISK_TIMEOUT, { extFields }), 10);
    for (let i = 0; i < 4; i++) expect((await producer.send(message())).status).toBe('SEND_OK');
    cluster.broker('broker-b').once(SEND_MESSAGE_V2, () => response(ResponseCode.SYSTEM_BUSY), 10);
    await expect(producer.send(message())).resolves.toMatchObject({ status: 'FLUSH_DISK_TIMEOUT' });
  });

  test('keeps slow brokers out of the choice, when that is wished', async () => {
    producer = await start({ group: 'latency', sendLatencyFaultEnable: true });
    cluster.broker('broker-a').once(SEND_MESSAGE_V2, () => response(ResponseCode.SYSTEM_BUSY), 1);
    for (let i = 0; i < 4; i++) await producer.send(message());
    expect(cluster.broker('broker-a').requestsOf(SEND_MESSAGE_V2)).toHaveLength(1);
    await cluster.settle(10_001); // a failure counts as 10 s, which costs 10 s
    for (let i = 0; i < 4; i++) await producer.send(message());
    expect(cluster.broker('broker-a').requestsOf(SEND_MESSAGE_V2)).toHaveLength(3);
  });
});

describe('a topic that does not exist', () => {
  test('is created by its first message, with the queues of the topic for that', async () => {
    cluster.createTopic('TBW102', { 'broker-a': 8 });
    expect((await producer.send(message({ topic: 'young' }))).status).toBe('SEND_OK');
    expect(await producer.publishQueues('young')).toHaveLength(4);
    await producer.send(message({ topic: 'young' }));
    await cluster.settle();
    expect(cluster.hasTopic('young')).toBe(true);
  });

  test('is an error where topics are not created by messages', async () => {
    await expect(producer.send(message({ topic: 'young' }))).rejects.toMatchObject({
      code: 'TOPIC_NOT_FOUND',
      topic: 'young',
    });
    cluster.createTopic('young', { 'broker-a': 1 });
    await expect(producer.send(message({ topic: 'young' }))).resolves.toMatchObject({ status: 'SEND_OK' });
  });
});

describe('the name servers', () => {
  test('are tried in turn', async () => {
    for (const [down, up] of [
      [0, 1],
      [1, 0],
    ]) {
      await cluster.nameServers[up].start().catch(() => undefined);
      await cluster.nameServers[down].stop();
      const topic = `topic-${down}`;
      cluster.createTopic(topic, { 'broker-a': 1 });
      await expect(producer.send(message({ topic }))).resolves.toMatchObject({ status: 'SEND_OK' });
    }
  });

  test('all gone: topics in use go on, others say so', async () => {
    await producer.send(message());
    for (const server of cluster.nameServers) await server.stop();
    await expect(producer.send(message())).resolves.toMatchObject({ status: 'SEND_OK' });
    await expect(producer.send(message({ topic: 'points' }))).rejects.toMatchObject({ code: 'CONNECT' });
  });
});

describe('a message that may not be sent names its field, and nothing leaves', () => {
  test.each<[string, object]>([
    ['topic', { topic: '' }],
    ['topic', { topic: undefined }],
    ['topic', { topic: '../etc/passwd' }],
    ['topic', { topic: 'a/b' }],
    ['topic', { topic: 'x'.repeat(128) }],
    ['topic', { topic: 'SCHEDULE_TOPIC_XXXX' }],
    ['body', { body: Buffer.alloc(0) }],
    ['body', { body: 'text' }],
    ['body', { body: Buffer.alloc(5 * 1024 * 1024) }],
    ['tag', { tag: 'a\x01b' }],
    ['keys', { keys: ['a b'] }],
    ['keys', { keys: ['a', ''] }],
    ['shardingKey', { shardingKey: 'a\x02' }],
    ['properties', { properties: { KEYS: 'k' } }],
    ['properties', { properties: { '': 'k' } }],
    ['properties', { properties: { '__RMQ.TRANSIENT.x': 'k' } }],
    ['properties.a', { properties: { a: '' } }],
    ['properties.a', { properties: { a: 1 } }],
    ['properties', { properties: { a: 'x'.repeat(33_000) } }],
    ['flag', { flag: 2 ** 40 }],
    ['delayLevel', { delayLevel: -1 }],
    ['delayLevel', { delayLevel: 1.5 }],
    ['deliverAt', { deliverAt: 1, delayLevel: 1 }],
    ['deliverAt', { deliverAt: NaN }],
  ])('%s (%#)', async (field, more) => {
    const failure = producer.send(message(more));
    await expect(failure).rejects.toBeInstanceOf(InvalidMessageError);
    await expect(failure).rejects.toMatchObject({ field });
    expect(sends()).toEqual([]);
    await expect(producer.send(message())).resolves.toMatchObject({ status: 'SEND_OK' });
  });

  test('and a refusal says what to do', async () => {
    await expect(producer.send(message({ body: Buffer.alloc(5 * 1024 * 1024) }))).rejects.toThrow(
      /body: has 5242880 bytes; at most maxMessageSize \(4194304\) are allowed: send a reference/,
    );
  });
});

test('long bodies are compressed where that makes them smaller', async () => {
  const body = Buffer.alloc(5000, 'q');
  await producer.send(message({ body }));
  await producer.send(message({ body: Buffer.alloc(4095, 'q') }));
  const noise = cluster.random.bytes(5000);
  await producer.send(message({ body: noise }));
  const bySize = sends().sort((a, b) => a.body!.length - b.body!.length);
  expect(bySize.map(({ extFields }) => extFields.f)).toEqual(['769', '0', '0']);
  expect(inflateSync(bySize[0].body!)).toEqual(body);
  expect(bySize[2].body).toEqual(noise);
});

test('a delay travels as a level or as a time', async () => {
  await producer.send(message({ delayLevel: 3 }));
  await producer.send(message({ deliverAt: 1_800_000_000_000 }));
  const properties = sends().map(propertiesOf);
  expect(properties.map((map) => map.get('DELAY')).filter(Boolean)).toEqual(['3']);
  expect(properties.map((map) => map.get('TIMER_DELIVER_MS')).filter(Boolean)).toEqual(['1800000000000']);
});

test('a oneway send asks for no answer', async () => {
  await producer.sendOneway(message());
  await cluster.settle();
  const [command] = sends();
  expect(command.flag & 2).toBe(2);
});

describe('a batch', () => {
  const batch = (count: number, more: Partial<Message> = {}): Message[] =>
    Array.from({ length: count }, (_, i) => message({ body: Buffer.from(`m${i}`), keys: `k${i}`, ...more }));

  test('is stored side by side in one queue, each message with its own id', async () => {
    const result = await producer.sendBatch(batch(3));
    const [command] = sends(SEND_BATCH_MESSAGE);
    expect(command.extFields.m).toBe('true');
    expect(propertiesOf(command).has('UNIQ_KEY')).toBe(false); // it would hide those of the messages
    const members = decodeBatch(command.body!);
    expect(members.map(({ body }) => body.toString())).toEqual(['m0', 'm1', 'm2']);
    expect(result.messageId.split(',')).toEqual(
      members.map(({ properties }) => decodeProperties(properties).get('UNIQ_KEY')),
    );
    expect(result.offsetMessageId.split(',')).toHaveLength(3);
    expect(
      cluster
        .broker(result.queue.brokerName)
        .queues.records.get(`orders@${result.queue.brokerName}@${result.queue.queueId}`),
    ).toHaveLength(3);
  });

  test('beyond maxMessageSize is sent in parts, all to one queue', async () => {
    producer = await start({ group: 'parts', maxMessageSize: 400 });
    const result = await producer.sendBatch(batch(10));
    const parts = sends(SEND_BATCH_MESSAGE);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.every(({ body }) => body!.length <= 400)).toBe(true);
    expect(new Set(parts.map(({ extFields }) => `${extFields.n}:${extFields.e}`)).size).toBe(1);
    expect(result.messageId.split(',')).toHaveLength(10);
    expect(result.queueOffset).toBe(0);
  });

  test.each<[string, () => Message[]]>([
    ['messages', () => []],
    ['topic', () => [message(), message({ topic: 'points' })]],
    ['topic', () => [message({ topic: '%RETRY%points' })]],
    ['waitStoreOk', () => [message(), message({ waitStoreOk: false })]],
    ['delayLevel', () => [message({ delayLevel: 1 })]],
    ['delayLevel', () => [message({ deliverAt: 1_800_000_000_000 })]],
    ['body', () => [message(), message({ body: Buffer.alloc(0) })]],
  ])('of wrong %s is refused (%#)', async (field, messages) => {
    cluster.createTopic('%RETRY%points', { 'broker-a': 1 });
    await expect(producer.sendBatch(messages())).rejects.toMatchObject({ code: 'INVALID_MESSAGE', field });
    expect(sends(SEND_BATCH_MESSAGE)).toEqual([]);
  });
});

describe('life', () => {
  test('a producer that is not running sends nothing', async () => {
    const fresh = new Producer(await cluster.client(), { group: 'fresh' });
    await expect(fresh.send(message())).rejects.toMatchObject({ code: 'CLOSED' });
    await producer.stop();
    await expect(producer.send(message())).rejects.toThrow(/create a new one/);
  });

  test('stop waits for sends under way, and leaves the group', async () => {
    let answer: (value: RemotingCommand) => void = () => {};
    for (const broker of cluster.brokers.values())
      broker.once(SEND_MESSAGE_V2, () => new Promise((resolve) => (answer = resolve)));
    const sending = producer.send(message());
    await cluster.settle();
    const stopping = producer.stop();
    await cluster.settle(500);
    answer(response(0, { extFields: { msgId: 'M', queueId: '0', queueOffset: '1' } }));
    await expect(sending).resolves.toMatchObject({ status: 'SEND_OK' });
    await stopping;
  });

  test('a group is on one connection once', async () => {
    const client = await cluster.client();
    await new Producer(client, { group: 'twice' }).start();
    await expect(new Producer(client, { group: 'twice' }).start()).rejects.toMatchObject({
      code: 'CONFIGURATION',
      field: 'group',
    });
  });

  test.each([
    ['group', { group: 'a b' }],
    ['sendMsgTimeoutMs', { sendMsgTimeoutMs: 0 }],
    ['retryTimesWhenSendFailed', { retryTimesWhenSendFailed: -1 }],
    ['maxMessageSize', { maxMessageSize: 0.5 }],
  ])('a wrong %s is refused by name', async (field, options) => {
    const client = await cluster.client();
    const create = async (): Promise<Producer> => new Producer(client, { group: 'orders', ...options });
    await expect(create()).rejects.toMatchObject({ code: 'CONFIGURATION', field });
  });

  test('clients have ids of their own, also in one process', async () => {
    const ids = new Set<string>();
    for (let i = 0; i < 20; i++) ids.add((await cluster.client()).clientId);
    expect(ids.size).toBe(20);
    expect([...ids][0]).toMatch(/^10\.0\.2\.\d+@\d+#[0-9a-f]{16}$/);
  });
});

describe('with autoBatch', () => {
  beforeEach(async () => {
    producer = await start({ group: 'joined', autoBatch: true });
    await producer.send(message()); // the route is known from here on
  });

  const many = (count: number, more: Partial<Message> = {}): Message[] =>
    Array.from({ length: count }, (_, i) => message({ body: Buffer.from(`m${i}`), ...more }));

  test('sends of one turn leave in one request, and each gets its own result', async () => {
    const results = await Promise.all(many(5).map((one) => producer.send(one)));
    const [command] = sends(SEND_BATCH_MESSAGE);
    const members = decodeBatch(command.body!);
    expect(members.map(({ body }) => body.toString())).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
    expect(results.map(({ messageId }) => messageId)).toEqual(
      members.map(({ properties }) => decodeProperties(properties).get('UNIQ_KEY')),
    );
    expect(results.map(({ queueOffset }) => queueOffset - results[0].queueOffset)).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(results.map(({ offsetMessageId }) => offsetMessageId)).size).toBe(5);
  });

  test('one alone leaves as it always does', async () => {
    await producer.send(message());
    expect(sends(SEND_BATCH_MESSAGE)).toEqual([]);
    expect(sends()).toHaveLength(2);
  });

  test('messages of one key stay in order, whether they can be joined or not', async () => {
    const mixed = many(20).map((one, i) => (i % 4 === 3 ? { ...one, delayLevel: 1 } : one));
    const results = await Promise.all(mixed.map((one) => producer.send(one, { shardingKey: 'k' })));
    expect(new Set(results.map(({ queue }) => `${queue.brokerName}:${queue.queueId}`)).size).toBe(1);
    const offsets = results.map(({ queueOffset }) => queueOffset);
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
  });

  test('a request stays within 64 KiB', async () => {
    await Promise.all(many(100, { body: Buffer.alloc(2000) }).map((one) => producer.send(one)));
    const requests = sends(SEND_BATCH_MESSAGE);
    expect(requests.length).toBeGreaterThan(2);
    expect(requests.every(({ body }) => body!.length <= 64 * 1024)).toBe(true);
  });

  test('what differs in safety does not leave together', async () => {
    await Promise.all([...many(2), ...many(2, { waitStoreOk: false })].map((one) => producer.send(one)));
    expect(sends(SEND_BATCH_MESSAGE)).toHaveLength(2);
  });

  test('a message that may not be sent fails alone', async () => {
    const outcomes = await Promise.allSettled(
      [...many(2), message({ tag: 'a\x01' }), ...many(2)].map((one) => producer.send(one)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
  });

  test('a request that fails, fails for each', async () => {
    for (const broker of cluster.brokers.values()) {
      broker.once(SEND_BATCH_MESSAGE, () => response(ResponseCode.MESSAGE_ILLEGAL, { remark: 'no' }), 10);
    }
    const outcomes = await Promise.allSettled(many(3).map((one) => producer.send(one)));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });

  test('stop() lets leave what was joined', async () => {
    const sending = Promise.all(many(3).map((one) => producer.send(one)));
    await producer.stop();
    await expect(sending).resolves.toHaveLength(3);
  });
});
