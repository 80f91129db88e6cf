import { connectEngine, type Engine, type SendResult } from '../../lib/engine/index.js';
import type { DecodedTrace } from './support/client-probe.js';
import { Collected } from './support/collected.js';
import { describeOnTargets } from './support/on-targets.js';

const DEFAULT_TOPIC = 'RMQ_SYS_TRACE_TOPIC';

/** What our clients write down is what Apache's tools read. */
describeOnTargets('message trace of our client', (on) => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await connectEngine({ nameServers: on.cluster.nameServerAddresses.split(';') });
  });

  afterAll(async () => engine.stop());

  /** The records in a trace topic that a message's id finds, read by Java. */
  async function tracesOf(traceTopic: string, messageId: string, count: number): Promise<DecodedTrace[]> {
    for (;;) {
      // The index may follow the log a moment later; the test's timeout bounds this.
      const texts = (await on.java.queryByKey(traceTopic, messageId)).map(({ body }) => body.toString());
      const traces = (await Promise.all(texts.map(async (text) => on.java.decodeTraces(text)))).flat();
      const found = traces.filter((trace) => trace.messageId === messageId);
      if (found.length >= count) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Sends and consumes one message, both traced, the second attempt successful. */
  async function sendAndConsume(topic: string, traceTopic?: string): Promise<SendResult> {
    await on.java.createTopic(topic);
    const seen = new Collected<number>();
    const consumer = engine.createPushConsumer({
      group: `${topic}_group`,
      subscriptions: [{ topic }],
      consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
      enableTrace: true,
      traceTopic,
      listener: {
        mode: 'concurrent',
        consume: async ([{ reconsumeTimes }]) => {
          seen.add(reconsumeTimes);
          return { status: reconsumeTimes === 0 ? 'LATER' : 'SUCCESS' };
        },
      },
    });
    const producer = engine.createProducer({ group: `${topic}_producer`, enableTrace: true, traceTopic });
    await consumer.start();
    await producer.start();
    const sent = await producer.send({ topic, body: Buffer.from('traced'), tag: 'paid', keys: ['key-1', 'key-2'] });
    await seen.atLeast(2);
    await producer.stop();
    await consumer.stop();
    return sent;
  }

  on.test('mqadmin queryMsgTraceById shows who sent and who consumed', async () => {
    const { messageId } = await sendAndConsume('traced');
    await tracesOf(DEFAULT_TOPIC, messageId, 5);
    const printed = await on.java.mqadmin('queryMsgTraceById', '-i', messageId);
    expect(printed).toMatch(/Pub\s+traced_producer\s+\S+\s+\S+ \S+\s+\d+ms\s+success/);
    expect(printed).toMatch(/Sub\s+traced_group\s.*ms\s+failed/);
    expect(printed).toMatch(/Sub\s+traced_group\s.*ms\s+success/);
  });

  on.test('Java’s decoder reads each record; a message is found by its keys too', async () => {
    const { messageId } = await sendAndConsume('traced_again');
    const traces = await tracesOf(DEFAULT_TOPIC, messageId, 5);
    expect(traces.map(({ type, success }) => `${type} ${success}`).sort()).toEqual([
      'Pub true',
      'SubAfter false',
      'SubAfter true',
      'SubBefore true',
      'SubBefore true',
    ]);
    const byKey = await on.java.queryByKey(DEFAULT_TOPIC, 'key-2');
    expect(byKey.some(({ body }) => body.toString().includes(messageId))).toBe(true);
  });

  on.test('in a topic of one’s own', async () => {
    await on.java.createTopic('own_traces', { queues: 1 });
    const { messageId } = await sendAndConsume('traced_apart', 'own_traces');
    expect(await tracesOf('own_traces', messageId, 5)).toHaveLength(5);
    expect(await on.java.mqadmin('queryMsgTraceById', '-i', messageId, '-t', 'own_traces')).toContain(
      'traced_apart_group',
    );
  });

  on.test('transactions and recalls', async () => {
    await on.java.createTopic('traced_tx');
    const transactions = engine.createTransactionProducer({
      group: 'traced_tx_producer',
      enableTrace: true,
      checker: async () => undefined,
    });
    const producer = engine.createProducer({ group: 'traced_recall_producer', enableTrace: true });
    await transactions.start();
    await producer.start();
    const half = await transactions.sendHalf({ topic: 'traced_tx', body: Buffer.from('half') });
    await transactions.end(half.handle, 'COMMIT');
    const delayed = { topic: 'traced_tx', body: Buffer.from('late'), deliverAt: Date.now() + 60_000 };
    const { recallHandle, messageId } = await producer.send(delayed);
    expect(await producer.recall('traced_tx', recallHandle!)).toBe(messageId);
    await transactions.stop();
    await producer.stop();
    const ofHalf = await tracesOf(DEFAULT_TOPIC, half.result.messageId, 2);
    expect(ofHalf.map(({ type }) => type).sort()).toEqual(['EndTransaction', 'Pub']);
    const ofRecall = await tracesOf(DEFAULT_TOPIC, messageId, 2);
    expect(ofRecall.map(({ type, success }) => `${type} ${success}`).sort()).toEqual(['Pub true', 'Recall true']);
  });
});
