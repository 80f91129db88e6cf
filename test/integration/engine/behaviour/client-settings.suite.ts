import type {
  ClientSettings,
  Engine,
  Producer,
  ProducerOptions,
  SendAttempt,
  SendResult,
} from '../../../../lib/engine/index.js';
import type { Target } from '../../../support/engine-targets.js';
import { cycles } from '../../../support/run-options.js';
import { body, Inbox, numbers, success, withRig } from './rig.js';

/** What may be asked of a client beyond its defaults. */
export function clientSettings(target: () => Target): void {
  const rig = withRig(target);

  const connect = async (settings: ClientSettings): Promise<Engine> => rig().owns(await target().connect(settings));
  const start = async (options: Partial<ProducerOptions>, engine = rig().engine): Promise<Producer> => {
    const producer = rig().owns(engine.createProducer({ group: `${rig().group}-options`, ...options }));
    await producer.start();
    return producer;
  };

  test('a namespace keeps topics and groups apart; its applications see their own names', async () => {
    const { topic, group, engine } = rig();
    await engine.admin.topics.create(`NS%${topic}`, { readQueueNums: 1, writeQueueNums: 1 });
    const inside = await connect({ namespace: 'NS' });
    const [ours, others] = [
      new Inbox(({ reconsumeTimes }) => (reconsumeTimes === 0 ? { status: 'LATER' } : success)),
      new Inbox(),
    ];
    const consumer = rig().owns(
      inside.createPushConsumer({
        group,
        subscriptions: [{ topic }],
        consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
        listener: { mode: 'concurrent', consume: ours.consume },
      }),
    );
    await consumer.start();
    await rig().consumer(others);
    const producer = await start({}, inside);
    expect(await producer.publishQueues(topic)).toHaveLength(1);
    const { queue } = await producer.send({ topic, body: body('inside') });
    await (await start({})).send({ topic, body: body('outside') });
    await ours.until(2);
    await others.until(1);
    expect(queue.topic).toBe(topic);
    expect(ours.messages.map((message) => `${message.topic} ${message.body.toString()}`)).toEqual([
      `${topic} inside`,
      `${topic} inside`,
    ]);
    expect(others.bodies).toEqual(['outside']);
    expect(ours.messages[0].properties.get('INSTANCE_ID')).toBe('NS');
  });

  test.each(['LZ4', 'ZSTD'] as const)('bodies are compressed by %s', async (compressType) => {
    const inbox = new Inbox();
    await rig().consumer(inbox);
    const long = Buffer.from(numbers(5000).join());
    await (await start({ compressType })).send({ topic: rig().topic, body: long });
    await inbox.until(1);
    expect(inbox.messages[0].body.equals(long)).toBe(true);
    expect(inbox.messages[0].sysFlag & 0x300).toBe(compressType === 'LZ4' ? 0x100 : 0x200);
  });

  test('what became of a message is written down, and found by its id', async () => {
    const { topic, engine } = rig();
    const traceTopic = `${topic}-traces`;
    await engine.admin.topics.create(traceTopic, { readQueueNums: 1, writeQueueNums: 1 });
    const inbox = new Inbox();
    const consumer = await rig().consumer(inbox, { enableTrace: true, traceTopic });
    const producer = await start({ enableTrace: true, traceTopic });
    const { messageId } = await producer.send({ topic, body: body('traced') });
    await inbox.until(1);
    await producer.stop();
    await consumer.stop();
    const types = new Set<string>();
    while (types.size < 3) {
      // The index may follow the log a moment later; the test's timeout bounds this.
      for (const trace of await engine.admin.messages.byKey(traceTopic, messageId)) {
        for (const line of trace.body.toString().split('\x02').slice(0, -1)) types.add(line.split('\x01')[0]);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect([...types].sort()).toEqual(['Pub', 'SubAfter', 'SubBefore']);
  });

  test('hooks see requests, sends and consumption', async () => {
    const seen: string[] = [];
    const codes = new Set<number>();
    const engine = await connect({
      rpcHooks: [{ afterResponse: (_address, { code }) => void codes.add(code) }],
      credentials: { accessKey: 'somebody', secretKey: 'whatever' }, // a broker without access control ignores them
      namespaceV2: 'elsewhere',
    });
    const inbox = new Inbox();
    await rig().consumer(inbox, {
      hooks: [{ afterConsume: (_call, { status }) => void seen.push(`consumed ${status}`) }],
    });
    const producer = await start(
      { hooks: [{ afterSend: (_attempt, outcome) => void seen.push(`sent ${outcome?.status}`) }] },
      engine,
    );
    await producer.send({ topic: rig().topic, body: body('x') });
    await inbox.until(1);
    await Promise.resolve();
    expect(seen.sort()).toEqual(['consumed SUCCESS', 'sent SEND_OK']);
    expect([...codes]).toEqual(expect.arrayContaining([34, 105, 310]));
  });

  test('a message that is due later is taken back', async () => {
    const inbox = new Inbox();
    await rig().consumer(inbox);
    const producer = await start({});
    const later = { topic: rig().topic, deliverAt: Date.now() + 4000 };
    const recalled = await producer.send({ ...later, body: body('recalled') });
    await producer.send({ ...later, body: body('kept') });
    expect(await producer.recall(rig().topic, recalled.recallHandle!)).toBe(recalled.messageId);
    await inbox.until(1);
    await producer.send({ topic: rig().topic, body: body('end') });
    await inbox.until(2);
    expect(inbox.bodies).toEqual(['kept', 'end']);
    await expect(producer.recall(rig().topic, 'no handle')).rejects.toMatchObject({ field: 'recallHandle' });
  });

  test('a batch beyond maxMessageSize is sent in parts, side by side', async () => {
    const inbox = new Inbox();
    await rig().consumer(inbox);
    const attempts: SendAttempt[] = [];
    const producer = await start({
      maxMessageSize: 2000,
      hooks: [{ beforeSend: (attempt) => void attempts.push(attempt) }],
    });
    const messages = numbers(50).map((n) => ({ topic: rig().topic, body: Buffer.alloc(100, n) }));
    const { messageId, queue } = await producer.sendBatch(messages);
    await inbox.until(50);
    expect(messageId.split(',')).toHaveLength(50);
    expect(attempts.length).toBeGreaterThan(1);
    expect(attempts.every((attempt) => attempt.body.length <= 2000)).toBe(true);
    expect(new Set(inbox.messages.map(({ queueId }) => queueId))).toEqual(new Set([queue.queueId]));
  });

  test('many sends at a time: those under way are bounded, and all are stored', async () => {
    const count = 5000 * cycles(1);
    let [underWay, most] = [0, 0];
    const watch = {
      beforeSend: () => {
        most = Math.max(most, ++underWay);
      },
      afterSend: () => {
        underWay--;
      },
    };
    const producer = await start({ backPressureForAsyncSendNum: 100, sendMsgTimeoutMs: 60_000, hooks: [watch] });
    const queues = await producer.publishQueues(rig().topic);
    const payload = Buffer.alloc(1024);
    const before = process.memoryUsage();
    const sendPatiently = async (n: number): Promise<SendResult> => {
      try {
        return await producer.send({ topic: rig().topic, body: payload }, { queue: queues[n % queues.length] });
      } catch (error) {
        // Apache's broker refuses what has waited for 200 ms on a busy machine.
        if ((error as { retriable?: boolean }).retriable === true) return sendPatiently(n);
        throw error;
      }
    };
    const results = await Promise.all(Array.from({ length: count }, (_, n) => sendPatiently(n)));
    const after = process.memoryUsage();
    expect(results.every(({ status }) => status === 'SEND_OK')).toBe(true);
    expect(most).toBeLessThanOrEqual(100);
    const grown = Math.round((after.rss - before.rss) / 1024 / 1024);
    if (count >= 50_000)
      process.stdout.write(`${count} sends: at most ${most} under way, resident memory + ${grown} MiB\n`);
  }, 120_000);

  test('brokers that answer slowly or not at all are avoided, and detected again', async () => {
    const producer = await start({ sendLatencyFaultEnable: true, startDetectorEnable: true });
    for (const n of numbers(5)) {
      expect(await producer.send({ topic: rig().topic, body: body(n) })).toMatchObject({ status: 'SEND_OK' });
    }
  });

  test('client ids cannot collide by default', async () => {
    const groups = new Set<string>();
    for (const n of numbers(3)) {
      await rig().consumer(new Inbox());
      groups.add(n);
    }
    const { topic, group, engine } = rig();
    const ids = await engine.admin.clients.consumerIds(group, topic);
    expect(new Set(ids).size).toBe(3);
    const named = await connect({ instanceName: 'mine', unitName: 'east' });
    const consumer = rig().owns(
      named.createPushConsumer({
        group: `${group}-named`,
        subscriptions: [{ topic }],
        listener: { mode: 'concurrent', consume: new Inbox().consume },
      }),
    );
    await consumer.start();
    const [id] = await engine.admin.clients.consumerIds(`${group}-named`, topic);
    expect(id).toMatch(/@mine@east$/);
  });
}
