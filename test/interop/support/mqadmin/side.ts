import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectEngine, NodeClock, type Engine } from '../../../../lib/engine/index.js';
import { capturedRun } from '../../../support/captured-run.js';
import type { Cluster } from '../cluster.js';
import { type ClientProbe, type ProbeClients, type ProbeSendResult } from '../client-probe.js';
import { startJavaClient } from '../java-client.js';
import { sampleMessages } from '../sample-messages.js';
import { brokerProperties } from '../targets.js';

export const TOPIC = 'adm';
export const GROUP = 'g_adm';

/** A cluster with the same history as the other: a topic, messages, a group that consumed them and is online. */
export class Side {
  /** For files that a command reads or writes. */
  readonly directory = mkdtempSync(join(tmpdir(), 'mqadmin-'));

  private constructor(
    readonly cluster: Cluster,
    /** One for each side: mqadmin takes seconds for its end, and keeps its name server for the whole process. */
    private readonly probe: ClientProbe,
    readonly java: ProbeClients,
    readonly sent: readonly ProbeSendResult[],
  ) {}

  static async prepare(start: (options: { properties: Record<string, string> }) => Promise<Cluster>): Promise<Side> {
    const properties = { ...brokerProperties, traceTopicEnable: 'true' };
    const cluster = await start({ properties });
    const probe = await startJavaClient();
    const java = probe.at(cluster.nameServerAddresses);
    await java.createTopic(TOPIC, { queues: 2 });
    const queues = (await java.queues(TOPIC)).sort((a, b) => a.queueId - b.queueId);
    const messages = sampleMessages(TOPIC, 4).map((message, i) => ({ ...message, queue: queues[i % 2] }));
    const sent = await java.send(messages, 'queue');
    await consumeAll(java, messages.length);
    await java.consume({ group: GROUP, topics: [TOPIC] });
    return new Side(cluster, probe, java, sent);
  }

  /** What mqadmin prints. @param endAfterMs for a command that would go on for ever */
  async mqadmin(words: readonly string[], endAfterMs?: number): Promise<string> {
    return this.probe.run('mqadmin', {
      arguments: words.length > 0 ? [...words, '-n', this.cluster.nameServerAddresses] : [],
      nameServer: this.cluster.nameServerAddresses,
      endAfterMs,
    });
  }

  /** What our command line prints. */
  async ours(words: readonly string[]): Promise<string> {
    const nameServers = this.cluster.nameServerAddresses;
    const connect = (): Promise<Engine> => connectEngine({ nameServers: [nameServers] });
    const { exitCode, out, err } = await capturedRun(words, { clock: new NodeClock(), connect, nameServers });
    if (exitCode !== 0) throw new Error(`rocketmq ${words.join(' ')}: ${err}`);
    return words.includes('--json') ? out : out + err;
  }

  async stop(): Promise<void> {
    await this.probe.stop();
    await this.cluster.stop();
    rmSync(this.directory, { recursive: true });
  }
}

/**
 * A consumer that stops commits at once, one that runs only after ten seconds. Stopping just behind
 * the last delivery, Java's may leave that one out: then it comes again.
 */
async function consumeAll(java: ProbeClients, count: number): Promise<void> {
  for (let expected = count, rounds = 0; rounds < 5; expected = 1, rounds++) {
    const consumer = await java.consume({ group: GROUP, topics: [TOPIC] });
    await consumer.atLeast(expected);
    await consumer.stop();
    if ((await java.mqadmin('consumerProgress', '-g', GROUP)).includes('Consume Diff Total: 0')) return;
  }
  throw new Error(`${GROUP} has not committed all of ${TOPIC}`);
}
