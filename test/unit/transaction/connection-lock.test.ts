import { ConnectionLock } from '../../../lib/transaction/connection-lock.js';

function gate() {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

it('lets one in at a time, in the order of asking', async () => {
  const lock = new ConnectionLock('orders.db');
  const log: string[] = [];
  const visit = (name: string) =>
    lock.hold(async () => {
      log.push(`${name} in`);
      await Promise.resolve();
      log.push(`${name} out`);
    });
  await Promise.all(['a', 'b', 'c'].map(visit));
  expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
});

it('is free again after a failure', async () => {
  const lock = new ConnectionLock('orders.db');
  await expect(lock.hold(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(lock.hold(() => Promise.resolve('yes'))).resolves.toBe('yes');
});

it('lets the impatient go, and those behind them in', async () => {
  const lock = new ConnectionLock('orders.db');
  const { open, opened } = gate();
  const patience = new AbortController();
  const first = lock.hold(() => opened);
  const impatient = lock.hold(() => Promise.resolve('entered'), { lockTimeoutMs: 5, signal: patience.signal });
  const last = lock.hold(() => Promise.resolve('entered'));
  patience.abort();
  await expect(impatient).rejects.toMatchObject({ code: 'LOCK_TIMEOUT', timeoutMs: 5 });
  open();
  await first;
  await expect(last).resolves.toBe('entered');
});

it('does not throw out who is in already', async () => {
  const lock = new ConnectionLock('orders.db');
  const patience = new AbortController();
  const { open, opened } = gate();
  const inside = lock.hold(() => opened.then(() => 'done'), { lockTimeoutMs: 5, signal: patience.signal });
  patience.abort();
  open();
  await expect(inside).resolves.toBe('done');
});
