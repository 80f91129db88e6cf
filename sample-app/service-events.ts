import type { TransactionStepEvent } from 'nestjs-rocketmq';

/** What a service tells the process that started it. */
export type ServiceEvent =
  | { type: 'ready'; url: string }
  | { type: 'failed'; reason: string }
  | ({ type: 'step' } & TransactionStepEvent)
  | { type: 'armed'; point: string }
  | { type: 'placed'; orderId: string }
  | { type: 'points'; outcome: 'applied' | 'duplicate'; orderId: string };

/** What it is asked for. */
export type ServiceCommand = { type: 'kill-at'; point: string } | { type: 'stop' };

/** @param told called when the event has left, or nobody is there to hear it */
export function tell(event: ServiceEvent, told: () => void = () => undefined): void {
  if (process.connected && process.send) process.send(event, told);
  else told();
}
