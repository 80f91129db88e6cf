// Our broker beside Apache's 5.3.3, both as they are started by hand, by turns under the same loads.
// Needs Linux, Java 17 and Maven. `--only light,java,backlog,delays,starts`: some of it; `--rounds N`.
import { spawnSync } from 'node:child_process';
import { java17AndMaven } from '../../test/interop/support/java-programs.js';
import { readBenchOptions, report, type Result } from '../support/report.js';
import { backlog } from './backlog.js';
import { delays } from './delays.js';
import { memoryAfterwards, starts } from './footprint.js';
import { JavaLoad } from './java-load.js';
import { javaSends } from './java-sends.js';
import { lightSends } from './light-sends.js';
import { startApache, startOurs, withServers } from './servers.js';

const options = readBenchOptions();
const usual = options.quick ? { rounds: 1, ms: 1500, messages: 20_000 } : { rounds: 5, ms: 2000, messages: 200_000 };
const { ms, messages } = usual;
const rounds = Number(valueOf('--rounds') ?? usual.rounds);
const only = valueOf('--only')?.split(',');
const isWanted = (part: string): boolean => only === undefined || only.includes(part);

if (!java17AndMaven.met) throw new Error(java17AndMaven.reason);
if (spawnSync(process.execPath, ['scripts/build-fast.mjs'], { stdio: 'inherit' }).status !== 0) process.exit(1);

const results: Result[] = [];
try {
  if (isWanted('light')) results.push(...(await lightSends(rounds, ms)));
  if (['java', 'backlog', 'delays'].some(isWanted)) await javaLoads();
  if (isWanted('starts')) results.push(...(await starts(rounds)));
} finally {
  report(results, options); // also what there was before a failure
}

async function javaLoads(): Promise<void> {
  const java = await JavaLoad.start();
  try {
    await withServers(
      [async () => startOurs('ASYNC_FLUSH'), async () => startApache('ASYNC_FLUSH')],
      async (servers) => {
        const sends = isWanted('java') ? await javaSends(java, servers, rounds, ms) : [];
        results.push(...sends);
        if (isWanted('backlog')) results.push(...(await backlog(java, servers, rounds, messages)));
        // Half of what the Java client's waiting sends come to on Apache's broker.
        const halfLoad = sends.length === 0 ? 2_000 : sends[0].peer.median / 2;
        if (isWanted('delays')) results.push(...(await delays(java, servers, rounds, 2 * ms, halfLoad)));
        results.push(memoryAfterwards(servers));
      },
    );
  } finally {
    await java.stop();
  }
}

function valueOf(option: string): string | undefined {
  const at = process.argv.indexOf(option);
  return at < 0 ? undefined : process.argv[at + 1];
}
