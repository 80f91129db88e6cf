import type { FlushDiskType } from '../../lib/engine/store/store-options.js';
import { compare, withAim, type Result } from '../support/report.js';
import { openStore, putPerSecond, rawSync, rawWrite, scratch } from './load.js';

/** Appends by size, flush and senders; each round measures the disk alone right before. */
export async function appends(rounds: number, ms: number): Promise<Result[]> {
  const results: Result[] = [];
  for (const bytes of [128, 1024, 65_536]) {
    for (const senders of [1, 32, 256]) {
      results.push(await appendAsync(bytes, senders, rounds, ms));
      results.push(await appendSync(bytes, senders, rounds, ms));
    }
  }
  return results;
}

async function appendAsync(bytes: number, senders: number, rounds: number, ms: number): Promise<Result> {
  const ours: number[] = [];
  const raw: number[] = [];
  for (let round = 0; round < rounds; round++) {
    raw.push((await onScratch((path) => rawWrite(path, bytes, ms / 2))) / bytes);
    ours.push(await appendRound('ASYNC_FLUSH', bytes, senders, ms));
  }
  const scenario = `append ${bytes} B, ASYNC_FLUSH, ${senders} senders`;
  const result = compare(scenario, 'messages/s', ours, { name: `bare writes of ${bytes} B`, samples: raw });
  if (bytes === 65_536) return withAim(result, '≥ 0.8 ×', (_, ratio) => ratio >= 0.8);
  const isAimed = bytes === 128 && senders === 256;
  return isAimed ? withAim(result, '≥ 400,000/s', (median) => median >= 400_000) : result;
}

async function appendSync(bytes: number, senders: number, rounds: number, ms: number): Promise<Result> {
  const ours: number[] = [];
  const raw: number[] = [];
  for (let round = 0; round < rounds; round++) {
    raw.push(await onScratch((path) => rawSync(path, ms / 2)));
    ours.push(await appendRound('SYNC_FLUSH', bytes, senders, ms));
  }
  const scenario = `append ${bytes} B, SYNC_FLUSH, ${senders} senders`;
  const result = compare(scenario, 'messages/s', ours, {
    name: 'bare writes of 4 KiB, each with fdatasync',
    samples: raw,
  });
  return senders === 256 ? withAim(result, '≥ 50 ×', (_, ratio) => ratio >= 50) : result;
}

function appendRound(flushDiskType: FlushDiskType, bytes: number, senders: number, ms: number): Promise<number> {
  return onScratch(async (path) => {
    const store = openStore(path, { flushDiskType });
    await store.start();
    await putPerSecond(store, bytes, senders, ms / 5); // the compiler learns
    const perSecond = await putPerSecond(store, bytes, senders, ms);
    await store.stop();
    return perSecond;
  });
}

async function onScratch<T>(work: (path: string) => Promise<T>): Promise<T> {
  const directory = scratch();
  try {
    return await work(directory.path);
  } finally {
    directory.remove();
  }
}
