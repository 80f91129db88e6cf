import { CallPace } from '../../../../../lib/engine/client/consumer/call-pace.js';
import { VirtualClock } from '../../../../../lib/testing/virtual-clock.js';

function pace(limit: { messages: number; perMs: number } | undefined) {
  const clock = new VirtualClock();
  const goOn = jest.fn();
  return { clock, goOn, pace: new CallPace(limit, clock, goOn) };
}

it('lets everything begin without a limit', () => {
  const { pace: free } = pace(undefined);
  for (let i = 0; i < 1000; i++) expect(free.mayBegin(1024)).toBe(true);
});

it('lets no more than the limit begin within any period, and says when it goes on', async () => {
  const { clock, goOn, pace: limited } = pace({ messages: 3, perMs: 1000 });
  expect(limited.mayBegin(1)).toBe(true);
  await clock.advance(400);
  expect(limited.mayBegin(2)).toBe(true);
  expect(limited.mayBegin(1)).toBe(false);
  expect(limited.mayBegin(1)).toBe(false);
  await clock.advance(599);
  expect(goOn).not.toHaveBeenCalled();
  await clock.advance(1);
  expect(goOn).toHaveBeenCalledTimes(1);
  expect(limited.mayBegin(1)).toBe(true);
  expect(limited.mayBegin(1)).toBe(false); // two of the last second began at 400
});

it('lets a batch that is larger than the limit begin when nothing else has', async () => {
  const { clock, pace: limited } = pace({ messages: 2, perMs: 100 });
  expect(limited.mayBegin(50)).toBe(true);
  expect(limited.mayBegin(50)).toBe(false);
  await clock.advance(100);
  expect(limited.mayBegin(50)).toBe(true);
});

it('waits for nothing more after a halt', async () => {
  const { clock, goOn, pace: limited } = pace({ messages: 1, perMs: 100 });
  limited.mayBegin(1);
  limited.mayBegin(1);
  limited.halt();
  expect(clock.scheduledTasks).toBe(0);
  await clock.advance(1000);
  expect(goOn).not.toHaveBeenCalled();
});
