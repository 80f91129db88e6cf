import { decodeRecord } from '../../../../lib/engine/message/message-codec.js';
import type { DiskMessageStore } from '../../../../lib/engine/store/disk-message-store.js';
import { SimulatedFileSystem } from '../../../../lib/testing/simulated-file-system.js';
import { simulatedStore, STORE_ROOT } from '../../../support/simulated-store.js';
import { messageToStore, properties } from '../../../support/store-fixture.js';

const LOG = `${STORE_ROOT}/commitlog/00000000000000000000`;

/** Puts messages, and returns what is on the disk when the first checkpoint has got to the queues, but not to its manifest. */
async function killedBeforeFirstManifest(
  put: (store: DiskMessageStore) => Promise<unknown>,
): Promise<SimulatedFileSystem> {
  const { store, clock, disk } = simulatedStore();
  await store.start();
  let killed: SimulatedFileSystem | undefined;
  disk.onCall = ({ path }) => {
    if (path.includes('manifest')) killed ??= disk.afterKill();
  };
  const done = put(store);
  await clock.settle();
  await done;
  await clock.advance(store.options.flushConsumeQueueThoroughInterval * 2);
  await store.stop();
  if (!killed) throw new Error('no manifest was written');
  return killed;
}

function zero(disk: SimulatedFileSystem, path: string, from: number, to: number): void {
  for (let position = from; position < to; position++) disk.tamper(path, position, () => 0);
}

it('cuts nothing before a power cut would leave the abort file, too', async () => {
  const { store, clock, disk } = simulatedStore();
  await store.start();
  const put = store.put(messageToStore('T', 0, 'one'));
  await clock.settle();
  await put;
  const { store: next, disk: killed } = simulatedStore({}, disk.afterKill());
  const calls: string[] = [];
  killed.onCall = ({ kind, path }) => void calls.push(`${kind} ${path}`);
  await next.start();
  expect(calls).toContain(`truncate ${LOG}`);
  expect(calls.slice(0, calls.indexOf(`truncate ${LOG}`))).toContain(`syncDirectory ${STORE_ROOT}`);
  await next.stop();
  await store.stop();
});

it('cuts nothing before a power cut would leave removed log files away', async () => {
  const { store, clock, disk } = simulatedStore();
  await store.start();
  const put = store.put(messageToStore('T', 0, 'one'));
  await clock.settle();
  await put;
  const { store: next, disk: killed } = simulatedStore({}, disk.afterKill());
  let isRemoved = false;
  let removed: SimulatedFileSystem | undefined;
  killed.onCall = ({ kind, path }) => {
    if (isRemoved) removed ??= killed.afterKill(); // the name is gone, and its directory not synced
    isRemoved ||= kind === 'remove' && path.startsWith(`${STORE_ROOT}/commitlog/`);
  };
  await next.start();
  if (!removed) throw new Error('recovery has removed no log file');

  const { store: last, disk: unsynced } = simulatedStore({}, removed);
  const calls: string[] = [];
  unsynced.onCall = ({ kind, path }) => void calls.push(`${kind} ${path}`);
  await last.start();
  expect(calls).toContain(`truncate ${LOG}`);
  expect(calls.slice(0, calls.indexOf(`truncate ${LOG}`))).toContain(`syncDirectory ${STORE_ROOT}/commitlog`);
  for (const one of [last, next, store]) await one.stop();
});

it('cuts a store that was stopped, and is damaged, only when it counts as not stopped', async () => {
  const { store, clock, disk } = simulatedStore();
  await store.start();
  const put = store.putBatch([messageToStore('T', 0, 'one'), messageToStore('T', 0, 'two')]);
  await clock.settle();
  const { physicalOffset } = (await put).appended[1];
  await store.stop();
  disk.tamper(LOG, physicalOffset + 8, (byte) => byte ^ 1); // of the body's CRC
  for (const name of ['queue.manifest', 'queue.manifest.bak', 'checkpoint']) await disk.remove(`${STORE_ROOT}/${name}`);
  const { store: next } = simulatedStore({}, disk);
  const calls: string[] = [];
  disk.onCall = ({ kind, path }) => void calls.push(`${kind} ${path}`);
  await next.start();
  expect(calls).toContain(`truncate ${LOG}`);
  expect(calls.slice(0, calls.indexOf(`truncate ${LOG}`))).toContain(`datasync ${STORE_ROOT}/abort`);
  await next.stop();
});

describe('without a manifest', () => {
  it('forgets entries of records that a power cut has taken, for good', async () => {
    let lost = { physicalOffset: 0, size: 0 };
    const disk = await killedBeforeFirstManifest(async (store) => {
      await store.put(messageToStore('T', 0, 'first'));
      lost = (await store.put(messageToStore('U', 0, 'lost'))).appended[0];
    });
    zero(disk, LOG, lost.physicalOffset, lost.physicalOffset + lost.size);

    const { store, clock } = simulatedStore({}, disk);
    await store.start();
    expect(store.maxQueueOffset('U', 0)).toBe(0);
    const put = store.put(messageToStore('T', 0, 'a record where the lost one was, and behind it'.repeat(10)));
    await clock.settle();
    await put;

    const { store: next } = simulatedStore({}, disk.afterKill());
    await next.start();
    expect([next.maxQueueOffset('T', 0), next.maxQueueOffset('U', 0)]).toEqual([2, 0]);
    await next.stop();
    await store.stop();
  });

  it('finds a record by each of its keys, though they were in two index files and one of them goes', async () => {
    const { store, clock, disk } = simulatedStore({ maxIndexNum: 50 });
    await store.start();
    for (let i = 0; i < 60; i++) {
      const put = store.put(
        messageToStore('T', 0, String(i), { properties: properties(`UNIQ_KEY=u${i}`, `KEYS=k${i}`) }),
      );
      await clock.advance(1000);
      await put;
    }
    await clock.advance(store.options.flushConsumeQueueThoroughInterval * 2);
    const killed = disk.afterKill();
    for (const name of ['queue.manifest', 'queue.manifest.bak']) await killed.remove(`${STORE_ROOT}/${name}`);

    const { store: next } = simulatedStore({ maxIndexNum: 50 }, killed, clock);
    await next.start();
    for (let i = 0; i < 60; i++) {
      for (const key of [`u${i}`, `k${i}`]) {
        const { records } = await next.query('T', key, 32, 0, Number.MAX_SAFE_INTEGER);
        expect([key, records.map((record) => decodeRecord(record).queueOffset)]).toEqual([key, [i]]);
      }
    }
    await next.stop();
    await store.stop();
  });

  it('enters again what it reads again, though later entries are there', async () => {
    const disk = await killedBeforeFirstManifest(async (store) => {
      for (let i = 0; i < 60; i++) await store.put(messageToStore('T', 0, String(i)));
    });
    zero(disk, `${STORE_ROOT}/consumequeue/T/0/00000000000000000000`, 512, 1000);

    const { store } = simulatedStore({}, disk);
    await store.start();
    for (const queueOffset of [0, 25, 26, 49, 50, 59]) {
      const { records } = await store.get({ topic: 'T', queueId: 0, queueOffset, maxCount: 1 });
      expect(decodeRecord(records[0]).queueOffset).toBe(queueOffset);
    }
    expect([store.minQueueOffset('T', 0), store.maxQueueOffset('T', 0)]).toEqual([0, 60]);
    await store.stop();
  });
});
