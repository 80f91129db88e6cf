/** What a crash at a point leaves behind: nothing, a hidden message to be dropped, or an order to be paid in points. */
export type Remains = 'nothing' | 'hidden message' | 'order';

export interface CrashPoint {
  service: 'orders' | 'points';
  /** Completes "the service is killed …". */
  when: string;
  remains: Remains;
  /** Reached only when the payment is refused. */
  isRefusal?: boolean;
}

/** Every boundary between two steps of a transaction, in their order. */
export const crashPoints = {
  'half-sending': { service: 'orders', when: 'before the half message is sent', remains: 'nothing' },
  'half-sent': { service: 'orders', when: 'when the half message is stored', remains: 'hidden message' },
  'record-written': { service: 'orders', when: 'inside the local transaction', remains: 'hidden message' },
  'work-done': { service: 'orders', when: 'right before the database commit', remains: 'hidden message' },
  'rolled-back': {
    service: 'orders',
    when: 'after the roll-back of a refused order',
    remains: 'hidden message',
    isRefusal: true,
  },
  committed: { service: 'orders', when: 'between the database commit and the broker’s commit', remains: 'order' },
  ended: { service: 'orders', when: 'when the broker has committed', remains: 'order' },
  confirmed: { service: 'orders', when: 'when the record says that the broker has committed', remains: 'order' },
  placed: { service: 'orders', when: 'after the database commit, before it answers', remains: 'order' },
  'points-received': { service: 'points', when: 'when the message has arrived', remains: 'order' },
  'points-applied': { service: 'points', when: 'inside the transaction that adds the points', remains: 'order' },
  'points-committed': {
    service: 'points',
    when: 'after adding the points, before the acknowledgement',
    remains: 'order',
  },
} as const satisfies Record<string, CrashPoint>;

export type CrashPointName = keyof typeof crashPoints;

export const crashPointNames = Object.keys(crashPoints) as CrashPointName[];

/** With an outbox there are no half messages, and none of their steps. */
export const outboxCrashPointNames = crashPointNames.filter((name) => name === 'placed' || name.startsWith('points'));

export function isCrashPoint(name: string): name is CrashPointName {
  return Object.hasOwn(crashPoints, name);
}
