import { readdirSync } from 'node:fs';

const MIB = 1024 * 1024;

/** Sizes in MiB. */
export interface Sample {
  minute: number;
  disk: number;
  /** What is reachable: garbage is collected before. */
  heap: number;
  outside: number;
  resident: number;
  /** 0 where the system does not tell. */
  openFiles: number;
}

export function sample(elapsedMs: number, disk: number): Sample {
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    minute: elapsedMs / 60_000,
    disk,
    heap: heapUsed / MIB,
    outside: external / MIB,
    resident: rss / MIB,
    openFiles: process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0,
  };
}

/** Of the straight line that fits best. */
export function slopePerMinute(samples: readonly Sample[], valueOf: (sample: Sample) => number): number {
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const atMinute = mean(samples.map(({ minute }) => minute));
  const atValue = mean(samples.map(valueOf));
  let both = 0;
  let square = 0;
  for (const one of samples) {
    both += (one.minute - atMinute) * (valueOf(one) - atValue);
    square += (one.minute - atMinute) ** 2;
  }
  return square === 0 ? 0 : Number((both / square).toFixed(3));
}

/** Whether the line that fits best rises, over all samples, by less than a tenth of the least there was. */
export function isFlat(samples: readonly Sample[], valueOf: (sample: Sample) => number): boolean {
  const values = samples.map(valueOf);
  const minutes = (samples.at(-1)?.minute ?? 0) - (samples[0]?.minute ?? 0);
  const rise = slopePerMinute(samples, valueOf) * minutes;
  return rise < Math.min(...values) / 10;
}
