import type { Target } from '../../../support/engine-targets.js';
import { body, Inbox, numbers, success, withRig } from './rig.js';

/** What is sent arrives, as it was sent, where it was sent. */
export function producing(target: () => Target): void {
  const rig = withRig(target);

  test('a message arrives with all it was given', async () => {
    const [inbox, producer] = [new Inbox(), await rig().producer()];
    await rig().consumer(inbox);
    const result = await producer.send({
      topic: rig().topic,
      body: body('hello'),
      tag: 'paid',
      keys: ['k1', 'k2'],
      flag: 7,
      shardingKey: 'customer',
      properties: { color: 'rouge foncé', mark: '✓' },
    });
    await inbox.until(1);
    const [message] = inbox.messages;
    expect(message).toMatchObject({
      topic: rig().topic,
      brokerName: result.queue.brokerName,
      queueId: result.queue.queueId,
      queueOffset: result.queueOffset,
      tag: 'paid',
      keys: ['k1', 'k2'],
      flag: 7,
      messageId: result.messageId,
      offsetMessageId: result.offsetMessageId,
      reconsumeTimes: 0,
    });
    expect(message.body.toString()).toBe('hello');
    expect(message.properties.get('color')).toBe('rouge foncé');
    expect(message.properties.get('mark')).toBe('✓');
    expect(Math.abs(message.storeTimestamp - message.bornTimestamp)).toBeLessThan(60_000);
  });

  test('oneway messages arrive', async () => {
    const [inbox, producer] = [new Inbox(), await rig().producer()];
    await rig().consumer(inbox);
    await Promise.all(numbers(20).map((n) => producer.sendOneway({ topic: rig().topic, body: body(n) })));
    await inbox.until(20);
    expect(inbox.bodies.sort()).toEqual(numbers(20).sort());
  });

  test('a batch is stored side by side; each message is its own', async () => {
    const [inbox, producer] = [new Inbox(), await rig().producer()];
    await rig().consumer(inbox);
    const messages = numbers(20).map((n) => ({ topic: rig().topic, body: body(n), keys: `key${n}`, tag: `tag${n}` }));
    const result = await producer.sendBatch(messages);
    await inbox.until(20);
    const inOrder = [...inbox.messages].sort((a, b) => a.queueOffset - b.queueOffset);
    expect(inOrder.map((message) => message.body.toString())).toEqual(numbers(20));
    expect(inOrder.map(({ messageId }) => messageId)).toEqual(result.messageId.split(','));
    expect(inOrder.map(({ keys, tag }) => [...keys, tag])).toEqual(numbers(20).map((n) => [`key${n}`, `tag${n}`]));
    expect(new Set(inOrder.map(({ queueId }) => queueId)).size).toBe(1);
  });

  test('a long body arrives as it was, though it travels compressed', async () => {
    const [inbox, producer] = [new Inbox(), await rig().producer()];
    await rig().consumer(inbox);
    const long = Buffer.from(numbers(20_000).join());
    await producer.send({ topic: rig().topic, body: long });
    await inbox.until(1);
    expect(inbox.messages[0].body.equals(long)).toBe(true);
    expect(inbox.messages[0].sysFlag & 1).toBe(1);
  });

  test('a message goes to the queue that is named, or that its key or a selector picks', async () => {
    const producer = await rig().producer();
    const queues = await producer.publishQueues(rig().topic);
    expect(queues).toHaveLength(4);
    const send = (options: object) => producer.send({ topic: rig().topic, body: body('x') }, options);
    expect((await send({ queue: queues[3] })).queue).toEqual(queues[3]);
    expect((await send({ selectQueue: () => queues[2] })).queue).toEqual(queues[2]);
    const chosen = [await send({ shardingKey: 'TagA' }), await send({ shardingKey: 'TagA' })].map(
      ({ queue }) => queue.queueId,
    );
    expect(chosen).toEqual([2598919 % 4, 2598919 % 4]);
  });

  test('a delayed message arrives when its time has come, not before', async () => {
    const [inbox, producer] = [new Inbox(), await rig().producer()];
    await rig().consumer(inbox);
    const sentAt = Date.now();
    await producer.send({ topic: rig().topic, body: body('level'), delayLevel: 1 });
    await producer.send({ topic: rig().topic, body: body('at'), deliverAt: sentAt + 2000 });
    await producer.send({ topic: rig().topic, body: body('now') });
    await inbox.until(1);
    expect(inbox.bodies).toEqual(['now']);
    await inbox.until(3);
    const arrived = new Map(inbox.messages.map((message) => [message.body.toString(), message.storeTimestamp]));
    expect(arrived.get('level')).toBeGreaterThanOrEqual(sentAt + 1000);
    expect(arrived.get('at')).toBeGreaterThanOrEqual(sentAt + 1000); // delivery times are kept to the second, rounded down
  });

  test('a request gets the reply of its consumer; one that nobody answers ends with its timeout', async () => {
    const answering = await rig().producer();
    const inbox = new Inbox(async (message) => {
      const text = message.body.toString();
      if (text !== 'silence' && message.properties.has('CORRELATION_ID')) {
        await answering.reply(message, { body: body(`${text}!`), tag: 'answer', properties: { mood: 'good' } });
      }
      return success;
    });
    await rig().consumer(inbox);
    const asking = await rig().producer();
    const { topic } = rig();
    const replies = await Promise.all(
      numbers(10).map((n) => asking.request({ topic, body: body(n) }, { timeoutMs: 10_000 })),
    );
    expect(replies.map((reply) => reply.body.toString())).toEqual(numbers(10).map((n) => `${n}!`));
    expect(replies[0]).toMatchObject({ tag: 'answer' });
    expect(replies[0].properties.get('mood')).toBe('good');
    const unanswered = asking.request({ topic, body: body('silence') }, { timeoutMs: 500 });
    await expect(unanswered).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
    await asking.send({ topic, body: body('sent, not requested') });
    await inbox.until(() => inbox.bodies.includes('sent, not requested'));
    const sent = inbox.messages.find((message) => message.body.toString() === 'sent, not requested')!;
    await expect(answering.reply(sent, { body: body('x') })).rejects.toMatchObject({
      code: 'INVALID_MESSAGE',
      field: 'request',
    });
  });

  test('the first message of a topic creates it', async () => {
    const producer = await rig().producer();
    const topic = `${rig().topic}-young`;
    const inbox = new Inbox();
    await rig().consumer(inbox, { subscriptions: [{ topic }] });
    await producer.send({ topic, body: body('first') });
    await inbox.until(1);
    expect(inbox.bodies).toEqual(['first']);
  });

  test('a message that may not be sent disturbs no other', async () => {
    const [inbox, producer] = [new Inbox(), await rig().producer()];
    await rig().consumer(inbox);
    const { topic } = rig();
    const outcomes = await Promise.allSettled([
      producer.send({ topic, body: Buffer.alloc(5 * 1024 * 1024) }),
      producer.send({ topic, body: body('good') }),
      producer.send({ topic: '../bad', body: body('x') }),
      producer.send({ topic, body: body('good') }, { queue: { topic, brokerName: 'nobody', queueId: 0 } }),
      producer.send({ topic, body: body('good too') }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    await inbox.until(2);
    expect(inbox.bodies.sort()).toEqual(['good', 'good too']);
  });
}
