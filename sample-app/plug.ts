import { subscribe } from 'node:diagnostics_channel';
import { transactionStepChannel, type TransactionStepEvent } from 'nestjs-rocketmq';
import type { CrashPointName } from './crash-points.js';

let armed: CrashPointName | undefined;

/** The next time that this process reaches the point, it dies as if its plug was pulled. */
export function killAt(name: CrashPointName): void {
  armed = name;
}

export function reach(name: string): void {
  if (name === armed) process.kill(process.pid, 'SIGKILL');
}

/** The library tells of a transaction's steps on a diagnostics channel; only a plain run's count, not a repair's. */
export function watchTransactionSteps(tell: (event: TransactionStepEvent) => void): void {
  subscribe(transactionStepChannel, (message) => {
    const event = message as TransactionStepEvent;
    tell(event);
    if (event.by === 'run') reach(event.step);
  });
}
