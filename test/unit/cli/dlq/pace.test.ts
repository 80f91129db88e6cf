import { Pace } from '../../../../lib/cli/dlq/pace.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';

const never = new AbortController().signal;

test('lets so many pass a second, evenly', async () => {
  const clock = new VirtualClock();
  const pace = new Pace(clock, 4);
  const passed: number[] = [];
  const going = (async () => {
    for (let i = 0; i < 5; i++) {
      await pace.turn(never);
      passed.push(clock.monotonic());
    }
  })();
  await clock.advance(1000);
  await going;
  expect(passed).toEqual([0, 250, 500, 750, 1000]);
});

test('a pause is not made up for', async () => {
  const clock = new VirtualClock();
  const pace = new Pace(clock, 10);
  await pace.turn(never);
  await clock.advance(60_000);
  await pace.turn(never);
  const third = pace.turn(never);
  await clock.advance(100);
  await third;
  expect(clock.monotonic()).toBe(60_100);
});

test('an abort ends the wait', async () => {
  const pace = new Pace(new VirtualClock(), 1);
  const ending = new AbortController();
  await pace.turn(ending.signal);
  const second = pace.turn(ending.signal);
  ending.abort();
  await expect(second).rejects.toMatchObject({ code: 'ABORTED' });
});
