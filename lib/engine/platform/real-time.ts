import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import type { Cancellable } from '../ports/clock.js';

// For clocks that stand still: what has to happen in real time also when a test has put fake timers
// in the place of the global ones. Those of node:timers stay what they are.

/** Runs `task` when the current turn of the event loop has ended. */
export function afterTurn(task: () => void): void {
  setImmediate(task);
}

export function afterRealMs(delayMs: number, task: () => void): Cancellable {
  const timeout = setTimeout(task, delayMs);
  return { cancel: () => clearTimeout(timeout) };
}
