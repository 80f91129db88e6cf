import { connectEngine, silentLogger } from '../../lib/engine/index.js';
import type { Result } from '../support/report.js';
import { alternate, linesOf, measure } from './alternate.js';
import type { JavaLoad } from './java-load.js';
import { LightClient } from './light-load.js';
import type { Server } from './servers.js';

const QUEUES = 8;
const TOPIC = 'Backlog';
const aims = { throughput: '≥ 1.2', cpu: '≤ 0.6' };

/** A backlog consumed by Apache's Java client and by ours, each time by a new group. */
export async function backlog(
  java: JavaLoad,
  servers: readonly Server[],
  rounds: number,
  count: number,
): Promise<Result[]> {
  for (const server of servers) await fill(server, java, count);
  const about = `backlog of ${count.toLocaleString('en')} × 128 B`;
  const byJava = await alternate(rounds, servers, async (server, round) =>
    measure(server, async () => java.drain(server, TOPIC, `java-${round}`, count)),
  );
  const byUs = await alternate(rounds, servers, async (server, round) =>
    measure(server, async () => drain(server, `ours-${round}`, count)),
  );
  return [...linesOf(`${about}, by the Java client`, byJava, aims), ...linesOf(`${about}, by our client`, byUs, aims)];
}

async function fill(server: Server, java: JavaLoad, count: number): Promise<void> {
  await java.createTopic(server, TOPIC, QUEUES);
  const content = { topic: TOPIC, queues: QUEUES, bytes: 128 };
  const client = await LightClient.connect({ ...content, address: server.address, connections: 4, inFlight: 32 });
  let left = count;
  while (left > 0) left -= (await client.send(left)).acknowledged;
  client.close();
}

/** As the Java program does it: the time from the first message to the last. */
async function drain(
  { nameServer }: Server,
  group: string,
  count: number,
): Promise<{ count: number; elapsedMs: number }> {
  const engine = await connectEngine({ nameServers: nameServer.split(';'), logger: silentLogger });
  let got = 0;
  let firstAt = 0;
  let done: (elapsedMs: number) => void = () => undefined;
  const drained = new Promise<number>((resolve) => (done = resolve));
  const consumer = engine.createPushConsumer({
    group,
    subscriptions: [{ topic: TOPIC }],
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    listener: {
      mode: 'concurrent',
      consume: (messages) => {
        if (got === 0) firstAt = performance.now();
        got += messages.length;
        if (got >= count) done(performance.now() - firstAt);
        return Promise.resolve({ status: 'SUCCESS' });
      },
    },
  });
  await consumer.start();
  const elapsedMs = await drained;
  await consumer.stop();
  await engine.stop();
  return { count, elapsedMs };
}
