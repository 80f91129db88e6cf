import { randomFillSync, randomInt } from 'node:crypto';
import type { Random } from '../ports/random.js';

const POOL_BYTES = 4096;

/** The system's randomness. */
export class NodeRandom implements Random {
  /** Asking the system costs as much for a few bytes as for many. */
  private pool = Buffer.alloc(0);

  nextInt(bound: number): number {
    return randomInt(bound);
  }

  bytes(length: number): Buffer {
    if (this.pool.length < length) this.pool = randomFillSync(Buffer.allocUnsafe(Math.max(length, POOL_BYTES)));
    const bytes = this.pool.subarray(0, length);
    this.pool = this.pool.subarray(length);
    return bytes;
  }
}
