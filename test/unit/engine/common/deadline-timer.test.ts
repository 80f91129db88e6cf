import { DeadlineTimer } from '../../../../lib/engine/common/deadline-timer.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';

test('it fires at the earliest deadline, then at what is left, with one timer at a time', async () => {
  const clock = new VirtualClock();
  const deadlines = [300, 100, 200];
  const fired: number[] = [];
  const timer = new DeadlineTimer(clock, (now) => {
    fired.push(now);
    return Math.min(...deadlines.filter((deadline) => deadline > now));
  });
  for (const deadline of deadlines) timer.watch(deadline);
  expect(clock.scheduledTasks).toBe(1);
  await clock.advance(1000);
  expect(fired).toEqual([100, 200, 300]);
  expect(clock.scheduledTasks).toBe(0);
});

test('cancelled, it fires no more until it is told of another deadline', async () => {
  const clock = new VirtualClock();
  let fired = 0;
  const timer = new DeadlineTimer(clock, () => {
    fired++;
    return Infinity;
  });
  timer.watch(100);
  timer.cancel();
  await clock.advance(100);
  expect(fired).toBe(0);
  timer.watch(200);
  await clock.advance(100);
  expect(fired).toBe(1);
});
