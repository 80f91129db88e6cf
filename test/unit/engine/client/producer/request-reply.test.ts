import { Producer } from '../../../../../lib/engine/client/producer/producer.js';
import { decodeBatch } from '../../../../../lib/engine/message/batch-codec.js';
import { decodeProperties, encodeProperties } from '../../../../../lib/engine/message/properties-codec.js';
import { RequestCode } from '../../../../../lib/engine/protocol/request-code.js';
import { received } from '../../../../support/fake-engine.js';
import { ScriptedCluster } from '../../../../support/scripted-cluster.js';

const { PUSH_REPLY_MESSAGE_TO_CLIENT, SEND_BATCH_MESSAGE, SEND_MESSAGE_V2, SEND_REPLY_MESSAGE_V2 } = RequestCode;

let cluster: ScriptedCluster;
let producer: Producer;

beforeEach(async () => {
  cluster = new ScriptedCluster();
  await cluster.start('broker-a');
  cluster.createTopic('orders', { 'broker-a': 1 });
  producer = new Producer(await cluster.client(), { group: 'asking' });
  await producer.start();
});

const message = { topic: 'orders', body: Buffer.from('how much?') };

/** Hands a reply to the client, as the broker does. Apache writes hosts with a slash in front. */
async function push(correlationId: string, body = 'ten'): Promise<number> {
  const extFields = {
    producerGroup: 'answering',
    topic: 'c_REPLY_TOPIC',
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: '4',
    queueId: '0',
    sysFlag: '0',
    bornTimestamp: '1',
    flag: '0',
    bornHost: '/10.0.0.9:1234',
    storeHost: '/10.0.0.1:10911',
    storeTimestamp: '2',
    properties: encodeProperties(
      new Map([
        ['CORRELATION_ID', correlationId],
        ['TAGS', 'answer'],
      ]),
    ),
  };
  const answer = await cluster.broker().ask(PUSH_REPLY_MESSAGE_TO_CLIENT, { extFields, body: Buffer.from(body) });
  return answer.code;
}

test('a request says who asks and how long the answer is good, and gets it by its number', async () => {
  const asking = producer.request(message, { timeoutMs: 5000 });
  await cluster.settle();
  const properties = decodeProperties(cluster.broker().requestsOf(SEND_MESSAGE_V2)[0].extFields.i);
  expect(properties.get('TTL')).toBe('5000');
  expect(properties.get('REPLY_TO_CLIENT')).toMatch(/^10\.0\.2\.1@101#/);
  const correlationId = properties.get('CORRELATION_ID')!;
  expect(await push('another')).toBe(0);
  expect(await push(correlationId)).toBe(0);
  const reply = await asking;
  expect(reply.body.toString()).toBe('ten');
  expect(reply).toMatchObject({ tag: 'answer', bornHost: '10.0.0.9:1234', storeTimestamp: 2 });
  expect(reply.properties.get('ARRIVE_TIME')).toBe(String(cluster.clock.now()));
});

test('a request without a reply ends with its timeout, or with its signal', async () => {
  const late = expect(producer.request(message)).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
  const controller = new AbortController();
  const aborted = expect(producer.request(message, { signal: controller.signal })).rejects.toMatchObject({
    code: 'ABORTED',
  });
  await cluster.settle();
  controller.abort();
  await aborted;
  await cluster.settle(3000);
  await late;
});

test('a request can be given up while it waits for its reply, and no longer holds up stop()', async () => {
  let giveUp = (): void => undefined;
  const given = producer.request(message, { timeoutMs: 60_000, onWaiting: (end) => (giveUp = end) });
  const failed = expect(given).rejects.toMatchObject({ code: 'ABORTED' });
  await cluster.settle();
  giveUp();
  await failed;
  giveUp(); // it is over
  await producer.stop();
});

test('a reply that overtakes the acknowledgement of its request is enough', async () => {
  cluster.broker().on(SEND_MESSAGE_V2, () => undefined); // never acknowledged
  const asking = producer.request(message, { timeoutMs: 5000 });
  await cluster.settle();
  const properties = decodeProperties(cluster.broker().requestsOf(SEND_MESSAGE_V2)[0].extFields.i);
  await push(properties.get('CORRELATION_ID')!);
  expect((await asking).body.toString()).toBe('ten');
});

test('with autoBatch requests of one turn leave together, and each gets its own reply', async () => {
  const joining = new Producer(await cluster.client(), { group: 'joining', autoBatch: true });
  await joining.start();
  await joining.send(message); // the route is known from here on
  const signal = new AbortController().signal;
  const asking = Promise.all(
    ['a', 'b'].map((body) => joining.request({ ...message, body: Buffer.from(body) }, { signal })),
  );
  await cluster.settle();
  const [{ body }] = cluster.broker().requestsOf(SEND_BATCH_MESSAGE);
  for (const member of decodeBatch(body!))
    await push(decodeProperties(member.properties).get('CORRELATION_ID')!, `${member.body.toString()}!`);
  expect((await asking).map((reply) => reply.body.toString())).toEqual(['a!', 'b!']);
});

test('with autoBatch a request that is given up already does not leave', async () => {
  const joining = new Producer(await cluster.client(), { group: 'joining', autoBatch: true });
  await joining.start();
  await joining.send(message);
  const sent = cluster.broker().requestsOf(SEND_MESSAGE_V2).length;
  await expect(joining.request(message, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  await cluster.settle();
  expect(cluster.broker().requestsOf(SEND_MESSAGE_V2)).toHaveLength(sent);
});

test('a client that stops keeps no timer for the replies it has waited for', async () => {
  const before = cluster.clock.scheduledTasks;
  const client = await cluster.client();
  const asking = new Producer(client, { group: 'leaving' });
  await asking.start();
  const reply = asking.request(message, { timeoutMs: 3_600_000 });
  await cluster.settle();
  const properties = decodeProperties(cluster.broker().requestsOf(SEND_MESSAGE_V2)[0].extFields.i);
  client.replies.settle(properties.get('CORRELATION_ID')!, received({}));
  await reply;
  await asking.stop();
  await client.stop();
  await cluster.settle();
  expect(cluster.clock.scheduledTasks).toBe(before);
});

test('a request that cannot be sent fails with that', async () => {
  await expect(producer.request({ ...message, body: Buffer.alloc(0) })).rejects.toMatchObject({
    code: 'INVALID_MESSAGE',
  });
});

test('a reply goes to the cluster’s reply topic, by the broker the request came by', async () => {
  cluster.createTopic('c_REPLY_TOPIC', { 'broker-a': 1 });
  cluster.broker().on(SEND_REPLY_MESSAGE_V2, () => ({ ...answer }));
  await cluster.broker().stop();
  await cluster.broker().start();
  const properties = new Map([
    ['CLUSTER', 'c'],
    ['CORRELATION_ID', 'id'],
    ['REPLY_TO_CLIENT', 'me'],
    ['TTL', '3000'],
  ]);
  await producer.reply(received({ brokerName: 'broker-a', properties }), { body: Buffer.from('ten') });
  const [command] = cluster.broker().requestsOf(SEND_REPLY_MESSAGE_V2);
  expect(command.extFields).toMatchObject({ b: 'c_REPLY_TOPIC', n: 'broker-a' });
  const sent = decodeProperties(command.extFields.i);
  expect([sent.get('MSG_TYPE'), sent.get('CORRELATION_ID'), sent.get('REPLY_TO_CLIENT'), sent.get('TTL')]).toEqual([
    'reply',
    'id',
    'me',
    '3000',
  ]);
});

const answer = {
  code: 0,
  flag: 1,
  opaque: 0,
  language: 'JAVA',
  version: 479,
  extFields: { msgId: '0', queueId: '0', queueOffset: '0' },
};

test('what is no request is not answered', async () => {
  await expect(producer.reply(received({}), { body: Buffer.from('x') })).rejects.toMatchObject({
    code: 'INVALID_MESSAGE',
    field: 'request',
  });
});
