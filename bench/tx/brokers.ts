import { connectEngine } from '../../lib/engine/index.js';
import { alternate, linesOf, measure } from '../broker/alternate.js';
import { JavaLoad } from '../broker/java-load.js';
import { startApache, startOurs, withServers, type Server } from '../broker/servers.js';
import type { Result } from '../support/report.js';

const bytes = 128;
const inFlight = 32;
const topic = 'Transactions';

/** Half message and COMMIT, without a database, at our broker and at Apache's: by Apache's client, then by ours. */
export async function transactionalSends(rounds: number, ms: number): Promise<Result[]> {
  const starts = [async () => startOurs('ASYNC_FLUSH'), async () => startApache('ASYNC_FLUSH')];
  return withServers(starts, async (servers) => {
    const java = await JavaLoad.start();
    try {
      for (const server of servers) await java.createTopic(server, topic, 8);
      const byJava = async (server: Server) =>
        java.send(server, topic, { mode: 'transaction', bytes, threads: inFlight }, ms);
      const lines = await sampled('Apache’s client, COMMIT one-way', servers, rounds, byJava);
      return [...lines, ...(await byOurClient(servers, rounds, ms))];
    } finally {
      await java.stop();
    }
  });
}

async function byOurClient(servers: readonly Server[], rounds: number, ms: number): Promise<Result[]> {
  const connected = await Promise.all(
    servers.map(async ({ name, nameServer }) => {
      const engine = await connectEngine({ nameServers: nameServer.split(';') });
      const producer = engine.createTransactionProducer({ group: 'ours', checker: () => Promise.resolve('UNKNOWN') });
      await producer.start();
      return { name, engine, producer };
    }),
  );
  const lines = await sampled('our client, COMMIT confirmed', servers, rounds, async ({ name }) => {
    const { producer } = connected.find((each) => each.name === name)!;
    const begun = performance.now();
    let count = 0;
    const sendOn = async (): Promise<void> => {
      while (performance.now() - begun < ms) {
        const { handle } = await producer.sendHalf({ topic, body: Buffer.alloc(bytes) });
        await producer.end(handle, 'COMMIT');
        count++;
      }
    };
    await Promise.all(Array.from({ length: inFlight }, sendOn));
    return { count, elapsedMs: performance.now() - begun };
  });
  for (const { engine, producer } of connected) {
    await producer.stop();
    await engine.stop();
  }
  return lines;
}

async function sampled(
  client: string,
  servers: readonly Server[],
  rounds: number,
  load: (server: Server) => Promise<{ count: number; elapsedMs: number }>,
): Promise<Result[]> {
  for (const server of servers) await load(server); // the compilers learn
  const samples = await alternate(rounds, servers, async (server) => measure(server, async () => load(server)));
  const aims = { throughput: '≥ 1', cpu: '≤ 0.5' };
  return linesOf(`Transactional sends, ${inFlight} at a time: ${client}`, samples, aims);
}
