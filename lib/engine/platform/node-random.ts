import { randomBytes, randomInt } from 'node:crypto';
import type { Random } from '../ports/random.js';

/** The system's randomness. */
export class NodeRandom implements Random {
  nextInt(bound: number): number {
    return randomInt(bound);
  }

  bytes(length: number): Buffer {
    return randomBytes(length);
  }
}
