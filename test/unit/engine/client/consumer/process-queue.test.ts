import fc from 'fast-check';
import { ProcessQueue, type CachedMessage } from '../../../../../lib/engine/client/consumer/process-queue.js';
import { StoredMessage } from '../../../../../lib/engine/client/received-message.js';
import type { MessageRecord } from '../../../../../lib/engine/message/message.js';

const QUEUE = { topic: 'T', brokerName: 'b', queueId: 0 };
const messages = (...offsets: number[]): StoredMessage[] =>
  offsets.map((queueOffset) => new StoredMessage({ queueOffset, totalSize: 100 } as MessageRecord, 'b', 'T'));

test('nothing that is not settled is ever below the committed offset', () => {
  const steps = fc.array(fc.record({ pulled: fc.array(fc.boolean(), { maxLength: 5 }), settle: fc.nat() }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, (script) => {
      const queue = new ProcessQueue(QUEUE, 0);
      const open: CachedMessage[] = [];
      let next = 0;
      for (const { pulled, settle } of script) {
        const offsets = pulled.flatMap((kept, index) => (kept ? [next + index] : [])); // the rest was filtered out
        next += pulled.length;
        open.push(...queue.accept(messages(...offsets), next));
        if (open.length > 0) queue.settle(open.splice(settle % open.length, 1));
        const lowest = Math.min(next, ...open.map(({ message }) => message.queueOffset));
        expect(queue.commitOffset).toBe(lowest);
        expect(queue.count).toBe(open.length);
        expect(queue.cachedBytes).toBe(open.length * 100);
      }
      queue.settle(open);
      expect(queue.commitOffset).toBe(next);
    }),
  );
});

test('a message is settled once', () => {
  const queue = new ProcessQueue(QUEUE, 0);
  const [entry] = queue.accept(messages(0, 1), 2);
  queue.settle([entry]);
  queue.settle([entry]);
  expect(queue).toMatchObject({ count: 1, cachedBytes: 100, commitOffset: 1 });
});

test('waits are over when their condition holds', async () => {
  const queue = new ProcessQueue(QUEUE, 0);
  const entries = queue.accept(messages(0, 1), 2);
  let over = false;
  const waiting = queue.until(() => queue.count === 0).then(() => (over = true));
  queue.settle(entries.slice(0, 1));
  await Promise.resolve();
  expect(over).toBe(false);
  queue.settle(entries);
  await waiting;
});

test.each([
  [{ messages: 1, bytes: 1e9, span: 1e9 }],
  [{ messages: 1e9, bytes: 199, span: 1e9 }],
  [{ messages: 1e9, bytes: 1e9, span: 6 }],
])('%j is exceeded by two messages seven offsets apart', (limits) => {
  const queue = new ProcessQueue(QUEUE, 0);
  expect(queue.exceeds(limits)).toBe(false);
  queue.accept(messages(0, 7), 8);
  expect(queue.exceeds(limits)).toBe(true);
});
