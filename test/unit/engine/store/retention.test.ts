import { isTimeToDelete, judgeDiskUse } from '../../../../lib/engine/store/disk-use.js';
import { defaultStoreOptions, type StoreOptions } from '../../../../lib/engine/store/store-options.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';
import { SimulatedFileSystem } from '../../../../lib/testing/simulated-file-system.js';
import { simulatedStore, type SimulatedStore } from '../../../support/simulated-store.js';
import { messageToStore, properties } from '../../../support/store-fixture.js';

const HOUR = 3_600_000;
/** Noon, local time. */
const noon = new Date(2026, 5, 1, 12).getTime();

const settings: Partial<StoreOptions> = {
  fileReservedTime: 48,
  enoughFreeDiskBytes: 2 ** 40,
  cleanResourceInterval: HOUR / 6,
  deleteCommitLogFilesInterval: 0,
};

async function started(
  options: Partial<StoreOptions> = {},
  disk = new SimulatedFileSystem(),
  clock = new VirtualClock(noon),
): Promise<SimulatedStore> {
  const simulated = simulatedStore({ ...settings, ...options }, disk, clock);
  await simulated.store.start();
  return simulated;
}

/** A file of the log and a message of the next, in three queues. */
async function putFile({ store }: SimulatedStore, name: string): Promise<void> {
  for (let i = 0; i < 15; i++) {
    const message = messageToStore('T', i % 3, `${name} ${i} ${'x'.repeat(1000)}`, {
      properties: properties(`KEYS=${name}`),
    });
    expect(await store.put(message)).toMatchObject({ status: 'PUT_OK' });
  }
}

async function logFiles({ disk }: SimulatedStore): Promise<number> {
  return (await disk.list('/store/commitlog')).length;
}

describe('files of the log', () => {
  it('are removed when they are old, at the hour of deleteWhen', async () => {
    const simulated = await started({ deleteWhen: '04' });
    const { store, clock } = simulated;
    await putFile(simulated, 'first');
    await clock.advance(40 * HOUR); // 04:00, but too young
    await putFile(simulated, 'second');
    await putFile(simulated, 'third');
    expect(store.minPhysicalOffset()).toBe(0);
    await clock.advance(20 * HOUR); // midnight, old enough, but not the hour
    expect(store.minPhysicalOffset()).toBe(0);
    await clock.advance(5 * HOUR);
    expect(store.minPhysicalOffset()).toBe(16 * 1024);
    await store.stop();
  });

  it('take with them what queues and index say of them', async () => {
    const simulated = await started();
    const { store, clock, disk } = simulated;
    for (const name of ['a', 'b', 'c', 'd']) await putFile(simulated, name);
    await clock.advance(10 * HOUR);
    for (const name of ['e', 'f']) await putFile(simulated, name);
    await clock.advance(40 * HOUR);
    await store.removeExpiredFiles();
    const min = store.minPhysicalOffset();
    expect(min).toBeGreaterThan(0);
    const minOffset = store.minQueueOffset('T', 0);
    expect(minOffset).toBeGreaterThan(0);
    expect(await store.get({ topic: 'T', queueId: 0, queueOffset: 0, maxCount: 1 })).toMatchObject({
      status: 'OFFSET_TOO_SMALL',
      nextBeginOffset: minOffset,
    });
    const { records } = await store.get({ topic: 'T', queueId: 0, queueOffset: minOffset, maxCount: 1 });
    expect(Number(records[0].readBigInt64BE(28))).toBeGreaterThanOrEqual(min);
    expect((await store.query('T', 'a', 64, 0, Number.MAX_SAFE_INTEGER)).records).toEqual([]);
    expect((await store.query('T', 'f', 64, 0, Number.MAX_SAFE_INTEGER)).records).toHaveLength(15);
    await store.stop();

    const next = await started({}, disk, clock);
    expect(next.store.minQueueOffset('T', 0)).toBe(minOffset);
    expect(next.store.maxQueueOffset('T', 0)).toBe(30);
    expect(next.logger.of('warn')).toEqual([]);
    await next.store.stop();
  });

  it('keep the offsets of a queue whose messages are all gone', async () => {
    const simulated = await started();
    const { store, clock, disk } = simulated;
    await store.put(messageToStore('Old', 0, 'x'));
    for (const name of ['a', 'b', 'c']) await putFile(simulated, name);
    await clock.advance(60 * HOUR);
    await store.removeExpiredFiles();
    expect([store.minQueueOffset('Old', 0), store.maxQueueOffset('Old', 0)]).toEqual([1, 1]);
    disk.kill();
    await store.stop().catch(() => undefined);
    const next = await started({}, disk.afterKill(), clock);
    expect((await next.store.put(messageToStore('Old', 0, 'y'))).appended[0].queueOffset).toBe(1);
    await next.store.stop();
  });

  it('are removed before they expire only if cleanFileForciblyEnable says so', async () => {
    for (const cleanFileForciblyEnable of [false, true]) {
      const simulated = await started({ cleanFileForciblyEnable });
      const { disk, clock, store } = simulated;
      for (const name of ['a', 'b', 'c']) await putFile(simulated, name);
      const files = await logFiles(simulated);
      disk.space = () => Promise.resolve({ totalBytes: 1000, freeBytes: 120 }); // 88 %
      await clock.advance(HOUR);
      expect(store.isWriteable).toBe(true);
      if (cleanFileForciblyEnable) expect(await logFiles(simulated)).toBeLessThan(files);
      else expect(await logFiles(simulated)).toBe(files);
      await store.stop();
    }
  });
});

describe('a disk beyond its limit', () => {
  it('makes messages be refused, and taken again within seconds of there being space', async () => {
    const simulated = await started();
    const { store, clock, disk, logger } = simulated;
    let freeBytes = 50;
    disk.space = () => Promise.resolve({ totalBytes: 1000, freeBytes });
    await clock.advance(60_000);
    expect(store.isWriteable).toBe(false);
    const refused = await store.put(messageToStore('T', 0, 'x'));
    expect(refused).toMatchObject({ status: 'SERVICE_NOT_AVAILABLE', appended: [] });
    expect(refused.remark).toMatch(/full/);
    freeBytes = 500;
    await clock.advance(1000);
    expect(store.isWriteable).toBe(true);
    expect(logger.of('error')).toHaveLength(1);
    await store.stop();
  });
});

describe('judgeDiskUse', () => {
  const judge = (usedPercent: number, enoughFreeDiskBytes = 2 ** 40) =>
    judgeDiskUse(
      { totalBytes: 1000, freeBytes: 1000 - usedPercent * 10 },
      { ...defaultStoreOptions, enoughFreeDiskBytes },
    );

  it.each([
    [75, 'fine'],
    [76, 'deleteExpired'],
    [86, 'deleteNow'],
    [90, 'deleteNow'],
    [91, 'full'],
  ])('takes %d %% used for %s', (percent, use) => {
    expect(judge(percent)).toBe(use);
  });

  it('takes a large disk for fine as long as enough is free', () => {
    expect(judge(99, 10)).toBe('fine');
    expect(judge(99, 11)).toBe('full');
  });
});

it.each([
  ['04', false],
  ['12', true],
  ['04;12', true],
  ['4;5', false],
])('isTimeToDelete(%j) at noon is %s', (deleteWhen, expected) => {
  expect(isTimeToDelete(deleteWhen, noon)).toBe(expected);
});
