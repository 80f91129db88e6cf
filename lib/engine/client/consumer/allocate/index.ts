import { averagelyByCircle } from './averagely-by-circle.js';
import { averagely } from './averagely.js';
import { consistentHash } from './consistent-hash.js';
import type { AllocateStrategy } from './allocate-strategy.js';

/** Strategies that need no settings of their own, by Apache's name. */
export const allocateStrategies = {
  AVG: averagely,
  AVG_BY_CIRCLE: averagelyByCircle,
  CONSISTENT_HASH: consistentHash(),
} as const satisfies Record<string, AllocateStrategy>;

export type AllocateStrategyName = keyof typeof allocateStrategies;

export { byConfig } from './by-config.js';
export { byMachineRoom } from './by-machine-room.js';
export { consistentHash } from './consistent-hash.js';
export { machineRoomNearby, type MachineRoomResolver } from './machine-room-nearby.js';
export type { AllocateStrategy } from './allocate-strategy.js';
