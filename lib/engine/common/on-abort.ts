import { setMaxListeners } from 'node:events';

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
