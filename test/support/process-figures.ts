import { readdirSync } from 'node:fs';

const MIB = 1024 * 1024;

/** What a process holds. */
export interface ProcessFigures {
  /** In JavaScript's heap and beside it, after a full garbage collection. */
  heldMib: number;
  residentMib: number;
  /** 0 where the system does not tell. */
  descriptors: number;
  /** What keeps the process alive, by kind and number. */
  resources: Record<string, number>;
}

/** Of this process, which runs with `--expose-gc`. */
export function processFigures(): ProcessFigures {
  globalThis.gc!();
  const { heapUsed, external, rss } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return {
    heldMib: (heapUsed + external) / MIB,
    residentMib: rss / MIB,
    descriptors: process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0,
    resources,
  };
}
