import { ConfigurationError } from '../../../common/errors.js';
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

/** @throws ConfigurationError a name that is unknown */
export function strategyOf(strategy: AllocateStrategyName | AllocateStrategy): AllocateStrategy {
  if (typeof strategy !== 'string') return strategy;
  const known = allocateStrategies[strategy] as AllocateStrategy | undefined;
  if (known) return known;
  const names = Object.keys(allocateStrategies).join(', ');
  throw new ConfigurationError('allocateStrategy', `'${strategy}' is unknown; choose ${names}, or give a strategy`);
}

export { byConfig } from './by-config.js';
export { byMachineRoom } from './by-machine-room.js';
export { consistentHash } from './consistent-hash.js';
export { machineRoomNearby, type MachineRoomResolver } from './machine-room-nearby.js';
export type { AllocateStrategy } from './allocate-strategy.js';
