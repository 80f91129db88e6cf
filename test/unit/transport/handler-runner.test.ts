import { EMPTY, NEVER, of, Subject, throwError } from 'rxjs';
import { VirtualClock } from '../../../lib/testing/virtual-clock.js';
import { ConsumeTimeoutError } from '../../../lib/transport/exceptions.js';
import { HandlerRunner } from '../../../lib/transport/handler-runner.js';

const clock = new VirtualClock();
const runner = new HandlerRunner(clock);
const givenUp = jest.fn();

function run(handle: () => unknown, timeoutMs?: number): Promise<unknown> {
  return runner.run(handle, { listenerId: 'listener', abort: givenUp }, timeoutMs);
}

beforeEach(() => givenUp.mockReset());

it('waits for an Observable to complete, and subscribes once', async () => {
  const subject = new Subject();
  let subscriptions = 0;
  const source = of(0).pipe(() => {
    subscriptions++;
    return subject;
  });
  let isDone = false;
  const done = run(() => Promise.resolve(source)).then(() => (isDone = true));
  await clock.settle();
  subject.next(1);
  await clock.settle();
  expect(isDone).toBe(false);
  subject.complete();
  await done;
  expect(subscriptions).toBe(1);
});

it.each<[string, () => unknown]>([
  [
    'throw',
    () => {
      throw new Error('boom');
    },
  ],
  ['rejection', () => Promise.reject(new Error('boom'))],
  ['failing Observable', () => throwError(() => new Error('boom'))],
  [
    'rejection instead of an Observable',
    async () => {
      throw new Error('boom');
    },
  ],
])('rejects with the error of a %s', async (_name, handle) => {
  await expect(run(handle)).rejects.toThrow('boom');
});

it('gives up at the deadline, tells the handler, and unsubscribes', async () => {
  const subject = new Subject();
  const done = run(() => subject, 100);
  const failed = expect(done).rejects.toThrow(ConsumeTimeoutError);
  await clock.advance(99);
  expect(subject.observed).toBe(true);
  await clock.advance(1);
  await failed;
  expect(subject.observed).toBe(false);
  expect(givenUp).toHaveBeenCalledWith(expect.any(ConsumeTimeoutError));
});

it('does not subscribe to what a promise brings after the deadline', async () => {
  const subject = new Subject();
  let bring: (value: unknown) => void = () => undefined;
  const done = run(() => new Promise((resolve) => (bring = resolve)), 10);
  const failed = expect(done).rejects.toThrow(ConsumeTimeoutError);
  await clock.advance(10);
  await failed;
  bring(subject);
  await clock.settle();
  expect(subject.observed).toBe(false);
});

it('has one timer for all handlers, and none when it is over', async () => {
  for (let turn = 0; turn < 10; turn++) await run(() => of(turn), 100 + turn);
  await expect(run(() => Promise.reject(new Error('boom')), 100)).rejects.toThrow('boom');
  expect(clock.scheduledTasks).toBe(1);
  await clock.advance(200);
  expect(clock.scheduledTasks).toBe(0);
  await run(() => 1, 100);
  runner.cancelAll(new Error('stopped'));
  expect(clock.scheduledTasks).toBe(0);
});

it('cancels all that run, and only those', async () => {
  await run(() => 1);
  const running = [run(() => NEVER), run(() => new Promise(() => undefined), 100)];
  const failed = running.map((one) => expect(one).rejects.toThrow('stopped'));
  expect(runner.cancelAll(new Error('stopped'))).toBe(2);
  await Promise.all(failed);
  expect(givenUp).toHaveBeenCalledTimes(2);
  expect(clock.scheduledTasks).toBe(0);
  expect(runner.cancelAll(new Error('again'))).toBe(0);
});

it.each<[string, () => unknown, unknown]>([
  ['a value', () => 1, 1],
  ['a promise', () => Promise.resolve(1), 1],
  ['an Observable', () => of(1, 2), 2],
  ['a promise of an empty one', () => Promise.resolve(EMPTY), undefined],
])('gives what a handler came to: %s', async (_, handle, value) => {
  await expect(run(handle)).resolves.toBe(value);
});
