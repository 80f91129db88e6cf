import { AbortedError } from '../../../../lib/engine/common/errors.js';
import { Waiters } from '../../../../lib/engine/common/waiters.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';

function setUp() {
  const clock = new VirtualClock();
  return { clock, waiters: new Waiters<string, number>(clock) };
}

describe('Waiters', () => {
  test('a value goes to who waits for its key, once', async () => {
    const { waiters } = setUp();
    const wait = waiters.wait('a', 'the answer', 100);
    expect([waiters.resolve('b', 1), waiters.resolve('a', 42), waiters.resolve('a', 43)]).toEqual([false, true, false]);
    expect(await wait).toBe(42);
    expect(waiters.size).toBe(0);
  });

  test('waits in a row share one timer', async () => {
    const { clock, waiters } = setUp();
    for (let turn = 0; turn < 100; turn++) {
      const wait = waiters.wait(`turn ${turn}`, 'it', 1000);
      waiters.resolve(`turn ${turn}`, turn);
      expect(await wait).toBe(turn);
    }
    expect(clock.scheduledTasks).toBe(1);
    waiters.rejectAll(new Error('closed'));
    expect(clock.scheduledTasks).toBe(0);
  });

  test('a signal that has fired already is not waited with', async () => {
    const { clock, waiters } = setUp();
    await expect(waiters.wait('a', 'it', 1000, AbortSignal.abort('enough'))).rejects.toThrow(AbortedError);
    expect([waiters.size, clock.scheduledTasks]).toEqual([0, 0]);
  });

  test('one wait may fail while others go on', async () => {
    const { clock, waiters } = setUp();
    const [failed, late] = [waiters.wait('a', 'it', 1000), waiters.wait('b', 'it', 1000)].map((wait) =>
      wait.catch((error: unknown) => (error as Error).message),
    );
    waiters.reject('a', new Error('not sent'));
    expect(await failed).toBe('not sent');
    await clock.advance(1000);
    expect(await late).toBe('it: no answer within 1000 ms');
  });
});
