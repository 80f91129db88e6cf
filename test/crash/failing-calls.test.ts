import { decodeRecord } from '../../lib/engine/message/message-codec.js';
import type { PutStatus } from '../../lib/engine/store/message-store.js';
import type { FlushDiskType } from '../../lib/engine/store/store-options.js';
import { cycles, seed } from '../support/run-options.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { SimulatedFileSystem, systemError, type DiskCall } from '../../lib/testing/simulated-file-system.js';
import { simulatedStore } from '../support/simulated-store.js';
import { messageToStore } from '../support/store-fixture.js';

interface Run {
  disk: SimulatedFileSystem;
  /** What was answered for each message, in the order of the calls. */
  answers: (PutStatus | 'never')[];
  /** The call that failed. */
  failed?: DiskCall;
}

/** Puts messages over several files, flushes, makes checkpoints, stops; its `failing`th call of the disk fails. */
async function work(flushDiskType: FlushDiskType, code: string, failing: number): Promise<Run> {
  const { store, clock, disk } = simulatedStore({ flushDiskType });
  const run: Run = { disk, answers: [] };
  let calls = 0;
  disk.onCall = (call) => {
    if (call.kind === 'read' || ++calls !== failing) return;
    run.failed = call;
    throw systemError(code, call.path);
  };
  try {
    await store.start();
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 6; i++) {
        const index = run.answers.push('never') - 1;
        const body = `${index} ${'x'.repeat(200 + 150 * i)}`;
        const message = messageToStore('T', i % 2, body, { properties: new Map([['KEYS', `k${index}`]]) });
        void store.put(message).then(({ status }) => (run.answers[index] = status));
        if (i % 2 === 0) await clock.settle();
      }
      await clock.advance(70_000);
    }
  } catch {
    // The start failed, and said so.
  }
  await store.stop().catch(() => undefined); // it may fail on the same disk
  await clock.advance(10_000);
  return run;
}

/** The numbers of the messages that are there, in the order of the log, each found also by its key. */
async function recovered(disk: SimulatedFileSystem, about: string): Promise<number[]> {
  const { store } = simulatedStore({}, disk);
  await store.start();
  const found: { number: number; physicalOffset: number }[] = [];
  for (const queueId of [0, 1]) {
    for (let queueOffset = 0; queueOffset < store.maxQueueOffset('T', queueId); queueOffset++) {
      const { records } = await store.get({ topic: 'T', queueId, queueOffset, maxCount: 1 });
      const record = decodeRecord(records[0], 0, { checkCrc: true });
      expect(record.queueOffset).toBe(queueOffset);
      found.push({ number: parseInt(record.body.toString()), physicalOffset: record.physicalOffset });
    }
  }
  found.sort((a, b) => a.physicalOffset - b.physicalOffset);
  for (const { number } of found) {
    const { records } = await store.query('T', `k${number}`, 64, 0, Number.MAX_SAFE_INTEGER);
    expect({ about, number, found: records.length }).toEqual({ about, number, found: 1 });
  }
  await store.stop();
  return found.map(({ number }) => number);
}

describe.each(['ASYNC_FLUSH', 'SYNC_FLUSH'] as const)('a call of the disk that fails, %s', (flushDiskType) => {
  it.each(['EIO', 'ENOSPC'])('never makes an answer false: %s at each call', async (code) => {
    const random = seededRandom(seed);
    let failing = 1;
    for (; failing <= cycles(1000); failing++) {
      const { disk, answers, failed } = await work(flushDiskType, code, failing);
      if (!failed) break;
      disk.onCall = undefined;
      const numbers = (status: string): number[] => answers.flatMap((answer, i) => (answer === status ? [i] : []));
      const disks = { killed: disk.afterKill(), cut: disk.crash(random) };
      for (const [crash, left] of Object.entries(disks)) {
        const about = `${code} at call ${failing}, ${failed.kind} ${failed.path}, then ${crash}`;
        const there = await recovered(left, about);
        expect({ about, order: there }).toEqual({ about, order: [...there].sort((a, b) => a - b) });
        const isPromised = crash === 'killed' || flushDiskType === 'SYNC_FLUSH';
        const missing = isPromised ? numbers('PUT_OK').filter((number) => !there.includes(number)) : [];
        const unasked = numbers('SERVICE_NOT_AVAILABLE').filter((number) => there.includes(number));
        expect({ about, missing, unasked }).toEqual({ about, missing: [], unasked: [] });
      }
    }
    expect(failing).toBeGreaterThan(100); // so many calls the work takes
  });
});
