import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DiskMessageStore } from '../../lib/engine/store/disk-message-store.js';
import { verifyStore } from '../../lib/engine/store/verify.js';
import { NodeFileSystem } from '../../lib/engine/platform/node-file-system.js';
import { message, openStore, scratch, TOPIC } from './load.js';
import { isFlat, sample, slopePerMinute, type Sample } from './soak-sample.js';

const MIB = 1024 * 1024;
const SAMPLES = 40;
const QUEUES = 32;
const TICK_MS = 10;
/** About 10 MiB of records a second. */
const MESSAGES_PER_TICK = 100;
const BODY_BYTES = 800;
/** Retention first looks after a minute, so what it cannot have done yet is no leak. */
const WARM_UP_MS = 75_000;

/** Files so small, and kept so shortly, that every kind comes and goes many times in ten minutes. */
const options = {
  mappedFileSizeCommitLog: 32 * MIB,
  mappedFileSizeConsumeQueue: 20 * 5000,
  maxHashSlotNum: 50_000,
  maxIndexNum: 200_000,
  checkpointBytes: 16 * MIB,
  fileReservedTime: 0,
  deleteWhen: Array.from({ length: 24 }, (_, hour) => String(hour)).join(';'),
  cleanResourceInterval: 1000,
  maxOpenFiles: 64,
};
/** What lies between two looks of retention: some files of the log, an index or two, the queues' ends. */
const MOST_DISK_BYTES = 12 * options.mappedFileSizeCommitLog;

/** With the descriptors of Node itself, and files that are open for a moment. */
const MOST_OPEN_FILES = options.maxOpenFiles + 50;

/**
 * A store under steady load with retention at work: consumers at the end and far behind, searches,
 * topics that come and go. Says at the end whether memory, disk and open files stayed where they were.
 */
export async function soak(minutes: number): Promise<void> {
  const directory = scratch();
  const store = openStore(directory.path, options);
  await store.start();
  const until = performance.now() + minutes * 60_000;
  const isOn = (): boolean => performance.now() < until;
  const counts = { put: 0, read: 0, moved: 0, found: 0, topics: 0 };
  const samples: Sample[] = [];
  try {
    await Promise.all([
      produce(store, counts, isOn),
      ...Array.from({ length: 4 }, (_, reader) => follow(store, counts, isOn, reader)),
      fallBehind(store, counts, isOn),
      search(store, counts, isOn),
      comeAndGo(store, counts, isOn),
      watch(directory.path, samples, (minutes * 60_000) / SAMPLES, isOn),
    ]);
    const lastOffset = store.maxPhysicalOffset();
    await store.stop();
    const { problems, errorCount } = await verifyStore(new NodeFileSystem(), directory.path, {
      indexSize: { slots: options.maxHashSlotNum, entries: options.maxIndexNum },
    });
    console.log(
      `${counts.put} messages (${Math.round(lastOffset / MIB)} MiB of log) put, ${counts.read} read, readers moved ` +
        `${counts.moved} times, ${counts.found} found by key, ${counts.topics} topics came and went, ` +
        `${errorCount} errors found by verify`,
    );
    // Topics that were deleted leave records in the log: a warning each.
    for (const problem of problems.filter(({ severity }) => severity === 'error')) console.log(JSON.stringify(problem));
    judge(samples, errorCount);
  } finally {
    directory.remove();
  }
}

type Counts = Record<'put' | 'read' | 'moved' | 'found' | 'topics', number>;

async function produce(store: DiskMessageStore, counts: Counts, isOn: () => boolean): Promise<void> {
  const body = Buffer.alloc(BODY_BYTES, 'x');
  while (isOn()) {
    const puts = Array.from({ length: MESSAGES_PER_TICK }, () => {
      const one = message(body, counts.put % QUEUES);
      one.properties.set('UNIQ_KEY', keyOf(counts.put++));
      return store.put(one);
    });
    for (const { status, remark } of await Promise.all(puts)) {
      if (status !== 'PUT_OK') throw new Error(`${status}: ${remark}`);
    }
    await pause(TICK_MS);
  }
}

function keyOf(serial: number): string {
  return `7F0000010001AABBCCDD${1e12 + serial}`;
}

/** A consumer that keeps up. */
async function follow(store: DiskMessageStore, counts: Counts, isOn: () => boolean, reader: number): Promise<void> {
  const next = Array.from({ length: QUEUES }, () => 0);
  while (isOn()) {
    for (let queueId = reader; queueId < QUEUES; queueId += 4) {
      const result = await store.get({ topic: TOPIC, queueId, queueOffset: next[queueId], maxCount: 32 });
      counts.read += result.records.length;
      next[queueId] = result.nextBeginOffset;
    }
    await pause(TICK_MS);
  }
}

/** A consumer whose messages are gone whenever it asks: it is moved to the first there is, and reads from the files. */
async function fallBehind(store: DiskMessageStore, counts: Counts, isOn: () => boolean): Promise<void> {
  let queueOffset = 0;
  while (isOn()) {
    const result = await store.get({ topic: TOPIC, queueId: 0, queueOffset, maxCount: 8 });
    if (result.status === 'OFFSET_TOO_SMALL') counts.moved++;
    counts.read += result.records.length;
    queueOffset = result.nextBeginOffset;
    await pause(100);
  }
}

async function search(store: DiskMessageStore, counts: Counts, isOn: () => boolean): Promise<void> {
  while (isOn()) {
    await pause(50);
    const serial = Math.max(0, counts.put - 1 - (counts.read % 20_000));
    const { records } = await store.query(TOPIC, keyOf(serial), 1, 0, Number.MAX_SAFE_INTEGER);
    counts.found += records.length;
    await store.offsetByTimestamp(TOPIC, serial % QUEUES, Date.now() - 5000);
  }
}

/** Topics that are used once, and deleted. */
async function comeAndGo(store: DiskMessageStore, counts: Counts, isOn: () => boolean): Promise<void> {
  while (isOn()) {
    const topic = `Short${counts.topics++}`;
    for (let queueId = 0; queueId < 8; queueId++) await store.put({ ...message(Buffer.from('x'), queueId), topic });
    await pause(1500);
    await store.deleteTopic(topic);
  }
}

async function watch(path: string, samples: Sample[], intervalMs: number, isOn: () => boolean): Promise<void> {
  const begun = performance.now();
  console.log('minute  log and queues MiB  heap MiB  outside MiB  resident MiB  open files');
  while (isOn()) {
    await pause(intervalMs);
    const elapsedMs = performance.now() - begun;
    const taken = sample(elapsedMs, bytesUnder(path));
    console.log(
      [taken.minute.toFixed(2).padStart(6), taken.disk, taken.heap, taken.outside, taken.resident, taken.openFiles]
        .map((value, i) =>
          String(typeof value === 'number' ? Math.round(value) : value).padStart([6, 20, 9, 12, 13, 11][i]),
        )
        .join(' '),
    );
    if (elapsedMs > Math.min(WARM_UP_MS, (intervalMs * SAMPLES) / 4)) samples.push(taken);
  }
}

/** What the files take of the disk, holes not counted. */
function bytesUnder(path: string): number {
  let bytes = 0;
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
    if (entry.isFile())
      bytes += (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.blocks ?? 0) * 512;
  }
  return bytes / MIB;
}

function judge(samples: readonly Sample[], errorCount: number): void {
  const mostDisk = Math.max(...samples.map(({ disk }) => disk));
  const mostOpen = Math.max(...samples.map(({ openFiles }) => openFiles));
  const checks: [string, boolean][] = [
    [
      `memory held: ${slopePerMinute(samples, ({ heap, outside }) => heap + outside)} MiB more each minute`,
      isFlat(samples, ({ heap, outside }) => heap + outside),
    ],
    [
      `resident memory: ${slopePerMinute(samples, ({ resident }) => resident)} MiB more each minute`,
      isFlat(samples, ({ resident }) => resident),
    ],
    [`disk: at most ${Math.round(mostDisk)} MiB, aim ${MOST_DISK_BYTES / MIB} MiB`, mostDisk * MIB <= MOST_DISK_BYTES],
    [`open files: at most ${mostOpen}, aim ${MOST_OPEN_FILES}`, mostOpen <= MOST_OPEN_FILES],
    ['the store is whole', errorCount === 0],
  ];
  for (const [what, isFine] of checks) console.log(`${isFine ? 'fine   ' : 'NOT MET'}  ${what}`);
  if (checks.some(([, isFine]) => !isFine)) process.exitCode = 1;
}
