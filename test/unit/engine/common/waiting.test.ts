import { getEventListeners, getMaxListeners } from 'node:events';
import { AbortedError, RequestTimeoutError } from '../../../../lib/engine/common/errors.js';
import { PeriodicTask } from '../../../../lib/engine/common/periodic-task.js';
import { sleep } from '../../../../lib/engine/common/sleep.js';
import { withTimeout } from '../../../../lib/engine/common/with-timeout.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';

describe('sleep', () => {
  test('ends when its time has come', async () => {
    const clock = new VirtualClock();
    let awake = false;
    void sleep(clock, 100).then(() => (awake = true));
    await clock.advance(99);
    expect(awake).toBe(false);
    await clock.advance(1);
    expect(awake).toBe(true);
  });

  test('an abort ends it and leaves no task behind', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const sleeping = sleep(clock, 100, controller.signal);
    controller.abort();
    await expect(sleeping).rejects.toThrow(AbortedError);
    expect(clock.scheduledTasks).toBe(0);
    await expect(sleep(clock, 100, controller.signal)).rejects.toThrow(AbortedError);
  });
});

test('many waits may share a signal without Node taking them for a leak', async () => {
  const clock = new VirtualClock();
  const { signal } = new AbortController();
  const sleeping = sleep(clock, 100, signal);
  expect(getMaxListeners(signal)).toBe(Infinity);
  await clock.advance(100);
  await sleeping;
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

describe('withTimeout', () => {
  test('passes on what the work gives, and leaves no task behind', async () => {
    const clock = new VirtualClock();
    await expect(withTimeout(Promise.resolve(7), { clock, timeoutMs: 10, what: 'it' })).resolves.toBe(7);
    await expect(withTimeout(Promise.reject(new Error('no')), { clock, timeoutMs: 10, what: 'it' })).rejects.toThrow(
      'no',
    );
    expect(clock.scheduledTasks).toBe(0);
  });

  test('time that is up and a signal end the wait', async () => {
    const clock = new VirtualClock();
    const never = new Promise<void>(() => {});
    const late = withTimeout(never, { clock, timeoutMs: 10, what: 'it' });
    const [outcome] = await Promise.all([late.catch((error: unknown) => error), clock.advance(10)]);
    expect(outcome).toEqual(new RequestTimeoutError('it', 10));
    const signal = AbortSignal.abort();
    await expect(withTimeout(never, { clock, timeoutMs: 10, what: 'it', signal })).rejects.toThrow(AbortedError);
    expect(clock.scheduledTasks).toBe(0);
  });
});

describe('PeriodicTask', () => {
  test('a round begins an interval after the last one ended', async () => {
    const clock = new VirtualClock();
    const rounds: number[] = [];
    const task = new PeriodicTask({
      clock,
      intervalMs: 10,
      initialDelayMs: 3,
      run: async () => {
        rounds.push(clock.monotonic());
        await sleep(clock, 5);
      },
      onError: () => {},
    });
    task.start();
    task.start();
    await clock.advance(40);
    expect(rounds).toEqual([3, 18, 33]);
    await task.stop();
    await clock.advance(100);
    expect(rounds).toHaveLength(3);
    expect(clock.scheduledTasks).toBe(0);
  });

  test('a round that fails is reported and the next one runs', async () => {
    const clock = new VirtualClock();
    const errors: unknown[] = [];
    const task = new PeriodicTask({
      clock,
      intervalMs: 10,
      run: () => {
        throw new Error('round');
      },
      onError: (error) => errors.push(error),
    });
    task.start();
    await clock.advance(20);
    expect(errors).toHaveLength(2);
    await task.stop();
  });

  test('stop() waits for the round under way', async () => {
    const clock = new VirtualClock();
    let ended = false;
    const task = new PeriodicTask({
      clock,
      intervalMs: 10,
      run: async () => {
        await sleep(clock, 5);
        ended = true;
      },
      onError: () => {},
    });
    task.start();
    await clock.advance(12);
    const stopped = task.stop().then(() => ended);
    await clock.advance(5);
    expect(await stopped).toBe(true);
  });
});
