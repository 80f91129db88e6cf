import { RocketMqError, sleep, type Producer } from '../../../engine/index.js';
import { adminCommand, type CommandContext } from '../../admin-command.js';
import { optional, trueOrFalse, wholeNumber } from '../../option-table.js';
import { brokersOfCluster } from '../brokers/broker-addresses.js';

export const clusterRt = adminCommand({
  name: 'clusterRT',
  group: 'Cluster:',
  about: 'sends messages to each broker and measures, again and again, until it is interrupted',
  options: {
    amount: optional('-a, --amount <n>', 'how many messages each time', wholeNumber, 100),
    size: optional('-s, --size <bytes>', 'of each body', wholeNumber, 128),
    cluster: optional('-c, --cluster <name>', 'only this cluster'),
    asLog: optional(
      '-p, --printLog <bool>',
      'taken for the sake of mqadmin: --json prints a line each time',
      trueOrFalse,
    ),
    room: optional('-m, --machineRoom <name>', 'named in each line', (text) => text, 'noname'),
    intervalSeconds: optional('-i, --interval <s>', 'pause between two rounds', wholeNumber, 10),
  },
  async run(context, { amount, size, cluster, room, intervalSeconds }) {
    const interrupted = context.interruption();
    const brokers = await brokersOfCluster(context.admin, cluster);
    const clusters = [...new Set(brokers.map((broker) => broker.cluster))];
    const producer = context.engine.createProducer({ group: 'CLUSTER_RT' });
    await producer.start();
    while (!interrupted.aborted) {
      for (const name of clusters) {
        const result = await round(context, producer, name, { amount, size, interrupted });
        const text = `${name} ${room}: ${result.averageMs.toFixed(2)} ms on average, ${result.sent} sent, ${result.failed} failed`;
        context.output.item({ at: context.clock.now(), cluster: name, room, ...result }, text);
      }
      await sleep(context.clock, intervalSeconds * 1000, interrupted).catch(() => undefined); // interrupted: it ends
    }
  },
});

/** Every broker has a topic named like its cluster. */
async function round(
  { clock }: CommandContext,
  producer: Producer,
  topic: string,
  { amount, size, interrupted }: { amount: number; size: number; interrupted: AbortSignal },
): Promise<{ averageMs: number; sent: number; failed: number }> {
  let [totalMs, sent, failed] = [0, 0, 0];
  for (let i = 0; i < amount && !interrupted.aborted; i++) {
    const begin = clock.monotonic();
    try {
      await producer.send({ topic, body: Buffer.alloc(size, 'a') });
      sent++;
    } catch (error) {
      if (!(error instanceof RocketMqError)) throw error;
      failed++;
    }
    totalMs += clock.monotonic() - begin;
  }
  return { averageMs: sent + failed === 0 ? 0 : totalMs / (sent + failed), sent, failed };
}
