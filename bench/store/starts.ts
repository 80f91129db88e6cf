import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { compare, withAim, type Result } from '../support/report.js';
import { message, openStore, scratch } from './load.js';

const MIB = 1024 * 1024;
/** The goals: seconds to a clean start, and to one after a kill. */
const GOALS = { clean: 2, killed: 10 };

/** Opening a store of many queues, after a stop and after a kill. */
export async function starts(rounds: number, logMiB: number, queues: number): Promise<Result[]> {
  const directory = scratch();
  const store = join(directory.path, 'store');
  const killed = join(directory.path, 'killed');
  try {
    await fill(store, killed, logMiB * MIB, queues);
    const clean: number[] = [];
    const afterKill: number[] = [];
    for (let round = 0; round < rounds; round++) {
      clean.push(await msToStart(store));
      if (round > 0) continue; // the second start after a kill is a clean one
      afterKill.push(await msToStart(killed));
    }
    const about = `${logMiB} MiB of log, ${queues.toLocaleString('en')} queues`;
    return [
      beside(`start after a stop, ${about}`, clean, GOALS.clean),
      beside(`start after a kill, ${about}`, afterKill, GOALS.killed),
    ];
  } finally {
    directory.remove();
  }
}

function beside(scenario: string, samples: readonly number[], goalSeconds: number): Result {
  const goalMs = goalSeconds * 1000;
  const result = compare(scenario, 'ms', samples, { name: 'the aim', samples: [goalMs] });
  return withAim(result, `≤ ${goalSeconds} s`, (median) => median <= goalMs);
}

/** Fills a store, and copies it as a kill would have left it. */
async function fill(path: string, killed: string, bytes: number, queues: number): Promise<void> {
  const store = openStore(path, {});
  await store.start();
  const body = Buffer.alloc(Math.max(100, Math.floor(bytes / (queues * 20))), 'x');
  for (let i = 0, written = 0; written < bytes || i < queues;) {
    const puts = Array.from({ length: 200 }, () => store.put(message(body, i++ % queues)));
    await Promise.all(puts);
    written += 200 * body.length;
  }
  execFileSync('cp', ['-a', '--sparse=always', path, killed]); // the queues' files are mostly holes
  await store.stop();
}

async function msToStart(path: string): Promise<number> {
  const store = openStore(path, {});
  const begun = performance.now();
  await store.start();
  const elapsed = performance.now() - begun;
  await store.stop();
  return elapsed;
}
