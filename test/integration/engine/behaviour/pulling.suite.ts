import type { LitePullConsumer, LitePullConsumerOptions, ReceivedMessage } from '../../../../lib/engine/index.js';
import type { Target } from '../../../support/engine-targets.js';
import { body, numbers, withRig } from './rig.js';

/** Consumers that ask for messages: lite pull, where the group or the application assigns queues, and plain pull. */
export function pulling(target: () => Target): void {
  const rig = withRig(target);

  const send = async (bodies: readonly string[], more: { tag?: string; age?: string } = {}): Promise<void> => {
    const producer = await rig().producer();
    const { tag, age } = more;
    const properties = age === undefined ? undefined : { age };
    for (const text of bodies) await producer.send({ topic: rig().topic, body: body(text), tag, properties });
    await producer.stop();
  };

  const sendTo = async (queueId: number, bodies: readonly string[]): Promise<void> => {
    const producer = await rig().producer();
    const [queue] = (await rig().engine.admin.topics.queues(rig().topic)).filter((one) => one.queueId === queueId);
    for (const text of bodies) await producer.send({ topic: rig().topic, body: body(text) }, { queue });
    await producer.stop();
  };

  const start = async (more: Partial<LitePullConsumerOptions> = {}): Promise<LitePullConsumer> => {
    const engine = await target().connect();
    const consumer = rig().owns(
      engine.createLitePullConsumer({
        group: rig().group,
        subscriptions: [{ topic: rig().topic }],
        consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
        ...more,
      }),
      engine,
    );
    await consumer.start();
    return consumer;
  };

  const byHand = (more: Partial<LitePullConsumerOptions> = {}): Promise<LitePullConsumer> =>
    start({ subscriptions: undefined, ...more });

  /** Polls until so many messages are there. */
  const take = async (consumer: LitePullConsumer, count: number): Promise<string[]> => {
    const taken: ReceivedMessage[] = [];
    for (let polls = 0; taken.length < count && polls < 200; polls++) taken.push(...(await consumer.poll()));
    return taken.map((message) => message.body.toString());
  };

  test('lite pull: the members of a group share what is sent', async () => {
    const consumers = [await start(), await start()];
    await send(numbers(40));
    const seen = new Set<string>();
    const read = async (consumer: LitePullConsumer): Promise<void> => {
      while (seen.size < 40)
        for (const message of await consumer.poll({ timeoutMs: 500 })) seen.add(String(message.body));
    };
    await Promise.all(consumers.map(read));
    const queues = consumers.flatMap((consumer) => consumer.assignment().map(({ queueId }) => queueId));
    expect(queues.sort()).toEqual([0, 1, 2, 3]);
  });

  test('lite pull: goes on where it ended', async () => {
    await send(numbers(10));
    const first = await start();
    expect((await take(first, 10)).sort()).toEqual(numbers(10));
    await first.commit();
    await first.stop();
    await send(['next']);
    expect(await take(await start(), 1)).toEqual(['next']);
  });

  test('lite pull: for await brings each queue in order', async () => {
    await sendTo(1, numbers(30));
    const consumer = await start();
    const seen: string[] = [];
    for await (const message of consumer) {
      seen.push(message.body.toString());
      if (seen.length === 30) break;
    }
    expect(seen).toEqual(numbers(30));
  });

  test('lite pull: by tag and by SQL', async () => {
    await send(['young'], { tag: 'A', age: '10' });
    await send(['old'], { tag: 'B', age: '70' });
    await send(['older'], { tag: 'A', age: '80' });
    const byTag = await start({ subscriptions: [{ topic: rig().topic, expression: 'A' }] });
    expect((await take(byTag, 2)).sort()).toEqual(['older', 'young']);
    const bySql = await start({
      group: `${rig().group}-sql`,
      subscriptions: [{ topic: rig().topic, type: 'SQL92', expression: 'age > 60' }],
    });
    expect((await take(bySql, 2)).sort()).toEqual(['old', 'older']);
  });

  test('lite pull: several topics', async () => {
    const other = `${rig().topic}-other`;
    await rig().engine.admin.topics.create(other, { readQueueNums: 1, writeQueueNums: 1 });
    await send(['here']);
    const producer = await rig().producer();
    await producer.send({ topic: other, body: body('there') });
    const consumer = await start({ subscriptions: [{ topic: rig().topic }, { topic: other }] });
    expect((await take(consumer, 2)).sort()).toEqual(['here', 'there']);
  });

  test('lite pull: assigned queues, seek, position, pause', async () => {
    await sendTo(0, numbers(10));
    await sendTo(1, ['x']);
    const consumer = await byHand();
    const [first, second] = await consumer.fetchMessageQueues(rig().topic);
    await consumer.assign([first]);
    expect(await take(consumer, 10)).toEqual(numbers(10));
    await consumer.seek(first, 7);
    expect(await take(consumer, 3)).toEqual(['7', '8', '9']);
    await consumer.seekToBegin(first);
    expect(await take(consumer, 10)).toEqual(numbers(10));
    expect(consumer.position(first)).toBe(10);
    await consumer.seekToEnd(first);
    await consumer.assign([first, second]);
    expect(await take(consumer, 1)).toEqual(['x']);
    consumer.pause([second]);
    await sendTo(1, ['y']);
    await sendTo(0, ['10']);
    expect(await take(consumer, 1)).toEqual(['10']);
    expect(await consumer.poll({ timeoutMs: 200 })).toEqual([]);
    consumer.resume([second]);
    expect(await take(consumer, 1)).toEqual(['y']);
  });

  test('lite pull: seek to a time', async () => {
    await sendTo(0, ['before']);
    const now = Date.now();
    while (Date.now() <= now + 2) await new Promise((resolve) => setImmediate(resolve));
    const between = Date.now();
    while (Date.now() <= between) await new Promise((resolve) => setImmediate(resolve));
    await sendTo(0, ['after']);
    const consumer = await byHand();
    const [queue] = await consumer.fetchMessageQueues(rig().topic);
    await consumer.assign([queue]);
    await consumer.seekToTimestamp(queue, between);
    expect(await take(consumer, 1)).toEqual(['after']);
    expect(await consumer.offsetForTimestamp(queue, between)).toBe(1);
  });

  test('lite pull: without autoCommit only commit() commits', async () => {
    await sendTo(0, numbers(5));
    const consumer = await start({ autoCommit: false });
    const queue = { topic: rig().topic, brokerName: consumer.assignment()[0].brokerName, queueId: 0 };
    await take(consumer, 5);
    await consumer.poll({ timeoutMs: 0 });
    await consumer.stop();
    const again = await start({ autoCommit: false });
    expect(await take(again, 5)).toEqual(numbers(5));
    await again.commit([{ queue, offset: 3 }]);
    expect(await again.committed(queue)).toBe(3);
    await again.stop();
    expect(await take(await start(), 2)).toEqual(['3', '4']);
  });

  test('lite pull: broadcasting brings everything to everybody', async () => {
    const consumers = [await start({ messageModel: 'BROADCASTING' }), await start({ messageModel: 'BROADCASTING' })];
    await send(numbers(8));
    for (const consumer of consumers) expect((await take(consumer, 8)).sort()).toEqual(numbers(8));
  });

  test('pull: from any offset, with its status, waiting if wished, and the progress', async () => {
    await sendTo(2, numbers(5));
    const consumer = rig().owns(rig().engine.createPullConsumer({ group: rig().group }));
    await consumer.start();
    const queues = await consumer.fetchSubscribeMessageQueues(rig().topic);
    expect(queues.map(({ queueId }) => queueId)).toEqual([0, 1, 2, 3]);
    const queue = queues[2];
    const found = await consumer.pull(queue, 1, { maxMessages: 3 });
    expect(found).toMatchObject({ status: 'FOUND', nextBeginOffset: 4, minOffset: 0, maxOffset: 5 });
    expect(found.messages.map((message) => message.body.toString())).toEqual(['1', '2', '3']);
    expect(await consumer.pull(queue, 5)).toMatchObject({ status: 'NO_NEW_MSG' });
    expect(await consumer.pull(queue, 99)).toMatchObject({ status: 'OFFSET_ILLEGAL' });
    const waiting = consumer.pullBlockIfNotFound(queue, 5, { suspendTimeoutMs: 10_000 });
    await sendTo(2, ['new']);
    expect((await waiting).messages.map((message) => message.body.toString())).toEqual(['new']);
    expect(await consumer.fetchConsumeOffset(queue)).toBeUndefined();
    await consumer.updateConsumeOffset(queue, 4);
    expect(await consumer.fetchConsumeOffset(queue)).toBe(4);
  });

  test('pull: by tag; what is sent back comes by the retry topic', async () => {
    await send(['a'], { tag: 'A' });
    await send(['b'], { tag: 'B' });
    const consumer = rig().owns(rig().engine.createPullConsumer({ group: rig().group }));
    await consumer.start();
    const pulls = (await consumer.fetchSubscribeMessageQueues(rig().topic)).map((queue) =>
      consumer.pull(queue, 0, { expression: 'B' }),
    );
    const messages = (await Promise.all(pulls)).flatMap((outcome) => outcome.messages);
    expect(messages.map((message) => message.body.toString())).toEqual(['b']);
    await consumer.sendMessageBack(messages[0], 1);
    const member = await start();
    await take(member, 2);
    const again = await start({ subscriptions: [{ topic: `%RETRY%${rig().group}` }], group: `${rig().group}-again` });
    expect(await take(again, 1)).toEqual(['b']);
  });
}
