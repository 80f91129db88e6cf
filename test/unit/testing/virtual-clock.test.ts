import { VirtualClock } from '../../../lib/testing/virtual-clock.js';

describe('VirtualClock', () => {
  test('time passes only by advance()', async () => {
    const clock = new VirtualClock(1000);
    expect([clock.now(), clock.monotonic()]).toEqual([1000, 0]);
    await clock.advance(250);
    expect([clock.now(), clock.monotonic()]).toEqual([1250, 250]);
  });

  test('tasks run at their time, in order; those of one time in the order they were scheduled', async () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    const note = (name: string) => () => ran.push(`${name}@${clock.monotonic()}`);
    clock.schedule(20, note('c'));
    clock.schedule(10, note('a'));
    clock.schedule(10, note('b'));
    clock.schedule(31, note('late'));
    await clock.advance(30);
    expect(ran).toEqual(['a@10', 'b@10', 'c@20']);
    expect(clock.scheduledTasks).toBe(1);
  });

  test('a task may schedule tasks that come due in the same advance', async () => {
    const clock = new VirtualClock();
    const ran: number[] = [];
    const again = (): void => {
      ran.push(clock.monotonic());
      clock.schedule(10, again);
    };
    clock.schedule(10, again);
    await clock.advance(35);
    expect(ran).toEqual([10, 20, 30]);
  });

  test('promises settle between two tasks', async () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    clock.schedule(10, () => {
      void (async () => {
        for (let step = 0; step < 50; step++) await Promise.resolve();
        ran.push('first, and all that follows');
      })();
    });
    clock.schedule(11, () => ran.push('second'));
    await clock.advance(20);
    expect(ran).toEqual(['first, and all that follows', 'second']);
  });

  test('a task without delay runs after this turn, without an advance', async () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    clock.schedule(0, () => {
      ran.push('task');
      clock.schedule(0, () => ran.push('its follower'));
    });
    ran.push('this turn');
    await clock.settle();
    expect(ran).toEqual(['this turn', 'task', 'its follower']);
    expect(clock.monotonic()).toBe(0);
  });

  test('a cancelled task does not run; cancelling again is harmless', async () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    const tasks = [0, 10].map((delay) => clock.schedule(delay, () => ran.push(`${delay}`)));
    for (const task of [...tasks, ...tasks]) task.cancel();
    await clock.advance(20);
    expect(ran).toEqual([]);
    expect(clock.scheduledTasks).toBe(0);
  });

  test('two advances follow each other', async () => {
    const clock = new VirtualClock();
    await Promise.all([clock.advance(10), clock.advance(5)]);
    expect(clock.monotonic()).toBe(15);
  });
});

test('upkeep waits for a multiple of its interval or the end of an advance, everything else comes at its time', async () => {
  const clock = new VirtualClock(0, 60_000);
  const ran: string[] = [];
  const note = (name: string) => () => void ran.push(`${name} at ${clock.monotonic()}`);
  const beat = (): void => {
    note('heartbeat')();
    clock.schedule(1000, beat, true);
  };
  beat();
  clock.schedule(59_000, note('cleaning'), true);
  clock.schedule(1500, note('retry'));
  await clock.advance(130_000);
  expect(ran).toEqual([
    'heartbeat at 0',
    'retry at 1500',
    'heartbeat at 60000',
    'cleaning at 60000',
    'heartbeat at 120000',
    'heartbeat at 130000',
  ]);
  await clock.advance(999);
  expect(ran).toHaveLength(6);
});
