import { createHash } from 'node:crypto';

/** Never to be changed: rows of a key in two lanes would overtake each other. */
export const laneCount = 16;

/** Of rows without a key, which nobody has to drain alone. */
export const unkeyedLane = -1;

/** Further rows of the lanes' table, for the locks of keys where the database has no others. */
export const firstSlot = 1_000;
export const orderSlots = 256;

/** Rows of a key are in one lane, which one relay at a time drains in their order. */
export function laneOf(shardingKey: string | undefined): number {
  return shardingKey === undefined ? unkeyedLane : hashOf(shardingKey)[0] % laneCount;
}

/** Number of the lock that keeps the transactions of a key in order: a 32-bit integer. */
export function lockOf(shardingKey: string): number {
  return hashOf(shardingKey).readInt32BE(4);
}

export function slotOf(shardingKey: string): number {
  return firstSlot + (hashOf(shardingKey)[8] % orderSlots);
}

function hashOf(shardingKey: string): Buffer {
  return createHash('sha256').update(shardingKey).digest();
}
