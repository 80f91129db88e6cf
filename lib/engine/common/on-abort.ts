import { setMaxListeners } from 'node:events';
import { AbortedError } from './errors.js';

/**
 * Calls `listener` when the signal, which has not fired yet, fires. Many waits may share a signal,
 * each taking its listener away in the end, so Node is told not to take the eleventh for a leak.
 * @returns takes the listener away
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  setMaxListeners(Infinity, signal);
  signal.addEventListener('abort', listener);
  return () => signal.removeEventListener('abort', listener);
}

/** Of a call that waits for an answer. */
export interface WaitOptions {
  /** Ends the wait with an AbortedError; what was asked for may be done all the same. */
  signal?: AbortSignal;
}

/** Stops waiting for `work`, which goes on, when the signal fires. @throws AbortedError, or the work's own failure */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stopListening: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    const abort = (): void => reject(new AbortedError('the wait was aborted', { cause: signal.reason }));
    if (signal.aborted) abort();
    else stopListening = onAbort(signal, abort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stopListening?.();
  }
}
