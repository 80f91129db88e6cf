import { dumpStore } from '../../../../lib/engine/store/dump.js';
import { repairStore } from '../../../../lib/engine/store/repair.js';
import { verifyStore } from '../../../../lib/engine/store/verify.js';
import { silentLogger } from '../../../../lib/engine/ports/logger.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';
import { SimulatedFileSystem } from '../../../../lib/testing/simulated-file-system.js';
import { simulatedStore, STORE_ROOT } from '../../../support/simulated-store.js';
import { messageToStore, properties } from '../../../support/store-fixture.js';

const indexSize = { slots: 64, entries: 50 };
const COUNT = 60;
const LOG = `${STORE_ROOT}/commitlog/00000000000000000000`;

/** Sixty messages over several files, stopped cleanly; and where each begins. */
async function written(): Promise<{ disk: SimulatedFileSystem; offsets: number[] }> {
  const { store, disk } = simulatedStore();
  await store.start();
  const offsets: number[] = [];
  for (let i = 0; i < COUNT; i++) {
    const message = messageToStore('T', i % 2, `${i} ${'x'.repeat(500)}`, {
      properties: properties(`KEYS=k${i} all`, 'TAGS=TagA'),
    });
    offsets.push((await store.put(message)).appended[0].physicalOffset);
  }
  await store.stop();
  return { disk, offsets };
}

const verify = (disk: SimulatedFileSystem) => verifyStore(disk, STORE_ROOT, { indexSize });

async function repair(disk: SimulatedFileSystem) {
  const clock = new VirtualClock();
  return repairStore({ fileSystem: disk, clock, logger: silentLogger }, STORE_ROOT, { indexSize });
}

async function bodies(disk: SimulatedFileSystem): Promise<number[]> {
  const { store } = simulatedStore({}, disk);
  await store.start();
  const found: number[] = [];
  for (const queueId of [0, 1]) {
    for (let queueOffset = 0; queueOffset < store.maxQueueOffset('T', queueId);) {
      const { records, nextBeginOffset } = await store.get({ topic: 'T', queueId, queueOffset, maxCount: 1 });
      for (const record of records) found.push(parseInt(record.toString('latin1', 88)));
      queueOffset = nextBeginOffset;
    }
  }
  await store.stop();
  return found.sort((a, b) => a - b);
}

it('finds nothing wrong with a store that was stopped, and changes nothing', async () => {
  const { disk } = await written();
  const before = disk.files().map((path) => disk.contents(path).toString('latin1'));
  const progress: number[] = [];
  const report = await verifyStore(disk, STORE_ROOT, {
    indexSize,
    onProgress: (done, total) => progress.push(done / total),
  });
  expect(report).toMatchObject({
    wasStoppedCleanly: true,
    commitLog: { records: COUNT, fileSize: 16 * 1024 },
    consumeQueues: { queues: 2, entries: COUNT, wrong: [] },
    index: { entries: 2 * COUNT },
    problems: [],
  });
  expect(progress.at(-1)).toBe(1);
  expect(disk.files().map((path) => disk.contents(path).toString('latin1'))).toEqual(before);
});

it('finds nothing but a record that was never completed after a kill', async () => {
  const { store, disk } = simulatedStore();
  await store.start();
  for (let i = 0; i < 10; i++) await store.put(messageToStore('T', 0, 'x'.repeat(100)));
  await store.deleteTopic('none'); // makes a checkpoint
  const { physicalOffset, size } = (await store.put(messageToStore('T', 0, 'last'))).appended[0];
  const killed = disk.afterKill();
  for (let at = physicalOffset + 50; at < physicalOffset + size; at++) killed.tamper(LOG, at, () => 0);
  const report = await verify(killed);
  expect(report.errorCount).toBe(0);
  expect(report.problems.filter(({ file }) => file === LOG)).toMatchObject([
    { severity: 'warning', position: physicalOffset },
  ]);
  await store.stop();
});

describe('damage', () => {
  it('is told by file and place, and what follows is read all the same', async () => {
    const { disk, offsets } = await written();
    disk.tamper(LOG, offsets[5] + 100, (byte) => byte ^ 1);
    disk.tamper(LOG, offsets[9] + 2, (byte) => byte ^ 0x40);
    const report = await verify(disk);
    expect(report.commitLog.records).toBe(COUNT - 2);
    const errors = report.problems.filter(
      ({ file, severity, position }) => file === LOG && severity === 'error' && position !== undefined,
    );
    expect(errors.filter(({ what }) => /next record/.test(what)).map(({ position }) => position)).toEqual([
      offsets[5],
      offsets[9],
    ]);
  });

  it('is repaired: what is lost is given up, everything else is there, and the store opens', async () => {
    const { disk, offsets } = await written();
    const inSecondFile = offsets.findIndex((offset) => offset > 16 * 1024) + 3;
    disk.tamper(LOG, offsets[5] + 100, (byte) => byte ^ 1);
    disk.tamper(LOG, offsets[6] + 100, (byte) => byte ^ 1);
    disk.tamper(
      `${STORE_ROOT}/commitlog/00000000000000016384`,
      offsets[inSecondFile] - 16 * 1024 + 100,
      (byte) => byte ^ 1,
    );
    const { after, done } = await repair(disk);
    expect(after.errorCount).toBe(0);
    expect(done).toHaveLength(3);
    expect(done[0]).toContain(`at byte ${offsets[5]}`);
    const lost = [5, 6, inSecondFile];
    expect(await bodies(disk)).toEqual(Array.from({ length: COUNT }, (_, i) => i).filter((i) => !lost.includes(i)));
    expect((await verify(disk)).errorCount).toBe(0);
  });

  it('of a whole file of the log is repaired too', async () => {
    const { disk, offsets } = await written();
    await disk.remove(`${STORE_ROOT}/commitlog/00000000000000016384`);
    const report = await verify(disk);
    expect(report.problems[0]).toMatchObject({ severity: 'error', what: 'the file is missing between others' });
    const { after } = await repair(disk);
    expect(after.errorCount).toBe(0);
    const kept = offsets
      .map((offset, i) => ({ offset, i }))
      .filter(({ offset }) => offset < 16_384 || offset >= 32_768);
    expect(await bodies(disk)).toEqual(kept.map(({ i }) => i));
  });

  it.each([
    [
      'a consume queue entry',
      `${STORE_ROOT}/consumequeue/T/1/00000000000000000000`,
      20 * 3 + 7,
      /1 entries of queue T\/1/,
    ],
    ['the slots of the index', '', 40 + 4 * 10 + 3, /slot|chained/],
    ['an entry of the index', '', 40 + 4 * 64 + 20 * 3 + 10, /index|entries/],
  ])('of %s is told, and built anew', async (_, file, position, what) => {
    const { disk } = await written();
    const path =
      file === ''
        ? disk
            .files()
            .filter((name) => name.includes('/index/'))
            .sort()[0]
        : file;
    disk.tamper(path, position, (byte) => byte ^ 1);
    const report = await verify(disk);
    expect(report.errorCount).toBe(0);
    expect(report.problems.map((problem) => problem.what).join()).toMatch(what);
    const { after } = await repair(disk);
    expect(after.problems).toEqual([]);
    expect(await bodies(disk)).toHaveLength(COUNT);
  });

  it('of a table is told', async () => {
    const { disk } = await written();
    const table = await disk
      .makeDirectory(`${STORE_ROOT}/config`)
      .then(() => disk.open(`${STORE_ROOT}/config/topics.json`, { create: true }));
    await table.write([Buffer.from('{"torn":')], 0);
    const { problems } = await verify(disk);
    expect(problems).toMatchObject([{ severity: 'warning', file: `${STORE_ROOT}/config/topics.json` }]);
  });

  it('that reaches into what had been flushed is an error, even if nothing follows', async () => {
    const { disk, offsets } = await written();
    const file = `${STORE_ROOT}/commitlog/${String(Math.floor(offsets[COUNT - 1] / 16_384) * 16_384).padStart(20, '0')}`;
    for (let at = 0; at < 16_384; at++) disk.tamper(file, at, () => 0);
    const { errorCount, problems } = await verify(disk);
    expect(errorCount).toBeGreaterThan(0);
    expect(problems.map(({ what }) => what).join()).toContain('had been flushed up to');
  });
});

describe('dump', () => {
  it('gives the records in the order of the log, from a place and of a queue', async () => {
    const { disk, offsets } = await written();
    const all: number[] = [];
    for await (const record of dumpStore(disk, STORE_ROOT)) all.push(record.physicalOffset);
    expect(all).toEqual(offsets);
    const some: string[] = [];
    for await (const record of dumpStore(disk, STORE_ROOT, { from: offsets[50], queueId: 1 }))
      some.push(record.body.toString().split(' ')[0]);
    expect(some).toEqual(['51', '53', '55', '57', '59']);
  });

  it('says when no record begins where it is to begin', async () => {
    const { disk } = await written();
    await expect(dumpStore(disk, STORE_ROOT, { from: 7 }).next()).rejects.toThrow(/no record begins at 7/);
  });
});

it('says when there is no store', async () => {
  await expect(verifyStore(new SimulatedFileSystem(), '/nowhere')).rejects.toThrow(/holds no store/);
});

it('leaves a store alone that is at work', async () => {
  const { store, disk } = simulatedStore();
  await store.start();
  await store.put(messageToStore('T', 0, 'x'));
  await expect(verify(disk)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  await store.stop();
});
