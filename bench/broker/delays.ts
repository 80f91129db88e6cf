import { compare, type Result } from '../support/report.js';
import { alternate } from './alternate.js';
import type { JavaLoad } from './java-load.js';
import type { Server } from './servers.js';

/** From a send to its listener, both in Apache's Java client, at a light load and at half of what Apache's broker can do. */
export async function delays(
  java: JavaLoad,
  servers: readonly Server[],
  rounds: number,
  ms: number,
  halfLoad: number,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const perSecond of [500, Math.round(halfLoad / 100) * 100]) {
    const topic = `Delays_${perSecond}`;
    for (const server of servers) await java.createTopic(server, topic, 8);
    const samples = await alternate(rounds, servers, async (server) => java.delays(server, topic, perSecond, ms));
    for (const part of ['p50', 'p99'] as const) {
      const [ours, apache] = [samples.get('ours')!, samples.get('Apache 5.3.3')!];
      const peer = { name: 'Apache 5.3.3', samples: apache.map((one) => one[part]) };
      const scenario = `end-to-end delay at ${perSecond}/s, ${part}`;
      results.push(
        compare(
          scenario,
          'ms',
          ours.map((one) => one[part]),
          peer,
          '≤ 0.7',
        ),
      );
    }
  }
  return results;
}
