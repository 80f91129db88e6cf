import type { Clock } from '../ports/clock.js';
import { AbortedError, RequestTimeoutError } from './errors.js';
import { onAbort } from './on-abort.js';

export interface Deadline {
  clock: Clock;
  timeoutMs: number;
  signal?: AbortSignal;
  /** What is waited for, for messages. */
  what: string;
}

/**
 * Stops waiting for `work` when time is up or the signal fires; the work itself goes on.
 * @throws RequestTimeoutError | AbortedError, or the work's own failure
 */
export function withTimeout<T>(work: Promise<T>, { clock, timeoutMs, signal, what }: Deadline): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => fail(new AbortedError(`${what} aborted`, { cause: signal?.reason }));
    const timer = clock.schedule(timeoutMs, () => fail(new RequestTimeoutError(what, timeoutMs)));
    const stopListening = signal && onAbort(signal, abort);
    const stopWaiting = (): void => {
      timer.cancel();
      stopListening?.();
    };
    const fail = (error: Error): void => {
      stopWaiting();
      reject(error);
    };
    if (signal?.aborted) abort();
    work.finally(stopWaiting).then(resolve, reject);
  });
}
