// Our client beside Apache's Java client, by turns on one broker of Apache's 5.3.3, then on one of ours: what each
// sends and consumes in a second, and in a second of its own processor time. Needs Linux, Java 17 and Maven.
// `--only sync,async,batch,consume,ours`: some of it; `--rounds N`.
import { spawnSync } from 'node:child_process';
import { java17AndMaven } from '../../test/interop/support/java-programs.js';
import { cpuMicros } from '../broker/process-use.js';
import { LightClient } from '../broker/light-load.js';
import { startApache, startOurs, withServers, type Server } from '../broker/servers.js';
import { compare, readBenchOptions, report, withAim, type Result } from '../support/report.js';
import { startJavaLoad, startOurLoad, type ClientLoad, type LoadOrder } from './client-load.js';

interface Scenario {
  readonly name: string;
  readonly part: string;
  order(round: number, client: string): LoadOrder;
}

const QUEUES = 8;
const BACKLOG = 'Backlog';

const options = readBenchOptions();
const usual = options.quick ? { rounds: 1, ms: 2000, backlog: 50_000 } : { rounds: 5, ms: 4000, backlog: 300_000 };
const { ms, backlog } = usual;
const rounds = Number(valueOf('--rounds') ?? usual.rounds);
const only = valueOf('--only')?.split(',');
const isWanted = (part: string): boolean => only?.includes(part) ?? true;

const sends = (part: 'sync' | 'async' | 'batch', name: string, bytes: number): Scenario => ({
  name: `${name}, ${bytes} B`,
  part,
  order: () => ({ kind: 'send', topic: `Sends_${part}`, mode: part, bytes, ms, threads: 32 }),
});

const drains = (part: string, name: string): Scenario => ({
  name: `${name} of ${backlog.toLocaleString('en')}, 128 B`,
  part,
  order: (round, client) => ({ kind: 'drain', topic: BACKLOG, group: `${client}_${round + 1}`, count: backlog }),
});

const onApache = [
  sends('sync', 'send × 32', 128),
  sends('async', 'send, 256 under way', 128),
  sends('batch', 'batches of 32 × 32', 128),
  drains('consume', 'consume a backlog'),
].filter(({ part }) => isWanted(part));
const onOurs = [drains('ours', 'consume from our broker a backlog')].filter(({ part }) => isWanted(part));

if (!java17AndMaven.met) throw new Error(java17AndMaven.reason);
if (onOurs.length > 0) {
  const { status } = spawnSync(process.execPath, ['scripts/build-fast.mjs'], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

const results: Result[] = [];
const java = await startJavaLoad();
try {
  if (onApache.length > 0) await measureOn(async () => startApache('ASYNC_FLUSH'), onApache);
  if (onOurs.length > 0) await measureOn(async () => startOurs('ASYNC_FLUSH'), onOurs);
} finally {
  await java.stop();
  report(results, options); // also what there was before a failure
}

async function measureOn(start: () => Promise<Server>, scenarios: readonly Scenario[]): Promise<void> {
  await withServers([start], async ([server]) => {
    const ours = await startOurLoad(server);
    try {
      const onServer = java.at(server);
      for (const topic of [BACKLOG, ...scenarios.map(({ part }) => `Sends_${part}`)]) {
        await java.createTopic(server, topic, QUEUES);
      }
      if (scenarios.some(({ part }) => part === 'consume' || part === 'ours')) await fill(server);
      for (const scenario of scenarios) results.push(...(await measure(scenario, [ours, onServer])));
    } finally {
      await ours.stop();
    }
  });
}

/** Exactly the backlog: drains end with its last message. */
async function fill({ address }: Server): Promise<void> {
  const client = await LightClient.connect({
    ...{ topic: BACKLOG, queues: QUEUES, bytes: 128, address },
    ...{ connections: 4, inFlight: 32 },
  });
  let left = backlog;
  while (left > 0) left -= (await client.send(left)).acknowledged;
  client.close();
}

/** By turns, after one run each in which the compilers learn. */
async function measure(scenario: Scenario, clients: readonly Omit<ClientLoad, 'stop'>[]): Promise<Result[]> {
  const perSecond = clients.map((): number[] => []);
  const perCpuSecond = clients.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const turn of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const client = clients[turn];
      const before = cpuMicros(client.pid);
      const { count, elapsedMs } = await client.run(scenario.order(round, `Client${turn}`));
      const cpuSeconds = (cpuMicros(client.pid) - before) / 1e6;
      if (round < 0) continue;
      perSecond[turn].push((count / elapsedMs) * 1000);
      perCpuSecond[turn].push(count / cpuSeconds);
    }
  }
  const { name } = clients[1];
  return [
    compare(scenario.name, 'messages/s', perSecond[0], { name, samples: perSecond[1] }),
    withAim(
      compare(scenario.name, 'messages per CPU second', perCpuSecond[0], { name, samples: perCpuSecond[1] }),
      '≥ 1',
      (_median, ratio) => ratio >= 1,
    ),
  ];
}

function valueOf(option: string): string | undefined {
  const at = process.argv.indexOf(option);
  return at < 0 ? undefined : process.argv[at + 1];
}
