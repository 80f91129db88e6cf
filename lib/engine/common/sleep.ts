import type { Clock } from '../ports/clock.js';
import { AbortedError } from './errors.js';
import { onAbort } from './on-abort.js';

/** Waits `delayMs` on the given clock. @throws AbortedError when `signal` fires first */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new AbortedError('wait aborted', { cause: signal?.reason }));
    if (signal?.aborted) {
      abort();
      return;
    }
    const timer = clock.schedule(delayMs, () => {
      stopListening?.();
      resolve();
    });
    const stopListening =
      signal &&
      onAbort(signal, () => {
        stopListening?.();
        timer.cancel();
        abort();
      });
  });
}
