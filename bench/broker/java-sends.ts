import type { Result } from '../support/report.js';
import { alternate, type Aims, linesOf, measure } from './alternate.js';
import type { JavaLoad, JavaSends } from './java-load.js';
import type { Server } from './servers.js';

interface JavaScenario extends JavaSends {
  name: string;
  aims: Aims;
}

const threads = 32;
/** The Java client itself is the bottleneck of some. */
const scenarios: readonly JavaScenario[] = [
  { name: 'sync × 32, 128 B', mode: 'sync', bytes: 128, threads, aims: { throughput: '≥ 1', cpu: '≤ 0.5' } },
  { name: 'sync × 32, 1 KiB', mode: 'sync', bytes: 1024, threads, aims: { throughput: '≥ 1.2', cpu: '≤ 0.6' } },
  { name: 'async, 128 B', mode: 'async', bytes: 128, aims: { throughput: '≥ 1.2', cpu: '≤ 0.6' } },
  { name: 'async, 1 KiB', mode: 'async', bytes: 1024, aims: { throughput: '≥ 1.2', cpu: '≤ 0.6' } },
  { name: 'batch of 32, 128 B', mode: 'batch', bytes: 128, threads, aims: { throughput: '≥ 1.2', cpu: '≤ 0.5' } },
  { name: 'transactions', mode: 'transaction', bytes: 128, threads, aims: { throughput: '≥ 1.2', cpu: '≤ 0.5' } },
];

/** Apache's Java client sends. */
export async function javaSends(
  java: JavaLoad,
  servers: readonly Server[],
  rounds: number,
  ms: number,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const { name, aims, ...sends } of scenarios) {
    const topic = `Java_${sends.mode}_${sends.bytes}`;
    for (const server of servers) {
      await java.createTopic(server, topic, 8);
      await java.send(server, topic, sends, ms); // the compilers learn
    }
    const samples = await alternate(rounds, servers, async (server) =>
      measure(server, async () => java.send(server, topic, sends, ms)),
    );
    results.push(...linesOf(`Java client, ${name}`, samples, aims));
  }
  return results;
}
