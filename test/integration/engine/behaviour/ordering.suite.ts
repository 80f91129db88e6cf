import type { ReceivedMessage } from '../../../../lib/engine/index.js';
import type { Target } from '../../../support/engine-targets.js';
import { body, Inbox, success, withRig } from './rig.js';

/** Messages of one key are consumed in the order they were sent, whatever happens. */
export function ordering(target: () => Target): void {
  const rig = withRig(target);
  const KEYS = ['ann', 'bob', 'cid', 'dan', 'eve'];

  const sendByKey = async (count: number, from = 0): Promise<void> => {
    const producer = await rig().producer();
    for (let n = from; n < from + count; n++) {
      await Promise.all(
        KEYS.map((key) => producer.send({ topic: rig().topic, body: body(`${key} ${n}`) }, { shardingKey: key })),
      );
    }
    await producer.stop();
  };

  /** What was seen first of each key, in the order it was seen. */
  const firstSeen = (messages: readonly ReceivedMessage[]): Map<string, string[]> => {
    const seen = new Map(KEYS.map((key) => [key, [] as string[]]));
    for (const message of messages) {
      const [key, number] = message.body.toString().split(' ');
      const numbers = seen.get(key)!;
      if (!numbers.includes(number)) numbers.push(number);
    }
    return seen;
  };

  const expectOrder = (messages: readonly ReceivedMessage[], count: number): void => {
    const expected = Array.from({ length: count }, (_, n) => String(n));
    for (const [key, numbers] of firstSeen(messages)) expect([key, ...numbers]).toEqual([key, ...expected]);
  };

  test('by key', async () => {
    const inbox = new Inbox();
    await rig().orderlyConsumer(inbox);
    await sendByKey(30);
    await inbox.until(30 * KEYS.length);
    expectOrder(inbox.messages, 30);
  });

  test('a suspended message comes again, and nothing of its queue overtakes it', async () => {
    const failed = new Set<string>();
    const inbox = new Inbox((message) => {
      const text = message.body.toString();
      if (!text.endsWith('5') || failed.has(text)) return success;
      failed.add(text);
      return { status: 'SUSPEND', suspendMs: 100 };
    });
    await rig().orderlyConsumer(inbox);
    await sendByKey(10);
    await inbox.until(11 * KEYS.length);
    expectOrder(inbox.messages, 10);
    for (const key of KEYS) {
      const ofKey = inbox.bodies.filter((text) => text.startsWith(key));
      expect(ofKey.slice(4, 8)).toEqual([`${key} 4`, `${key} 5`, `${key} 5`, `${key} 6`]);
    }
  });

  test('while members come and go', async () => {
    const seen: ReceivedMessage[] = [];
    const inbox = new Inbox((message) => {
      seen.push(message);
      return success;
    });
    const consumers = [await rig().orderlyConsumer(inbox)];
    for (let round = 0; round < 6; round++) {
      if (round % 2 === 0) consumers.push(await rig().orderlyConsumer(inbox));
      else await consumers.shift()?.stop();
      await sendByKey(10, round * 10);
    }
    const distinct = (): number => new Set(seen.map((message) => message.body.toString())).size;
    await inbox.until(() => distinct() === 60 * KEYS.length);
    expectOrder(seen, 60);
  });

  test('while the broker restarts', async () => {
    const inbox = new Inbox();
    await rig().orderlyConsumer(inbox);
    await sendByKey(10);
    await rig().target.restartBroker();
    await sendByKey(10, 10);
    const distinct = (): number => new Set(inbox.bodies).size;
    await inbox.until(() => distinct() === 20 * KEYS.length);
    expectOrder(inbox.messages, 20);
  });

  test('what is suspended too often is a dead letter, and the rest goes on', async () => {
    const inbox = new Inbox((message) =>
      message.body.toString() === 'ann 0' ? { status: 'SUSPEND', suspendMs: 10 } : success,
    );
    await rig().orderlyConsumer(inbox, { maxReconsumeTimes: 2 });
    await sendByKey(3);
    const dead = new Inbox();
    await rig().consumer(dead, {
      group: `${rig().group}-undertaker`,
      subscriptions: [{ topic: `%DLQ%${rig().group}` }],
    });
    await dead.until(1);
    expect(dead.bodies).toEqual(['ann 0']);
    await inbox.until(() => inbox.bodies.includes('ann 2'));
    expect(inbox.bodies.filter((text) => text.startsWith('ann'))).toEqual([
      'ann 0',
      'ann 0',
      'ann 0',
      'ann 1',
      'ann 2',
    ]);
  });
}
