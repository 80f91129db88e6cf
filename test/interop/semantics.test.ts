import { contents, type Delivered, firstKey, sortedContents } from './support/delivered.js';
import { groupBy } from './support/group-by.js';
import { describeOnTargets } from './support/on-targets.js';
import { sampleMessages } from './support/sample-messages.js';

describeOnTargets('Apache’s Java client 5.3.3: what a broker does with messages', (on) => {
  describe('retries', () => {
    on.test('a failed message comes again under its own topic, each time after its delay', async () => {
      const messages = await sent('retry', 4);
      const consumer = await on.java.consume({ group: 'g_retry', topics: ['retry'], failFirst: 2 });
      const got = await consumer.atLeast(12);
      await consumer.stop();
      for (const message of messages) {
        const tries = byTries(got, firstKey(message));
        expect(tries.map(({ reconsumeTimes }) => reconsumeTimes)).toEqual([0, 1, 2]);
        for (const again of tries) expect(contents(again)).toEqual(contents(message));
        for (const again of tries.slice(1)) {
          expect(again.systemProperties).toMatchObject({ RETRY_TOPIC: 'retry' });
          expect(again.systemProperties.ORIGIN_MESSAGE_ID).toMatch(/^[0-9A-F]{32}$/);
          expect(again.messageId).toBe(tries[0].messageId);
        }
        // Levels 3 and 4 last a second each.
        expect(tries[2].storeTimestamp - tries[0].storeTimestamp).toBeGreaterThanOrEqual(2_000);
      }
    });

    on.test('the listener may ask for a delay level of its own', async () => {
      await sent('retry_level', 2);
      const consumer = await on.java.consume({
        group: 'g_retry_level',
        topics: ['retry_level'],
        failFirst: 1,
        delayLevel: 2,
      });
      const got = await consumer.atLeast(4);
      await consumer.stop();
      const [first, second] = byTries(got, 'k-0000');
      expect(second.storeTimestamp - first.storeTimestamp).toBeGreaterThanOrEqual(2_000);
    });

    on.test('a message that fails too often becomes a dead letter', async () => {
      const messages = await sent('dead', 4);
      const consumer = await on.java.consume({
        group: 'g_dead',
        topics: ['dead'],
        failFirst: 99,
        maxReconsumeTimes: 1,
      });
      await consumer.atLeast(8);
      const dead = await deadLetters('g_dead', 4);
      await consumer.stop();
      expect(sortedContents(dead)).toEqual(
        sortedContents(messages.map((message) => ({ ...message, topic: '%DLQ%g_dead' }))),
      );
      for (const letter of dead) {
        expect(letter.reconsumeTimes).toBe(2);
        expect(letter.systemProperties).toMatchObject({ RETRY_TOPIC: 'dead' });
      }
      expect(consumer.all).toHaveLength(8);
    });

    on.test('delay level -1 makes a dead letter at once', async () => {
      await sent('reject', 2);
      const consumer = await on.java.consume({ group: 'g_reject', topics: ['reject'], failFirst: 99, delayLevel: -1 });
      const dead = await deadLetters('g_reject', 2);
      await consumer.stop();
      expect(dead.map(({ reconsumeTimes }) => reconsumeTimes)).toEqual([1, 1]);
      expect(consumer.all).toHaveLength(2);
    });

    on.test('in order, a failed message is tried again before any behind it', async () => {
      await sent('suspend', 12);
      const consumer = await on.java.consume({
        group: 'g_suspend',
        topics: ['suspend'],
        mode: 'orderly',
        failFirst: 1,
        suspendMs: 50,
      });
      const got = await consumer.atLeast(24);
      await consumer.stop();
      for (const queue of groupBy(got, ({ queueId }) => queueId).values()) {
        const steps = queue.map(({ queueOffset, reconsumeTimes }) => 2 * queueOffset + reconsumeTimes);
        expect(steps).toEqual(steps.map((_, step) => step));
      }
    });

    on.test('in order, one that fails too often makes way as a dead letter', async () => {
      await sent('stuck', 4);
      const consumer = await on.java.consume({
        group: 'g_stuck',
        topics: ['stuck'],
        mode: 'orderly',
        failFirst: 99,
        maxReconsumeTimes: 1,
        suspendMs: 50,
      });
      const dead = await deadLetters('g_stuck', 4);
      await consumer.stop();
      expect(dead.map(firstKey).toSorted()).toEqual(['k-0000', 'k-0001', 'k-0002', 'k-0003']);
      expect(consumer.all).toHaveLength(8);
    });
  });

  describe('groups', () => {
    on.test('two members share the queues; when one leaves, the other takes over', async () => {
      await on.java.createTopic('shared');
      const first = await on.java.consume({ group: 'g_shared', topics: ['shared'], instance: '1' });
      const second = await on.java.consume({ group: 'g_shared', topics: ['shared'], instance: '2' });
      let rounds = 0;
      while (new Set(first.all.map(queueOf)).size === 0 || new Set(second.all.map(queueOf)).size === 0) {
        expect(++rounds).toBeLessThan(50);
        await on.java.send(sampleMessages('shared', 8, `a${rounds}`));
        await total(rounds * 8);
      }
      await second.stop();
      await on.java.send(sampleMessages('shared', 8, 'b'));
      const got = await first.until((all) => all.filter(isB).length >= 8, '8 after the other left');
      expect(new Set(got.filter(isB).map(queueOf)).size).toBe(4);
      await first.stop();

      async function total(count: number): Promise<void> {
        await first
          .until(() => first.all.length + second.all.length >= count, `${count} in all`, 100)
          .catch(() => undefined);
        await second.until(() => first.all.length + second.all.length >= count, `${count} in all`);
      }
    });

    on.test('progress is kept: a member that comes back goes on where the last one stopped', async () => {
      await sent('progress', 8);
      const before = await on.java.consume({ group: 'g_progress', topics: ['progress'] });
      await before.atLeast(8);
      await before.stop();
      const later = sampleMessages('progress', 8, 'later');
      await on.java.send(later);
      const after = await on.java.consume({ group: 'g_progress', topics: ['progress'] });
      await after.atLeast(8);
      await after.stop();
      expect(sortedContents(after.all)).toEqual(sortedContents(later));
      const lag = await on.java.consumeStats('g_progress');
      expect(lag.filter(({ queue }) => queue.topic === 'progress').map(lagOf)).toEqual([0, 0, 0, 0]);
    });

    on.test('each of two broadcasting members gets everything', async () => {
      const messages = await sent('broadcast', 8);
      const options = { group: 'g_broadcast', topics: ['broadcast'], model: 'BROADCASTING' } as const;
      const members = [
        await on.java.consume({ ...options, instance: '1' }),
        await on.java.consume({ ...options, instance: '2' }),
      ];
      for (const member of members) {
        expect(sortedContents(await member.atLeast(8))).toEqual(sortedContents(messages));
        await member.stop();
      }
    });

    on.test('a new group that asks for the last offset of a young topic gets all of it', async () => {
      const messages = await sent('young', 8);
      const consumer = await on.java.consume({ group: 'g_young', topics: ['young'], from: 'CONSUME_FROM_LAST_OFFSET' });
      expect(sortedContents(await consumer.atLeast(8))).toEqual(sortedContents(messages));
      await consumer.stop();
    });

    on.test('an offset reset by time brings the messages again', async () => {
      const messages = await sent('again', 8);
      const consumer = await on.java.consume({ group: 'g_again', topics: ['again'] });
      await consumer.atLeast(8);
      const { storeTimestamp } = consumer.all[0];
      expect(await on.java.resetOffset('again', 'g_again', storeTimestamp - 1_000)).toBe(4);
      // The reset takes effect at a queue's next pull; these end the pulls that wait for messages.
      const wakers = (await on.java.queues('again')).map((queue, i) => ({
        ...sampleMessages('again', 4, 'wake')[i],
        queue,
      }));
      await on.java.send(wakers, 'queue');
      const got = await consumer.until((all) => all.filter(isFirst).length >= 16, 'the first 8 twice');
      await consumer.stop();
      expect(sortedContents(got.filter(isFirst).slice(8))).toEqual(sortedContents(messages));
    });

    on.test('an offset reset that is pushed to a running consumer brings the messages again', async () => {
      const messages = await sent('pushed', 8);
      const before = await on.java.consume({ group: 'g_pushed', topics: ['pushed'] });
      const [first] = await before.atLeast(8);
      await before.stop(); // so its offsets are committed: Apache resets no others
      const consumer = await on.java.consume({ group: 'g_pushed', topics: ['pushed'] });
      await keptByBroker(false);
      expect(await on.java.resetOffset('pushed', 'g_pushed', first.storeTimestamp - 1_000)).toBe(4);
      const got = await consumer.atLeast(8); // Apache's client waits ten seconds before it goes on
      await keptByBroker(true);
      await consumer.stop();
      expect(sortedContents(got)).toEqual(sortedContents(messages));

      async function keptByBroker(isKept: boolean): Promise<void> {
        const setting = ['-k', 'useServerSideResetOffset', '-v', String(isKept)];
        const printed = await on.java.mqadmin('updateBrokerConfig', '-b', on.cluster.brokerAddress, ...setting);
        expect(printed).toContain('update broker config success');
      }
    });

    on.test('a message to a topic that nobody created makes it, with four queues', async () => {
      await on.java.send(sampleMessages('made_by_sending', 1));
      expect(await on.java.queues('made_by_sending')).toHaveLength(4);
    });
  });

  describe('transactions', () => {
    on.test('a check brings the half message and its answer decides', async () => {
      await on.java.createTopic('checked');
      const checks = on.probe.checks();
      const [rolledBack, committed] = sampleMessages('checked', 2);
      // Apache stores a half message again when it asks about it, and forgets its flag then.
      const kept = on.name === 'ours' ? committed : { ...committed, flag: 0 };
      await on.java.transaction([rolledBack], { decide: 'UNKNOWN', answer: 'ROLLBACK' });
      await on.java.transaction([committed], { decide: 'UNKNOWN', answer: 'COMMIT' });
      const asked = await checks.atLeast(2);
      expect(contents(asked.find((check) => firstKey(check) === firstKey(committed))!)).toEqual(contents(committed));
      const consumer = await on.java.consume({ group: 'g_checked', topics: ['checked'] });
      await consumer.atLeast(1);
      expect(consumer.all.map(contents)).toEqual([contents(kept)]);
      const [message] = consumer.all;
      expect(message.transactionId).toBe(message.messageId);
      expect(message.preparedTransactionOffset).toBeGreaterThan(0);
      expect(message.systemProperties).toMatchObject({ TRAN_MSG: 'true', PGROUP: 'probe-transactions' });
      await consumer.stop();
    });
  });

  describe('recall', () => {
    on.test('a delayed message that was recalled never comes', async () => {
      await on.java.createTopic('recalled', { queues: 1 });
      const [recalled, kept] = sampleMessages('recalled', 2);
      const due = { systemProperties: { TIMER_DELIVER_MS: String(Date.now() + 3_000) } };
      await on.java.sendAndRecall({ ...recalled, ...due });
      await on.java.send([{ ...kept, ...due }]);
      const consumer = await on.java.consume({ group: 'g_recalled', topics: ['recalled'] });
      await consumer.atLeast(1);
      await consumer.stop();
      expect(consumer.all.map(contents)).toEqual([contents(kept)]);
    });
  });

  describe('requests', () => {
    on.test('a request is answered by whoever consumes it', async () => {
      await on.java.createTopic('questions');
      const consumer = await on.java.consume({ group: 'g_questions', topics: ['questions'], reply: true });
      const [question] = sampleMessages('questions', 1);
      const reply = await on.java.request({ ...question, body: Buffer.from('how many?') }, 10_000);
      expect(reply.toString()).toBe('reply to how many?');
      await consumer.stop();
    });
  });

  describe('queries', () => {
    on.test('a message is found by both kinds of id, and by each of its keys', async () => {
      await on.java.createTopic('found');
      const messages = sampleMessages('found', 6);
      const results = await on.java.send(messages);
      const [message, result] = [messages[3], results[3]];
      expect(contents(await on.java.view('found', result.messageId))).toEqual(contents(message));
      expect(contents(await on.java.view('found', result.offsetMessageId))).toEqual(contents(message));
      for (const key of message.keys) {
        expect((await on.java.queryByKey('found', key)).map(contents)).toEqual([contents(message)]);
      }
      await expect(on.java.queryByKey('found', 'no such key')).rejects.toThrow(
        'query message by key finished, but no message',
      );
    });

    on.test('offsets: first, last, by time', async () => {
      await on.java.createTopic('bounds', { queues: 1 });
      const results = await on.java.send(sampleMessages('bounds', 3));
      const { queue } = results[0];
      const stored = await on.java.view('bounds', results[1].offsetMessageId);
      const bounds = await on.java.offsets(queue, stored.storeTimestamp);
      expect(bounds).toMatchObject({ min: 0, max: 3 });
      expect(bounds.atTimestamp).toBeLessThanOrEqual(1);
      expect((await on.java.offsets(queue, stored.storeTimestamp + 60_000)).atTimestamp).toBe(3);
      expect((await on.java.offsets(queue, bounds.earliestStoreTime)).atTimestamp).toBe(0);
    });

    on.test('what a send result tells', async () => {
      await on.java.createTopic('results', { queues: 1 });
      const results = await on.java.send(sampleMessages('results', 3));
      expect(results.map(({ queueOffset }) => queueOffset)).toEqual([0, 1, 2]);
      for (const result of results) {
        expect(result).toMatchObject({ status: 'SEND_OK', regionId: 'DefaultRegion', traceOn: true });
        expect(result.messageId).toMatch(/^[0-9A-F]{32}$/);
        expect(result.offsetMessageId).toMatch(/^7F000001[0-9A-F]{24}$/);
        expect(result.queue).toMatchObject({ topic: 'results', queueId: 0 });
      }
    });
  });

  async function sent(topic: string, count: number): Promise<ReturnType<typeof sampleMessages>> {
    await on.java.createTopic(topic);
    const messages = sampleMessages(topic, count);
    await on.java.send(messages);
    return messages;
  }

  async function deadLetters(group: string, count: number): Promise<readonly Delivered[]> {
    const consumer = await on.java.consume({ group: `${group}_dead`, topics: [`%DLQ%${group}`] });
    const letters = await consumer.atLeast(count);
    await consumer.stop();
    return letters;
  }
});

/** The deliveries of one message, in the order they came. */
function byTries(got: readonly Delivered[], key: string): Delivered[] {
  return got.filter((message) => firstKey(message) === key);
}

function queueOf({ queueId }: Delivered): number {
  return queueId;
}

function isB(message: Delivered): boolean {
  return firstKey(message).startsWith('b-');
}

function isFirst(message: Delivered): boolean {
  return firstKey(message).startsWith('k-');
}

function lagOf({ brokerOffset, consumerOffset }: { brokerOffset: number; consumerOffset: number }): number {
  return brokerOffset - consumerOffset;
}
