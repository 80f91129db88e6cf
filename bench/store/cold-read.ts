import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare, withAim, type Result } from '../support/report.js';
import { message, openStore, rawRead, scratch, TOPIC } from './load.js';

const MIB = 1024 * 1024;
const BODY_BYTES = 4096;
const QUEUES = 8;

/** A log that nobody has in memory, read through its queues from the first message to the last. */
export async function coldRead(rounds: number, logMiB: number): Promise<Result> {
  const directory = scratch();
  try {
    await fill(directory.path, logMiB * MIB);
    const ours: number[] = [];
    const raw: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const isCold = dropCaches();
      const log = join(directory.path, 'commitlog');
      raw.push((await rawRead(readdirSync(log).map((name) => join(log, name)))) / MIB);
      if (isCold) dropCaches();
      ours.push((await readAll(directory.path)) / MIB);
    }
    const scenario = `read ${logMiB} MiB of log in ${QUEUES} queues${dropCaches() ? ', cold' : ' (page cache not dropped: needs root)'}`;
    const result = compare(scenario, 'MiB/s', ours, { name: 'bare reads of 1 MiB', samples: raw });
    return withAim(result, '≥ 0.8 × or ≥ 1,024 MiB/s', (median, ratio) => ratio >= 0.8 || median >= 1024);
  } finally {
    directory.remove();
  }
}

async function fill(path: string, bytes: number): Promise<void> {
  // A log as long as its records: what is read is what was written.
  const store = openStore(path, { mappedFileSizeCommitLog: 256 * MIB });
  await store.start();
  const body = Buffer.alloc(BODY_BYTES, 'x');
  for (let written = 0; written < bytes; written += 64 * BODY_BYTES) {
    const puts = Array.from({ length: 64 }, (_, i) => store.put(message(body, i % QUEUES)));
    await Promise.all(puts);
  }
  await store.stop();
}

/** @returns bytes of records per second */
async function readAll(path: string): Promise<number> {
  const store = openStore(path, { mappedFileSizeCommitLog: 256 * MIB });
  await store.start();
  const begun = performance.now();
  const read = await Promise.all(Array.from({ length: QUEUES }, (_, queueId) => readQueue(store, queueId)));
  const elapsed = performance.now() - begun;
  await store.stop();
  return (read.reduce((sum, bytes) => sum + bytes, 0) / elapsed) * 1000;
}

async function readQueue(store: ReturnType<typeof openStore>, queueId: number): Promise<number> {
  let bytes = 0;
  for (let queueOffset = 0; ;) {
    const { records, nextBeginOffset } = await store.get({ topic: TOPIC, queueId, queueOffset, maxCount: 32 });
    if (records.length === 0) return bytes;
    for (const record of records) bytes += record.length;
    queueOffset = nextBeginOffset;
  }
}

/** Needs root; elsewhere both read what the page cache holds. */
function dropCaches(): boolean {
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '3');
    return true;
  } catch {
    return false;
  }
}
