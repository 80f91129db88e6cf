import { compare, type Result } from '../support/report.js';
import { cpuMicros } from './process-use.js';
import type { Server, ServerName } from './servers.js';

/** What one run of a load came to. */
export interface Sample {
  perSecond: number;
  /** Microseconds of the server's processor time for each message. */
  cpuMicros: number;
}

/** What the medians should be beside Apache's, and of the throughput beside the bare server's. */
export interface Aims {
  throughput?: string;
  cpu?: string;
  bare?: string;
}

/** Runs a load on each server by turns, so that whatever else the machine does meets all of them. */
export async function alternate<T>(
  rounds: number,
  servers: readonly Server[],
  run: (server: Server, round: number) => Promise<T>,
): Promise<Map<ServerName, T[]>> {
  const samples = new Map<ServerName, T[]>(servers.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Who begins changes too.
    const order = round % 2 === 0 ? servers : servers.toReversed();
    for (const server of order) samples.get(server.name)!.push(await run(server, round));
  }
  return samples;
}

/** Measures `load`, which says how many messages it sent or got and how long that took. */
export async function measure(
  server: Server,
  load: () => Promise<{ count: number; elapsedMs: number }>,
): Promise<Sample> {
  const before = cpuMicros(server.pid);
  const { count, elapsedMs } = await load();
  if (count === 0) throw new Error(`${server.name}: nothing was counted`);
  return { perSecond: (count / elapsedMs) * 1000, cpuMicros: (cpuMicros(server.pid) - before) / count };
}

/** The lines of one load: throughput and processor time, ours beside Apache's and the bare server's. */
export function linesOf(scenario: string, samples: Map<ServerName, Sample[]>, aims: Aims): Result[] {
  const throughputOf = (name: ServerName): number[] => samples.get(name)!.map(({ perSecond }) => perSecond);
  const cpuOf = (name: ServerName): number[] => samples.get(name)!.map(({ cpuMicros }) => cpuMicros);
  const apache: ServerName = 'Apache 5.3.3';
  const lines: Result[] = [];
  if (samples.has(apache)) {
    const [throughput, cpu] = [throughputOf(apache), cpuOf(apache)];
    lines.push(
      compare(scenario, 'messages/s', throughputOf('ours'), { name: apache, samples: throughput }, aims.throughput),
      compare(scenario, 'µs of CPU a message', cpuOf('ours'), { name: apache, samples: cpu }, aims.cpu),
    );
  }
  if (samples.has('bare')) {
    const bare = { name: 'bare server', samples: throughputOf('bare') };
    lines.push(compare(scenario, 'messages/s', throughputOf('ours'), bare, aims.bare));
  }
  return lines;
}
