import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectEngine, startBroker, startNameServer, type RunningServer } from '../../lib/engine/index.js';
import { compileSources } from '../support/compiled-sources.js';
import type { Measurement, RestlessOrder } from '../support/restless-client.js';
import { cycles, seed } from '../support/run-options.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';

const TOPIC = 'Orders';
/** Of a flat line: what garbage collection and the JIT make of it. */
const HEAP_SLACK_BYTES = 4 * 1024 * 1024;
/** What each count may be above its highest of the first third. */
const COUNT_SLACK = 3;
const PATIENCE_MS = 60_000;
const EXIT_MS = 5000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Servers that are stopped and started again at their old addresses. */
class Servers {
  private readonly running: RunningServer[] = [];

  private constructor(private readonly starts: readonly ((port: number) => Promise<RunningServer>)[]) {}

  /** Two name servers and two brokers. */
  static async start(directory: string): Promise<Servers> {
    const nameServers: string[] = [];
    const broker = (brokerName: string) => (listenPort: number) =>
      startBroker({
        settings: { brokerName, storePathRootDir: join(directory, brokerName), listenPort },
        nameServers,
      });
    const nameServer = (port: number): Promise<RunningServer> => startNameServer({ port });
    const servers = new Servers([nameServer, nameServer, broker('broker-a'), broker('broker-b')]);
    for (const [index, start] of servers.starts.entries()) {
      servers.running.push(await start(0));
      if (index < 2) nameServers.push(servers.running[index].address);
    }
    return servers;
  }

  get nameServers(): string[] {
    return this.running.slice(0, 2).map(({ address }) => address);
  }

  get count(): number {
    return this.starts.length;
  }

  async restart(index: number, awayMs: number): Promise<void> {
    const { address } = this.running[index];
    await this.running[index].stop();
    await pause(awayMs);
    this.running[index] = await this.starts[index](Number(address.split(':')[1]));
  }

  async stop(): Promise<void> {
    for (const server of this.running.reverse()) await server.stop();
  }
}

test(
  'while brokers and name servers come and go a client stays as it is: memory, timers, sockets; in the end nothing is left',
  async () => {
    const random = seededRandom(seed);
    const directory = await mkdtemp(join(tmpdir(), 'coming-and-going-'));
    const sources = compileSources();
    const servers = await Servers.start(directory);
    const { nameServers } = servers;
    const admin = await connectEngine({ nameServers });
    await admin.admin.topics.create(TOPIC, { readQueueNums: 4, writeQueueNums: 4 });
    await admin.stop();

    const child = fork(sources.pathOf('test/support/restless-client.ts'), { execArgv: ['--expose-gc'] });
    const exited = once(child, 'exit');
    const ask = async (command: string | RestlessOrder): Promise<unknown> => {
      const answered = once(child, 'message');
      child.send(command);
      return ((await answered) as [unknown])[0];
    };
    await ask({ nameServers, topic: TOPIC });

    const measurements: Measurement[] = [];
    const rounds = cycles(9);
    const begun = performance.now();
    for (let round = 0; round < rounds; round++) {
      await servers.restart(random.nextInt(servers.count), random.nextInt(1500));
      await pause(1000);
      measurements.push((await ask('measure')) as Measurement);
    }
    const minutes = (performance.now() - begun) / 60_000;

    const deadline = performance.now() + PATIENCE_MS;
    let last = (await ask('endSending')) as Measurement;
    while (last.missing.some((count) => count > 0) && performance.now() < deadline) {
      await pause(100);
      last = (await ask('measure')) as Measurement;
    }
    await ask('stop');
    let isGone = true;
    const tooLate = setTimeout(() => {
      isGone = false;
      child.kill('SIGKILL');
    }, EXIT_MS);
    await exited;
    clearTimeout(tooLate);
    await servers.stop();
    sources.remove();
    await rm(directory, { recursive: true });

    const third = Math.floor(rounds / 3);
    const [first, later] = [measurements.slice(0, third), measurements.slice(-third)];
    const heap = (some: readonly Measurement[]): number => Math.min(...some.map(({ heapBytes }) => heapBytes));
    const counts = (kind: string, some: readonly Measurement[]): number =>
      Math.max(...some.map(({ resources }) => resources[kind] ?? 0));
    const kinds = new Set(measurements.flatMap(({ resources }) => Object.keys(resources)));
    const mib = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
    console.log(
      `${rounds} servers restarted in ${minutes.toFixed(1)} minutes, ${last.acknowledged} sends acknowledged; ` +
        `heap at first ${mib(heap(first))} MiB, in the end ${mib(heap(later))} MiB; ` +
        [...kinds].map((kind) => `${kind} ${counts(kind, first)} -> ${counts(kind, later)}`).join(', '),
    );
    expect(last.missing).toEqual([0, 0, 0]);
    expect(heap(later)).toBeLessThanOrEqual(heap(first) + HEAP_SLACK_BYTES);
    for (const kind of kinds) {
      expect(counts(kind, later)).toBeLessThanOrEqual(counts(kind, first) + COUNT_SLACK);
    }
    expect(isGone).toBe(true);
  },
  60 * 60_000,
);
