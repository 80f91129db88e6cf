import type { Result } from '../support/report.js';
import { alternate, type Aims, linesOf, measure, type Sample } from './alternate.js';
import { LightClient, storedIn } from './light-load.js';
import type { FrameContent } from './send-frames.js';
import { type Flush, type Server, startApache, startBare, startOurs, withServers } from './servers.js';

export interface LightScenario {
  flush: Flush;
  connections: number;
  inFlight: number;
  bytes: number;
  aims: Aims;
}

const QUEUES = 8;
const asyncAims: Aims = { throughput: '≥ 1.5', cpu: '≤ 0.4', bare: '≥ 0.8' };
const largerAims: Aims = { throughput: '≥ 1.2', cpu: '≤ 0.6' };
const syncAims: Aims = { throughput: '≥ 2', bare: '≥ 0.8' };

/** Plain sends by a client that is light enough not to be the bottleneck. */
export const lightScenarios: readonly LightScenario[] = [
  { flush: 'ASYNC_FLUSH', connections: 1, inFlight: 32, bytes: 128, aims: asyncAims },
  { flush: 'ASYNC_FLUSH', connections: 8, inFlight: 32, bytes: 128, aims: asyncAims },
  { flush: 'ASYNC_FLUSH', connections: 8, inFlight: 32, bytes: 1024, aims: largerAims },
  { flush: 'SYNC_FLUSH', connections: 1, inFlight: 1, bytes: 128, aims: syncAims },
  { flush: 'SYNC_FLUSH', connections: 1, inFlight: 32, bytes: 128, aims: syncAims },
  { flush: 'SYNC_FLUSH', connections: 8, inFlight: 32, bytes: 128, aims: syncAims },
];

export async function lightSends(rounds: number, ms: number): Promise<Result[]> {
  const results: Result[] = [];
  for (const flush of ['ASYNC_FLUSH', 'SYNC_FLUSH'] as const) {
    const starts = [startOurs, startApache, startBare].map((start) => async () => start(flush));
    await withServers(starts, async (servers) => {
      for (const server of servers) await warmUp(server, ms);
      for (const scenario of lightScenarios.filter((one) => one.flush === flush)) {
        const { connections, inFlight, bytes, aims } = scenario;
        const samples = await alternate(rounds, servers, async (server) => sample(server, scenario, ms));
        const name = `light client ${connections} × ${inFlight}, ${bytes} B, ${flush}`;
        results.push(...linesOf(name, samples, aims));
      }
    });
  }
  return results;
}

/** The compilers learn, on a topic that is not measured. */
async function warmUp({ address }: Server, ms: number): Promise<void> {
  const client = await LightClient.connect({
    ...{ address, topic: 'WarmUp', queues: QUEUES, bytes: 128 },
    ...{ connections: 8, inFlight: 32 },
  });
  await client.run(2 * ms);
  client.close();
}

let serial = 0;

async function sample(server: Server, { connections, inFlight, bytes }: LightScenario, ms: number): Promise<Sample> {
  const { address } = server;
  const content = { topic: `LightSends${serial++}`, queues: QUEUES, bytes };
  const client = await LightClient.connect({ ...content, address, connections, inFlight });
  // The topic comes into being with its first messages.
  const { acknowledged: first } = await client.send(connections * inFlight);
  let total = first;
  const sampled = await measure(server, async () => {
    const { acknowledged, elapsedMs } = await client.run(ms);
    total += acknowledged;
    return { count: acknowledged, elapsedMs };
  });
  client.close();
  if (server.name !== 'bare') await checkStored(address, content, total);
  return sampled;
}

/** What was acknowledged has to be there; Apache's broker shows it some time later. */
async function checkStored(address: string, content: FrameContent, acknowledged: number): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (let stored = 0; stored < acknowledged;) {
    if (performance.now() > deadline)
      throw new Error(`${acknowledged} messages were acknowledged, ${stored} are there`);
    stored = await storedIn(address, content);
  }
}
