import { OffsetWaiters } from '../../../../lib/engine/common/offset-waiters.js';

function tracked(waiters: OffsetWaiters, targets: number[]): { released: number[]; failed: number[] } {
  const outcome: { released: number[]; failed: number[] } = { released: [], failed: [] };
  for (const target of targets) {
    waiters.wait(target).then(
      () => outcome.released.push(target),
      () => outcome.failed.push(target),
    );
  }
  return outcome;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('OffsetWaiters', () => {
  test('releases those whose target is reached, in the order of their targets', async () => {
    const waiters = new OffsetWaiters();
    const outcome = tracked(waiters, [30, 10, 20]);
    waiters.advanceTo(9);
    await settled();
    expect(outcome.released).toEqual([]);
    waiters.advanceTo(20);
    await settled();
    expect(outcome.released).toEqual([10, 20]);
    waiters.advanceTo(15); // never back
    waiters.advanceTo(40);
    await settled();
    expect(outcome.released).toEqual([10, 20, 30]);
  });

  test('what was reached before needs no wait, not even after a failure', async () => {
    const waiters = new OffsetWaiters(100);
    waiters.fail(new Error('disk'));
    await expect(waiters.wait(100)).resolves.toBeUndefined();
    await expect(waiters.wait(101)).rejects.toThrow('disk');
  });

  test('a failure ends all waits with its first reason', async () => {
    const waiters = new OffsetWaiters();
    const waiting = waiters.wait(1);
    waiters.fail(new Error('first'));
    waiters.fail(new Error('second'));
    await expect(waiting).rejects.toThrow('first');
    await expect(waiters.wait(2)).rejects.toThrow('first');
  });
});
