import { concurrentOutcome, delayLevelFor, orderlyOutcome } from '../../../lib/transport/consume-outcome.js';
import {
  explicitOutcomeOf,
  InvalidPayloadError,
  ReconsumeLaterException,
  RejectException,
  SkipMessageException,
  SuspendQueueException,
  UndecodableBodyError,
} from '../../../lib/transport/exceptions.js';

const boom = new Error('boom');

describe('delayLevelFor', () => {
  it.each([
    [0, 1],
    [1000, 1],
    [1001, 2],
    [10_000, 3],
    [60_000, 5],
    [7_200_000, 18],
    [86_400_000, 18],
  ])('%i ms: level %i', (delayMs, level) => {
    expect(delayLevelFor(delayMs)).toBe(level);
  });
});

describe('concurrentOutcome', () => {
  it('retries an error with the delay that grows', () => {
    expect(concurrentOutcome(boom, 3, {})).toEqual({ status: 'LATER', delayLevel: 0 });
  });

  it.each<[unknown, object]>([
    [new ReconsumeLaterException({ delayMs: 30_000 }), { status: 'LATER', delayLevel: 4 }],
    [new SuspendQueueException({ ms: 500 }), { status: 'LATER', delayLevel: 1 }],
    [new RejectException(), { status: 'REJECT' }],
    [new SkipMessageException(), { status: 'SUCCESS' }],
    [new UndecodableBodyError('?'), { status: 'REJECT' }],
    [new InvalidPayloadError('A.a', []), { status: 'REJECT' }],
  ])('%s', (error, outcome) => {
    expect(concurrentOutcome(error, 0, {})).toEqual(outcome);
  });

  it('takes the delays of a list one after the other, the last for the rest', () => {
    const backoff = [1000, 60_000];
    expect([0, 1, 2, 9].map((times) => concurrentOutcome(boom, times, { backoff }))).toEqual(
      [1, 5, 5, 5].map((delayLevel) => ({ status: 'LATER', delayLevel })),
    );
  });

  it('asks a backoff function, attempt 1 being the first retry', () => {
    const backoff = jest.fn((attempt: number) => attempt * 60_000);
    expect(concurrentOutcome(boom, 1, { backoff })).toEqual({ status: 'LATER', delayLevel: 6 });
    expect(backoff).toHaveBeenCalledWith(2, boom);
  });

  it('rejects what retryOn refuses', () => {
    const policy = { retryOn: (error: unknown) => !(error instanceof TypeError) };
    expect(concurrentOutcome(new TypeError(), 0, policy)).toEqual({ status: 'REJECT' });
    expect(concurrentOutcome(boom, 0, policy)).toEqual({ status: 'LATER', delayLevel: 0 });
  });

  it('lets an explicit outcome go before the policy', () => {
    const policy = { retryOn: () => false, backoff: [60_000] };
    expect(concurrentOutcome(new ReconsumeLaterException({ delayMs: 1000 }), 0, policy)).toEqual({
      status: 'LATER',
      delayLevel: 1,
    });
    expect(concurrentOutcome(new ReconsumeLaterException(), 0, policy)).toEqual({ status: 'LATER', delayLevel: 5 });
  });
});

describe('orderlyOutcome', () => {
  it.each<[unknown, object]>([
    [boom, { status: 'SUSPEND', suspendMs: undefined }],
    [new SuspendQueueException({ ms: 500 }), { status: 'SUSPEND', suspendMs: 500 }],
    [new ReconsumeLaterException({ delayMs: 2000 }), { status: 'SUSPEND', suspendMs: 2000 }],
    [new RejectException(), { status: 'REJECT' }],
    [new SkipMessageException(), { status: 'SUCCESS' }],
  ])('%s', (error, outcome) => {
    expect(orderlyOutcome(error, 0, {})).toEqual(outcome);
  });
});

describe('explicitOutcomeOf', () => {
  it('knows the outcome of an exception of another copy of the library', () => {
    const foreign = { [Symbol.for('nestjs-rocketmq:outcome')]: { type: 'REJECT' } };
    expect(explicitOutcomeOf(foreign)).toEqual({ type: 'REJECT' });
  });

  it.each([['text'], [undefined], [null], [boom]])('%s states none', (error) => {
    expect(explicitOutcomeOf(error)).toBeUndefined();
  });

  it('passes the exceptions through Nest’s default filter', () => {
    const exception = new RejectException('no', { cause: boom });
    expect(exception.getError()).toBe(exception);
    expect(exception.cause).toBe(boom);
    expect(exception.name).toBe('RejectException');
  });
});
