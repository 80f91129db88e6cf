import { BatchGatherer } from '../../../../../lib/engine/client/consumer/batch-gatherer.js';
import { ProcessQueue, type CachedMessage } from '../../../../../lib/engine/client/consumer/process-queue.js';
import { VirtualClock } from '../../../../../lib/testing/virtual-clock.js';

const queues = [0, 1].map((queueId) => new ProcessQueue({ topic: 'T', brokerName: 'b', queueId }, 0));
const messages = (...names: string[]) => names as unknown as CachedMessage[]; // told apart is all they need to be

function gatherer(size: number, waitMs: number) {
  const clock = new VirtualClock();
  const batches: string[] = [];
  const onBatch = ({ queue }: ProcessQueue, entries: readonly unknown[]) =>
    batches.push(`${queue.queueId}: ${entries.join(' ')}`);
  return { clock, batches, gatherer: new BatchGatherer({ size, waitMs, clock, onBatch }) };
}

it('cuts what is there when it need not wait', () => {
  const { clock, batches, gatherer: cutter } = gatherer(2, 0);
  cutter.add(queues[0], messages('a', 'b', 'c'));
  cutter.add(queues[0], messages('d'));
  expect(batches).toEqual(['0: a b', '0: c', '0: d']);
  expect(clock.scheduledTasks).toBe(0);
});

it('waits until a batch is full, each queue for itself, or its first message has waited long enough', async () => {
  const { clock, batches, gatherer: waiting } = gatherer(3, 100);
  waiting.add(queues[0], messages('a'));
  waiting.add(queues[1], messages('x'));
  await clock.advance(60);
  waiting.add(queues[0], messages('b', 'c', 'd'));
  expect(batches).toEqual(['0: a b c']);
  waiting.add(queues[1], messages('y'));
  await clock.advance(40);
  expect(batches).toEqual(['0: a b c', '1: x y']);
  await clock.advance(60);
  expect(batches).toEqual(['0: a b c', '1: x y', '0: d']);
});

it('forgets what waits', async () => {
  const { clock, batches, gatherer: waiting } = gatherer(3, 100);
  waiting.add(queues[0], messages('a'));
  waiting.clear();
  expect(clock.scheduledTasks).toBe(0);
  await clock.advance(1000);
  expect(batches).toEqual([]);
});
