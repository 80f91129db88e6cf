import { AbortedError, ClosedError, RequestTimeoutError } from '../../../../lib/engine/common/errors.js';
import { numbered, response } from '../../../../lib/engine/protocol/remoting-command.js';
import { PendingRequests } from '../../../../lib/engine/remoting/pending-requests.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';

function setUp() {
  const clock = new VirtualClock();
  return { clock, pending: new PendingRequests(clock) };
}

/** Runs what settles beside the clock, so that a rejection is never without an owner. */
const outcomeOf = (wait: Promise<unknown>): Promise<unknown> => wait.catch((error: unknown) => error);

describe('PendingRequests', () => {
  test('an answer goes to whom it belongs, whatever the order', async () => {
    const { pending } = setUp();
    const opaques = [pending.nextOpaque(), pending.nextOpaque()];
    const waits = opaques.map((opaque) => pending.wait(opaque, 'call', 1000));
    for (const opaque of [...opaques].reverse()) {
      expect(pending.settle(numbered(response(0, { remark: `for ${opaque}` }), opaque, 1))).toBe(true);
    }
    expect((await Promise.all(waits)).map(({ remark }) => remark)).toEqual(opaques.map((opaque) => `for ${opaque}`));
    expect(pending.size).toBe(0);
  });

  test('an answer that nobody waits for changes nothing', () => {
    const { pending } = setUp();
    expect(pending.settle(numbered(response(0), 77, 1))).toBe(false);
  });

  test('each waits for its own time', async () => {
    const { clock, pending } = setUp();
    const ended: string[] = [];
    const wait = (timeoutMs: number) =>
      outcomeOf(pending.wait(pending.nextOpaque(), `call of ${timeoutMs}`, timeoutMs)).then((error) => {
        ended.push(`${clock.monotonic()}: ${(error as Error).message}`);
      });
    const waits = [wait(300), wait(100), wait(200)];
    await clock.advance(99);
    expect(ended).toEqual([]);
    await clock.advance(201);
    await Promise.all(waits);
    expect(ended).toEqual([100, 200, 300].map((ms) => `${ms}: call of ${ms}: no answer within ${ms} ms`));
  });

  test('calls answered in time start one timer, not one each', async () => {
    const { clock, pending } = setUp();
    for (let call = 0; call < 100; call++) {
      const opaque = pending.nextOpaque();
      const wait = pending.wait(opaque, 'call', 1000);
      pending.settle(numbered(response(0), opaque, 1));
      await wait;
    }
    expect(clock.scheduledTasks).toBe(1);
    await clock.advance(1000);
    expect(clock.scheduledTasks).toBe(0);
  });

  test('a timeout is retriable and typed', async () => {
    const { clock, pending } = setUp();
    const [error] = await Promise.all([outcomeOf(pending.wait(1, 'call', 5)), clock.advance(5)]);
    expect(error).toBeInstanceOf(RequestTimeoutError);
    expect(error).toMatchObject({ code: 'REQUEST_TIMEOUT', retriable: true, timeoutMs: 5 });
    expect(pending.settle(numbered(response(0), 1, 1))).toBe(false);
  });

  test('an abort ends one wait and lets go of the signal', async () => {
    const { pending } = setUp();
    const controller = new AbortController();
    const aborted = pending.wait(1, 'call', 1000, controller.signal);
    const answered = pending.wait(2, 'call', 1000, controller.signal);
    pending.settle(numbered(response(0), 2, 1));
    controller.abort('enough');
    await expect(aborted).rejects.toThrow(AbortedError);
    await expect(answered).resolves.toMatchObject({ code: 0 });
    expect(pending.size).toBe(0);
  });

  test('failAll ends every wait and the timer', async () => {
    const { clock, pending } = setUp();
    const waits = [1, 2].map((opaque) => outcomeOf(pending.wait(opaque, 'call', 1000)));
    const closed = new ClosedError('gone');
    pending.failAll(closed);
    expect(await Promise.all(waits)).toEqual([closed, closed]);
    expect(clock.scheduledTasks).toBe(0);
  });

  test('numbers wrap around and skip those in use', () => {
    const { pending } = setUp();
    const internals = pending as unknown as { lastOpaque: number };
    internals.lastOpaque = 2 ** 31 - 2;
    void outcomeOf(pending.wait(-(2 ** 31), 'call', 1000));
    expect([pending.nextOpaque(), pending.nextOpaque()]).toEqual([2 ** 31 - 1, -(2 ** 31) + 1]);
    pending.failAll(new ClosedError('end'));
  });
});
