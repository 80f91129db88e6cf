import type { PopConsumer, PopConsumerOptions, ReceivedMessage } from '../../../../lib/engine/index.js';
import type { Target } from '../../../support/engine-targets.js';
import { body, Inbox, numbers, success, untilAll, withRig } from './rig.js';

/** Nobody owns a queue: members of a group take messages for a while, and acknowledge each. */
export function popping(target: () => Target): void {
  const rig = withRig(target);

  const send = async (bodies: readonly string[], tag?: string): Promise<void> => {
    const producer = await rig().producer();
    await Promise.all(bodies.map((text) => producer.send({ topic: rig().topic, body: body(text), tag })));
    await producer.stop();
  };

  const start = async (more: Partial<PopConsumerOptions> = {}): Promise<PopConsumer> => {
    const engine = await target().connect();
    const consumer = rig().owns(
      engine.createPopConsumer({
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

  const take = async (consumer: PopConsumer, count: number): Promise<ReceivedMessage[]> => {
    const taken: ReceivedMessage[] = [];
    for (let pops = 0; taken.length < count && pops < 100; pops++) taken.push(...(await consumer.pop()));
    return taken;
  };
  const bodies = (messages: readonly ReceivedMessage[]): string[] => messages.map((message) => String(message.body));

  test('pop: members take what is there, each message once', async () => {
    await send(numbers(50));
    const [first, second] = [await start(), await start()];
    const all: string[] = [];
    const read = async (consumer: PopConsumer): Promise<void> => {
      while (all.length < 50) {
        for (const message of await consumer.pop({ maxMessages: 8, timeoutMs: 1000 })) {
          all.push(String(message.body));
          await consumer.ack(message);
        }
      }
    };
    await Promise.all([read(first), read(second)]);
    expect(all.sort()).toEqual(numbers(50).sort());
  });

  test('pop: waits for what comes; ends with its time, its signal and its consumer', async () => {
    const consumer = await start();
    const waiting = consumer.pop();
    await send(['late']);
    const [late] = await waiting;
    expect(String(late.body)).toBe('late');
    await consumer.ack(late);
    expect(await consumer.pop({ timeoutMs: 0 })).toEqual([]);
    const controller = new AbortController();
    const aborted = consumer.pop({ signal: controller.signal });
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
    const ended = consumer.pop();
    await consumer.stop();
    expect(await ended).toEqual([]);
  });

  test('pop: what is not acknowledged comes again, counted; what is acknowledged does not', async () => {
    await send(['done', 'forgotten']);
    const consumer = await start({ invisibleTimeMs: 1500 });
    for (const message of await take(consumer, 2)) if (String(message.body) === 'done') await consumer.ack(message);
    const [again] = await take(consumer, 1);
    expect(String(again.body)).toBe('forgotten');
    expect(again).toMatchObject({ topic: rig().topic, reconsumeTimes: 1 });
    await consumer.ack(again);
  });

  test('pop: a message may be kept longer, or given back earlier', async () => {
    await send(['a']);
    const consumer = await start({ invisibleTimeMs: 60_000 });
    const [first] = await take(consumer, 1);
    await consumer.changeInvisibleTime(first, 30_000);
    await consumer.changeInvisibleTime(first, 1000);
    const [second] = await take(consumer, 1);
    expect([String(second.body), second.reconsumeTimes]).toEqual(['a', 1]);
    await consumer.ack(second);
  });

  test('pop: by tag, by the text and not by the hash', async () => {
    await send(['no'], 'BB');
    await send(['yes'], 'Aa');
    const consumer = await start({ subscriptions: [{ topic: rig().topic, expression: 'Aa || C' }] });
    expect(bodies(await take(consumer, 1))).toEqual(['yes']);
  });

  test('pop in order: what was popped of a queue blocks the rest of it, for all members', async () => {
    const producer = await rig().producer();
    const [queue] = await rig().engine.admin.topics.queues(rig().topic);
    for (const text of ['1', '2', '3']) await producer.send({ topic: rig().topic, body: body(text) }, { queue });
    const [first, second] = [await start({ isOrderly: true }), await start({ isOrderly: true })];
    const [one, two] = await first.pop({ maxMessages: 2 });
    expect(bodies([one, two])).toEqual(['1', '2']);
    expect(await second.pop({ timeoutMs: 0 })).toEqual([]);
    await first.ack(one);
    expect(await second.pop({ timeoutMs: 0 })).toEqual([]);
    await first.changeInvisibleTime(two, 500);
    const again = await take(second, 2);
    expect(again.map((message) => [String(message.body), message.reconsumeTimes])).toEqual([
      ['2', 1],
      ['3', 0],
    ]);
    for (const message of again) await second.ack(message);
    await producer.send({ topic: rig().topic, body: body('4') }, { queue });
    const [last] = await take(first, 1);
    expect([String(last.body), last.reconsumeTimes]).toEqual(['4', 0]);
    await first.ack(last);
  });

  test('push: a group that is told to pop does so, and shares a queue', async () => {
    const inboxes = [new Inbox(), new Inbox()];
    // The group has to be known before its mode can be set.
    const early = await start();
    await early.stop();
    await rig().engine.admin.groups.setRequestMode(rig().group, rig().topic, { mode: 'POP' });
    for (const inbox of inboxes) await rig().consumer(inbox, { clientRebalance: false, popBatchNums: 4 });
    await send(numbers(100));
    const all = (): string[] => inboxes.flatMap((inbox) => inbox.bodies);
    await untilAll(inboxes, () => new Set(all()).size === 100);
    for (const { messages } of inboxes) expect(messages.length).toBeGreaterThan(0);
    expect(all().length).toBe(100);
  });

  test('push: popped messages that fail come again, and are dead letters in the end', async () => {
    const early = await start();
    await early.stop();
    await rig().engine.admin.groups.setRequestMode(rig().group, rig().topic, { mode: 'POP' });
    const inbox = new Inbox((message) => (String(message.body) === 'bad' ? { status: 'LATER' } : success));
    await rig().consumer(inbox, { clientRebalance: false, maxReconsumeTimes: 1, popRetryDelaysMs: [1000] });
    await send(['good', 'bad']);
    const dead = new Inbox();
    const subscriptions = [{ topic: `%DLQ%${rig().group}` }];
    await rig().consumer(dead, { group: `${rig().group}-undertaker`, subscriptions });
    await dead.until(1);
    expect(dead.bodies).toEqual(['bad']);
    expect(inbox.bodies.filter((text) => text === 'bad')).toHaveLength(2);
    expect(inbox.bodies.filter((text) => text === 'good')).toHaveLength(1);
  });

  test('push: a group that was not told anything pulls what its brokers assign', async () => {
    const inboxes = [new Inbox(), new Inbox()];
    const consumers = [];
    for (const inbox of inboxes) consumers.push(await rig().consumer(inbox, { clientRebalance: false }));
    await send(numbers(40));
    const all = (): string[] => inboxes.flatMap((inbox) => inbox.bodies);
    await untilAll(inboxes, () => new Set(all()).size === 40);
    await consumers[0].stop();
    await send(numbers(40).map((text) => `again ${text}`));
    await inboxes[1].until(() => new Set(all()).size === 80);
  });
}
