import type { PushConsumer } from '../../../../lib/engine/index.js';
import type { Target } from '../../../support/engine-targets.js';
import { body, Inbox, numbers, success, untilAll, withRig } from './rig.js';

/** Every message reaches its group at least once; what fails comes again, in the end as a dead letter. */
export function consuming(target: () => Target): void {
  const rig = withRig(target);

  const send = async (...bodies: string[]): Promise<void> => {
    const producer = await rig().producer();
    await Promise.all(bodies.map((text) => producer.send({ topic: rig().topic, body: body(text) })));
    await producer.stop();
  };

  test('a subscription by tags gets these tags only', async () => {
    const inbox = new Inbox();
    await rig().consumer(inbox, { subscriptions: [{ topic: rig().topic, expression: 'Aa || C' }] });
    const producer = await rig().producer();
    // BB has the hash of Aa.
    for (const tag of ['Aa', 'BB', 'C', 'D', undefined, 'Aa']) {
      await producer.send({ topic: rig().topic, body: body(tag ?? 'none'), tag });
    }
    await inbox.until(3);
    await send('the end is filtered too');
    expect(inbox.bodies.sort()).toEqual(['Aa', 'Aa', 'C']);
  });

  test('groups each get everything', async () => {
    const inboxes = [new Inbox(), new Inbox()];
    await rig().consumer(inboxes[0]);
    await rig().consumer(inboxes[1], { group: `${rig().group}-other` });
    await send(...numbers(10));
    for (const inbox of inboxes) {
      await inbox.until(10);
      expect(inbox.bodies.sort()).toEqual(numbers(10));
    }
  });

  test('a group goes on where it ended', async () => {
    const first = new Inbox();
    const consumer = await rig().consumer(first);
    await send('a', 'b');
    await first.until(2);
    await consumer.stop();
    await send('c', 'd');
    const second = new Inbox();
    await rig().consumer(second);
    await second.until(2);
    await send('e');
    await second.until(3);
    expect(second.bodies.sort()).toEqual(['c', 'd', 'e']);
  });

  test('what fails comes again, with the count of its attempts', async () => {
    const inbox = new Inbox(({ reconsumeTimes }) => (reconsumeTimes < 2 ? { status: 'LATER' } : success));
    await rig().consumer(inbox);
    await send('a');
    await inbox.until(3);
    expect(inbox.messages.map(({ reconsumeTimes }) => reconsumeTimes)).toEqual([0, 1, 2]);
    expect(new Set(inbox.messages.map(({ topic }) => topic))).toEqual(new Set([rig().topic]));
    expect(new Set(inbox.messages.map(({ messageId }) => messageId)).size).toBe(1);
  });

  test('what fails too often, or is rejected, is a dead letter that can be read', async () => {
    const inbox = new Inbox((message) =>
      message.body.toString() === 'reject' ? { status: 'REJECT' } : { status: 'LATER', delayLevel: 1 },
    );
    await rig().consumer(inbox, { maxReconsumeTimes: 1 });
    await send('fail', 'reject');
    const dead = new Inbox();
    const deadLetters = [{ topic: `%DLQ%${rig().group}` }];
    await rig().consumer(dead, { group: `${rig().group}-undertaker`, subscriptions: deadLetters });
    await dead.until(2);
    expect(dead.bodies.sort()).toEqual(['fail', 'reject']);
    expect(inbox.bodies.filter((text) => text === 'fail')).toHaveLength(2);
  });

  test('members of a group share the messages; when one leaves the others take over', async () => {
    const inboxes = [new Inbox(), new Inbox(), new Inbox()];
    const consumers: PushConsumer[] = [];
    for (const inbox of inboxes) consumers.push(await rig().consumer(inbox));
    const all = (): string[] => inboxes.flatMap(({ bodies }) => bodies);
    const distinct = (): number => new Set(all()).size;
    const received = (count: number): Promise<void> => untilAll(inboxes, () => distinct() >= count);
    await send(...numbers(100));
    await received(100);
    await consumers[0].stop();
    await send(...numbers(100).map((n) => `again ${n}`));
    await received(200);
    expect(inboxes[1].bodies.length + inboxes[2].bodies.length).toBeGreaterThan(100);
    const queues = consumers
      .flatMap((consumer) => consumer.assignedQueues())
      .filter(({ topic }) => topic === rig().topic);
    expect(queues.map(({ queueId }) => queueId).sort()).toEqual([0, 1, 2, 3]);
  });

  test('a slow listener stops the fetching, and nothing is lost by it', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const inbox = new Inbox(async () => {
      await gate;
      return success;
    });
    await rig().consumer(inbox, { pullThresholdForQueue: 10, pullBatchSize: 5, concurrency: 2 });
    await send(...numbers(200));
    await inbox.until(() => true);
    release();
    await inbox.until(200);
    expect(new Set(inbox.bodies).size).toBe(200);
  });

  test('stop waits for the listener; its message does not come again', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const first = await rig().consumer(
      new Inbox(async () => {
        begin();
        await gate;
        return success;
      }),
    );
    await send('a');
    await begun;
    const stopping = first.stop();
    release();
    await stopping;
    const second = new Inbox();
    await rig().consumer(second);
    await send('b');
    await second.until(1);
    expect(second.bodies).toEqual(['b']);
  });

  test('a new group begins at the end, the first, or a time', async () => {
    await send('old');
    const between = Date.now() + 1;
    while (Date.now() <= between) await new Promise((resolve) => setImmediate(resolve));
    await send('newer');
    const timed = new Inbox();
    await rig().consumer(timed, {
      group: `${rig().group}-timed`,
      consumeFromWhere: 'CONSUME_FROM_TIMESTAMP',
      consumeTimestamp: between,
    });
    const first = new Inbox();
    await rig().consumer(first, { group: `${rig().group}-first` });
    await first.until(2);
    await send('newest');
    await first.until(3);
    await timed.until(() => timed.bodies.includes('newest'));
    expect(timed.bodies).toContain('newer');
  });

  test('broadcasting gives every member everything', async () => {
    const inboxes = [new Inbox(), new Inbox()];
    for (const inbox of inboxes) await rig().consumer(inbox, { messageModel: 'BROADCASTING' });
    await send(...numbers(10));
    for (const inbox of inboxes) {
      await inbox.until(10);
      expect(inbox.bodies.sort()).toEqual(numbers(10));
    }
  });

  test('messages come in batches of the wished size', async () => {
    await send(...numbers(50));
    const sizes: number[] = [];
    const inbox = new Inbox();
    await rig().consumer(inbox, {
      consumeMessageBatchMaxSize: 5,
      listener: {
        mode: 'concurrent',
        consume: (messages) => {
          sizes.push(messages.length);
          return inbox.consume(messages);
        },
      },
    });
    await inbox.until(50);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5);
    expect(inbox.bodies.length).toBe(50);
  });
}
