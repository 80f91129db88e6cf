import { NodeClock } from '../platform/node-clock.js';
import { NodeFileSystem } from '../platform/node-file-system.js';
import { NodeNetwork } from '../platform/node-network.js';
import { NodeRandom } from '../platform/node-random.js';
import type { Clock } from '../ports/clock.js';
import type { FileSystem } from '../ports/file-system.js';
import { silentLogger, type Logger } from '../ports/logger.js';
import type { Network } from '../ports/network.js';
import type { Random } from '../ports/random.js';

/** All that reaches the world outside. */
export interface EnginePorts {
  readonly clock: Clock;
  readonly fileSystem: FileSystem;
  readonly network: Network;
  readonly random: Random;
  readonly logger: Logger;
}

/** The real ones, but for those that are given. */
export function nodePorts(given: Partial<EnginePorts> = {}): EnginePorts {
  return {
    clock: given.clock ?? new NodeClock(),
    fileSystem: given.fileSystem ?? new NodeFileSystem(),
    network: given.network ?? new NodeNetwork(),
    random: given.random ?? new NodeRandom(),
    logger: given.logger ?? silentLogger,
  };
}
