import type { Target } from '../../../support/engine-targets.js';
import { body, Inbox, withRig } from './rig.js';

/** Topics, offsets and messages can be looked at. */
export function administration(target: () => Target): void {
  const rig = withRig(target, 2);

  test('topics are created, listed and deleted', async () => {
    const { admin } = rig().engine;
    const topic = `${rig().topic}-mine`;
    await admin.topics.create(topic, { readQueueNums: 3, writeQueueNums: 3 });
    expect(await admin.topics.names()).toContain(topic);
    expect(await admin.topics.queues(topic)).toHaveLength(3);
    await admin.topics.delete(topic);
    expect(await admin.topics.names()).not.toContain(topic);
    await expect(admin.topics.create('../x')).rejects.toMatchObject({ code: 'CONFIGURATION', field: 'topic' });
    await expect(admin.topics.create(topic, { brokerNames: ['nobody'] })).rejects.toMatchObject({
      field: 'brokerNames',
    });
    await expect(admin.topics.queues('Nowhere')).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
  });

  test('offsets follow the messages', async () => {
    const { admin } = rig().engine;
    const producer = await rig().producer();
    const [queue] = await admin.topics.queues(rig().topic);
    expect(await admin.offsets.max(queue)).toBe(0);
    expect(await admin.offsets.earliestStoreTime(queue)).toBeLessThanOrEqual(0);
    const before = Date.now();
    for (const text of ['a', 'b']) await producer.send({ topic: rig().topic, body: body(text) }, { queue });
    // Apache's broker counts a message a moment after it has acknowledged it.
    await untilDefined(async () => ((await admin.offsets.max(queue)) === 2 ? true : undefined));
    expect(await admin.offsets.min(queue)).toBe(0);
    expect(await admin.offsets.search(queue, before - 1000)).toBe(0);
    expect(await admin.offsets.search(queue, Date.now() + 60_000)).toBe(2);
    expect(await admin.offsets.earliestStoreTime(queue)).toBeGreaterThanOrEqual(before);
  });

  test('a message is found by either id and by its keys', async () => {
    const { admin } = rig().engine;
    const producer = await rig().producer();
    const { topic } = rig();
    const sent = await producer.send({ topic, body: body('wanted'), keys: ['order-1', 'customer-7'] });
    await producer.send({ topic, body: body('other'), keys: ['order-2'] });
    for (const id of [sent.messageId, sent.offsetMessageId]) {
      const found = await untilDefined(() => admin.messages.view(topic, id));
      expect(found).toMatchObject({ messageId: sent.messageId, offsetMessageId: sent.offsetMessageId });
      expect(found.body.toString()).toBe('wanted');
    }
    const byKey = await untilDefined(async () => {
      const found = await admin.messages.byKey(topic, 'customer-7');
      return found.length > 0 ? found : undefined;
    });
    expect(byKey.map((message) => message.body.toString())).toEqual(['wanted']);
    expect(await admin.messages.byKey(topic, 'nobody')).toEqual([]);
    expect(await admin.messages.view(topic, `${'0'.repeat(24)}00000000`)).toBeUndefined();
  });

  test('a group’s progress is known by queue', async () => {
    const { admin } = rig().engine;
    const { topic, group } = rig();
    const producer = await rig().producer();
    const inbox = new Inbox();
    const consumer = await rig().consumer(inbox);
    expect(await admin.clients.consumerIds(group, topic)).toHaveLength(1);
    for (let n = 0; n < 4; n++) await producer.send({ topic, body: body(`${n}`) });
    await inbox.until(4);
    await consumer.stop();
    await producer.send({ topic, body: body('late') });
    const progress = await admin.offsets.progress(group, topic);
    expect(progress).toHaveLength(2);
    expect(progress.reduce((sum, { lag }) => sum + lag, 0)).toBe(1);
    expect(await admin.clients.consumerIds(group, topic)).toEqual([]);
  });
}

/** Index and consume queue may follow the log a moment later. */
async function untilDefined<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look(); // the test's own timeout bounds this
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
