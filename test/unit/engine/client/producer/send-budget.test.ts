import { SendBudget } from '../../../../../lib/engine/client/producer/send-budget.js';
import { VirtualClock } from '../../../../../lib/testing/virtual-clock.js';

let clock: VirtualClock;
let budget: SendBudget;
const patience = (timeoutMs = 1000, signal?: AbortSignal) => ({ deadline: clock.monotonic() + timeoutMs, signal });

beforeEach(() => {
  clock = new VirtualClock();
  budget = new SendBudget(clock, { count: 2, bytes: 100 });
});

test('sends enter at once while there is room, by number and by bytes', () => {
  expect(budget.enter(60, patience())).toBeUndefined();
  expect(budget.enter(60, patience())).toBeDefined(); // too many bytes
  budget.leave(60);
  expect(budget.inFlight).toBe(1); // the one that waited
  expect(budget.enter(40, patience())).toBeDefined(); // behind it, until it has gone on
});

test('those who wait come in the order they came, and nobody in between', async () => {
  const order: string[] = [];
  const send = async (name: string): Promise<void> => {
    const turn = budget.enter(10, patience());
    if (turn) await turn;
    order.push(name);
    await Promise.resolve();
    budget.leave(10);
  };
  await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(send));
  expect(order).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);

  const late: string[] = [];
  expect(budget.enter(10, patience())).toBeUndefined();
  expect(budget.enter(10, patience())).toBeUndefined();
  const waiting = budget.enter(10, patience())!.then(() => late.push('waiting'));
  budget.leave(10);
  const newcomer = budget.enter(10, patience())?.then(() => late.push('newcomer'));
  expect(newcomer).toBeDefined();
  await waiting;
  budget.leave(10);
  await newcomer;
  expect(late).toEqual(['waiting', 'newcomer']);
});

test('one that is larger than all there is goes alone', async () => {
  expect(budget.enter(1000, patience())).toBeUndefined();
  const next = budget.enter(1, patience());
  budget.leave(1000);
  await next;
  expect(budget.inFlight).toBe(1);
});

test('a wait ends by its timeout or its signal, and leaves nothing behind', async () => {
  expect(budget.enter(100, patience())).toBeUndefined();
  const controller = new AbortController();
  const late = budget.enter(1, patience(50));
  const aborted = budget.enter(1, patience(1000, controller.signal));
  const outcomes = Promise.allSettled([late, aborted]);
  controller.abort();
  await clock.advance(50);
  expect((await outcomes).map((outcome) => outcome.status === 'rejected' && (outcome.reason as Error).name)).toEqual([
    'RequestTimeoutError',
    'AbortedError',
  ]);
  budget.leave(100);
  expect(budget.inFlight).toBe(0);
});
