import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const MIB = 1024 * 1024;

/** What a process holds. */
export interface ProcessFigures {
  /** In JavaScript's heap and beside it, after full garbage collections. */
  heldMib: number;
  residentMib: number;
  /** Besides files of a store; 0 where the system does not tell. */
  descriptors: number;
  /** Of commit log, consume queues and index: opened when they are first needed. */
  storeFiles: number;
  /** What keeps the process alive, by kind and number. */
  resources: Record<string, number>;
}

/** Of this process, which runs with `--expose-gc`. */
export async function processFigures(): Promise<ProcessFigures> {
  // What lies beside the heap is given back a moment after its collection, and perhaps only by the next.
  for (let times = 0; times < 3; times++) {
    globalThis.gc!();
    await pause(20);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  const opened = process.platform === 'linux' ? openedPaths() : [];
  const storeFiles = opened.filter((path) => /\/\d{17,20}$/.test(path)).length;
  return {
    heldMib: (heapUsed + external) / MIB,
    residentMib: rss / MIB,
    descriptors: opened.length - storeFiles,
    storeFiles,
    resources,
  };
}

function openedPaths(): string[] {
  return readdirSync('/proc/self/fd').map((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      return ''; // the one by which the directory was read
    }
  });
}
