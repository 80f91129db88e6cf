import { type GrpcDelivered, type GrpcSent, GrpcClient } from './support/grpc-client.js';
import { GrpcProxy } from './support/grpc-proxy.js';
import { groupBy } from './support/group-by.js';
import { type OnTarget, describeOnTargets } from './support/on-targets.js';
import { sampleMessages } from './support/sample-messages.js';

const COUNT = 24;

describeOnTargets('Apache’s gRPC proxy 5.3.3 in front, its Node client 1.0.8 behind', (on) => {
  let proxy: GrpcProxy;
  let client: GrpcClient;

  beforeAll(async () => {
    proxy = await GrpcProxy.start(on.cluster.nameServerAddresses);
    client = await GrpcClient.start(proxy.endpoints);
  });

  afterAll(async () => {
    await client.stop();
    await proxy.stop();
  });

  describe('normal messages', () => {
    const topic = 'grpc_normal';
    let expected: GrpcSent[];

    beforeAll(async () => {
      await createTopic(on, topic, 'NORMAL');
      expected = messagesFor(topic);
      await client.send(expected);
    });

    on.test(['normal', 'push consumer'], async () => {
      await on.java.createGroup('push');
      const got = await (await client.push({ group: 'push', topic })).atLeast(COUNT);
      expect(contents(got)).toEqual(contents(expected));
      for (const { deliveryAttempt, isCorrupted } of got) {
        expect({ deliveryAttempt, isCorrupted }).toEqual({ deliveryAttempt: 1, isCorrupted: false });
      }
    });

    on.test(['normal', 'push consumer by tag'], async () => {
      await on.java.createGroup('push_by_tag');
      const selected = expected.filter(({ tag }) => tag !== 'TagB');
      const consumer = await client.push({ group: 'push_by_tag', topic, expression: 'TagA || 標籤' });
      expect(contents(await consumer.atLeast(selected.length))).toEqual(contents(selected));
    });

    on.test(['normal', 'push consumer by SQL92'], async () => {
      await on.java.createGroup('push_by_sql');
      const selected = expected.filter(({ tag, properties }) => tag === 'TagA' && Number(properties.index) < 10);
      const expression = "TAGS = 'TagA' AND index < 10";
      const consumer = await client.push({ group: 'push_by_sql', topic, expression, type: 'SQL92' });
      expect(contents(await consumer.atLeast(selected.length))).toEqual(contents(selected));
    });

    on.test(['normal', 'simple consumer'], async () => {
      await on.java.createGroup('simple');
      const consumer = client.simpleConsumer({ group: 'simple', topic });
      expect(contents(await consumer.take(COUNT))).toEqual(contents(expected));
      expect(await consumer.receive()).toEqual([]);
    });

    on.test(['normal', 'simple consumer: what is not acknowledged comes again'], async () => {
      await on.java.createGroup('simple_again');
      const consumer = client.simpleConsumer({ group: 'simple_again', topic, expression: 'TagA' });
      const first = await receiveSome(async () => consumer.receive(1, 1_500));
      expect(first).toMatchObject([{ deliveryAttempt: 1 }]);
      await consumer.take(COUNT / 3 - 1);
      const again = await receiveSome(async () => consumer.receive(1, 30_000));
      expect(again).toMatchObject([{ messageId: first[0].messageId, deliveryAttempt: 2 }]);
      await consumer.acknowledge(again);
    });

    on.test(['normal', 'simple consumer: a message hidden for longer'], async () => {
      await on.java.createGroup('simple_hidden');
      const consumer = client.simpleConsumer({ group: 'simple_hidden', topic, expression: 'TagA' });
      const [hidden] = await receiveSome(async () => consumer.receive(1, 10_000));
      const hiddenAt = performance.now();
      await consumer.hide(hidden, 2_500);
      await consumer.take(COUNT / 3 - 1);
      const again = await receiveSome(async () => consumer.receive(1, 30_000));
      expect(again).toMatchObject([{ messageId: hidden.messageId, deliveryAttempt: 2 }]);
      expect(performance.now() - hiddenAt).toBeGreaterThan(2_000);
    });

    on.test(['normal', 'push consumer: a failed message is tried again'], async () => {
      await on.java.createGroup('push_again');
      const failing = expected[0].keys[0];
      const consumer = await client.push({ group: 'push_again', topic, fail: { [failing]: 1 } });
      const got = await consumer.atLeast(COUNT + 1, 60_000);
      const attempts = got.filter(({ keys }) => keys[0] === failing).map(({ deliveryAttempt }) => deliveryAttempt);
      expect(attempts).toEqual([1, 2]);
    });
  });

  describe('FIFO messages', () => {
    const topic = 'grpc_fifo';
    let expected: GrpcSent[];

    beforeAll(async () => {
      await createTopic(on, topic, 'FIFO');
      expected = messagesFor(topic).map((message, i) => ({ ...message, messageGroup: `order-${i % 5}` }));
      await client.send(expected);
    });

    on.test(['FIFO', 'push consumer'], async () => {
      await on.java.createGroup('push_fifo', { orderly: true });
      const got = await (await client.push({ group: 'push_fifo', topic })).atLeast(COUNT);
      expect(contents(got)).toEqual(contents(expected));
      expectOrder(got, expected);
    });

    // The client knows none of the brokers' retry policies: what fails in order is not tried again.
    on.test(['FIFO', 'push consumer: a message that fails becomes a dead letter'], async () => {
      await on.java.createGroup('push_fifo_dead', { orderly: true });
      const failing = expected[0].keys[0];
      const consumer = await client.push({ group: 'push_fifo_dead', topic, fail: { [failing]: 1 } });
      expect(contents(await consumer.atLeast(COUNT))).toEqual(contents(expected));
      const dead = await on.java.consume({ group: 'bury', topics: ['%DLQ%push_fifo_dead'] });
      expect((await dead.atLeast(1)).map(({ keys }) => keys[0])).toEqual([failing]);
      await dead.stop();
    });

    on.test(['FIFO', 'simple consumer: a group waits for its first message'], async () => {
      await on.java.createTopic('grpc_fifo_one', { queues: 1, attributes: { '+message.type': 'FIFO' } });
      await on.java.createGroup('simple_fifo', { orderly: true });
      const sent = messagesFor('grpc_fifo_one').map((message) => ({ ...message, messageGroup: 'one' }));
      await client.send(sent);
      const consumer = client.simpleConsumer({ group: 'simple_fifo', topic: 'grpc_fifo_one' });
      const first = await receiveSome(async () => consumer.receive(4, 30_000));
      expect(await consumer.receive(4, 30_000)).toEqual([]);
      await consumer.acknowledge(first);
      const rest = await consumer.take(COUNT - first.length);
      expect([...first, ...rest].map(({ keys }) => keys[0])).toEqual(sent.map(({ keys }) => keys[0]));
    });
  });

  on.test(['delayed', 'push consumer'], async () => {
    const topic = 'grpc_delay';
    await createTopic(on, topic, 'DELAY');
    await on.java.createGroup('push_delay');
    const expected = messagesFor(topic).map((message) => ({ ...message, delayMs: 2_500 }));
    await client.send(expected);
    const got = await (await client.push({ group: 'push_delay', topic })).atLeast(COUNT);
    expect(contents(got)).toEqual(contents(expected));
    // Both brokers deliver by the second.
    for (const { bornTimestamp, receivedAt } of got) expect(receivedAt - bornTimestamp).toBeGreaterThan(1_400);
  });

  on.test(['delayed', 'recalled'], async () => {
    const topic = 'grpc_recall';
    await createTopic(on, topic, 'DELAY');
    await on.java.createGroup('recall');
    const [kept, recalled] = messagesFor(topic).map((message) => ({ ...message, delayMs: 4_000 }));
    const [, receipt] = await client.send([kept, recalled]);
    expect(await client.recall(topic, receipt.recallHandle)).toBe(receipt.messageId);
    const consumer = client.simpleConsumer({ group: 'recall', topic });
    expect(contents(await consumer.take(1))).toEqual(contents([kept]));
    expect(await consumer.receive()).toEqual([]);
  });

  on.test(['transaction', 'committed, rolled back, committed when asked'], async () => {
    const topic = 'grpc_transaction';
    await createTopic(on, topic, 'TRANSACTION');
    await on.java.createGroup('transactions');
    const messages = messagesFor(topic);
    const third = COUNT / 3;
    await client.transaction(messages.slice(0, third), { decide: 'COMMIT' });
    await client.transaction(messages.slice(third, 2 * third), { decide: 'ROLLBACK' });
    await client.transaction(messages.slice(2 * third), { decide: 'UNKNOWN', answer: 'COMMIT' });
    const visible = [...messages.slice(0, third), ...messages.slice(2 * third)];
    const consumer = client.simpleConsumer({ group: 'transactions', topic });
    expect(contents(await consumer.take(visible.length, 90_000))).toEqual(contents(visible));
    expect(await consumer.receive()).toEqual([]);
  });

  on.test(['sent by gRPC', 'consumed by the Java client'], async () => {
    const topic = 'grpc_to_java';
    await createTopic(on, topic, 'NORMAL');
    const expected = messagesFor(topic);
    const receipts = await client.send(expected);
    const consumer = await on.java.consume({ group: 'grpc_to_java', topics: [topic] });
    const got = await consumer.atLeast(COUNT);
    await consumer.stop();
    expect(contents(got)).toEqual(contents(expected));
    const ids = got.map(({ systemProperties }) => systemProperties.UNIQ_KEY);
    expect(ids.toSorted()).toEqual(receipts.map(({ messageId }) => messageId).toSorted());
  });
});

/** The proxy refuses a message whose kind is not its topic's. */
async function createTopic(on: OnTarget, topic: string, type: string): Promise<void> {
  await on.java.createTopic(topic, { attributes: { '+message.type': type } });
}

function messagesFor(topic: string): GrpcSent[] {
  return sampleMessages(topic, COUNT).map(({ flag: _none, ...message }) => message);
}

type Contents = Pick<GrpcSent, 'topic' | 'body' | 'tag' | 'keys' | 'properties'>;

/** What must be the same on both sides, in an order that doesn't depend on how it came. */
function contents(messages: readonly Contents[]): unknown[] {
  const own = messages.map(({ topic, body, tag, keys, properties: { index, word } }) => {
    return { topic, body: body.toString('base64'), tag, keys, index, word };
  });
  return own.sort((a, b) => (a.keys[0] < b.keys[0] ? -1 : 1));
}

/** The messages of each group came as they were sent. */
function expectOrder(got: readonly GrpcDelivered[], sent: readonly GrpcSent[]): void {
  const sentOf = groupBy(sent, ({ messageGroup }) => messageGroup);
  for (const [group, messages] of groupBy(got, ({ messageGroup }) => messageGroup)) {
    expect(messages.map(({ keys }) => keys[0])).toEqual(sentOf.get(group)!.map(({ keys }) => keys[0]));
  }
}

/** Asks until something comes. A long poll goes to one queue, which may be empty. */
async function receiveSome(receive: () => Promise<GrpcDelivered[]>): Promise<GrpcDelivered[]> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    const messages = await receive();
    if (messages.length > 0) return messages;
  }
  return [];
}
