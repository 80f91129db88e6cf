import fc from 'fast-check';
import { javaHash } from '../../../../lib/engine/common/java-hash.js';
import { silentLogger } from '../../../../lib/engine/ports/logger.js';
import type { DispatchRequest } from '../../../../lib/engine/store/dispatch-request.js';
import {
  decodeIndexHeader,
  entryPosition,
  indexFileName,
  indexKeyHash,
  readIndexEntry,
  slotPosition,
} from '../../../../lib/engine/store/index-format.js';
import { IndexStore } from '../../../../lib/engine/store/index-store.js';
import { OpenFiles } from '../../../../lib/engine/store/open-files.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';
import { seed } from '../../../support/run-options.js';
import { SimulatedFileSystem } from '../../../../lib/testing/simulated-file-system.js';
import { properties } from '../../../support/store-fixture.js';

const DIRECTORY = '/index';
const EVER = Number.MAX_SAFE_INTEGER;

function indexOn(disk: SimulatedFileSystem, size = { slots: 64, entries: 20 }): IndexStore {
  const openFiles = new OpenFiles(disk, 8);
  return new IndexStore({
    directory: DIRECTORY,
    size,
    clock: new VirtualClock(),
    fileSystem: disk,
    openFiles,
    logger: silentLogger,
  });
}

function record(
  physicalOffset: number,
  keys: string,
  storeTimestamp = 1000 + physicalOffset,
  fields: Partial<DispatchRequest> = {},
): DispatchRequest {
  const place = { topic: 'T', queueId: 0, queueOffset: 0, physicalOffset, size: 100, tagsCode: 0, storeTimestamp };
  return { ...place, sysFlag: 0, properties: properties(`KEYS=${keys}`), ...fields };
}

async function offsets(index: IndexStore, key: string, maxCount = 64, begin = 0, end = EVER): Promise<number[]> {
  return (await index.query('T', key, maxCount, begin, end)).physicalOffsets;
}

describe('the hash of a key', () => {
  it.each([
    ['k1', 860036],
    ['k2', 860037],
    ['7F0000010001AABBCCDD000000010000', 528112],
    ['B0,B1', 481359],
  ])("chooses Apache's slot: %s", (key, slot) => {
    expect(indexKeyHash('PROBE_T', key) % 5_000_000).toBe(slot);
  });

  it("is 0 where Java's abs() stays negative", () => {
    expect(javaHash('T#5eeedzu')).toBe(-(2 ** 31));
    expect(indexKeyHash('T', '5eeedzu')).toBe(0);
    fc.assert(
      fc.property(fc.string(), fc.string(), (topic, key) => indexKeyHash(topic, key) >= 0),
      { seed },
    );
  });
});

it('names files by local time', () => {
  expect(indexFileName(new Date(2026, 10, 21, 4, 5, 6, 7).getTime())).toBe('20261121040506007');
});

describe('an index', () => {
  it('finds records by each of their keys and by UNIQ_KEY, in the order of the log', async () => {
    const index = indexOn(new SimulatedFileSystem());
    index.add(record(100, 'a b'));
    index.add(record(200, 'b', 1200, { properties: properties('UNIQ_KEY=u', 'KEYS=b') }));
    expect(await offsets(index, 'b')).toEqual([100, 200]);
    expect(await offsets(index, 'a')).toEqual([100]);
    expect(await offsets(index, 'u')).toEqual([200]);
    expect(await offsets(index, 'c')).toEqual([]);
    expect((await index.query('Other', 'a', 64, 0, EVER)).physicalOffsets).toEqual([]);
  });

  it('gives the newest when there are more than asked for', async () => {
    const index = indexOn(new SimulatedFileSystem());
    for (const offset of [100, 200, 300]) index.add(record(offset, 'k'));
    expect(await offsets(index, 'k', 2)).toEqual([200, 300]);
  });

  it('keeps to the times asked for, to the second', async () => {
    const index = indexOn(new SimulatedFileSystem());
    for (const seconds of [10, 20, 30]) index.add(record(seconds, 'k', seconds * 1000));
    expect(await offsets(index, 'k', 64, 15_000, 25_000)).toEqual([20]);
    expect(await offsets(index, 'k', 64, 0, 10_000)).toEqual([10]);
    expect(await offsets(index, 'k', 64, 31_000, EVER)).toEqual([]);
  });

  it('leaves rolled back messages out', async () => {
    const index = indexOn(new SimulatedFileSystem());
    index.add(record(100, 'k', 1000, { sysFlag: 0xc }));
    index.add(record(200, 'k', 1000, { sysFlag: 0x4 }));
    expect(await offsets(index, 'k')).toEqual([200]);
  });

  it('goes on in a next file, which begins where the last ended', async () => {
    const disk = new SimulatedFileSystem();
    const index = indexOn(disk);
    for (let i = 1; i <= 50; i++) index.add(record(i * 100, `k${i % 5}`, i * 1000));
    await index.sync();
    const names = (await disk.list(DIRECTORY)).sort();
    expect(names).toHaveLength(3);
    const [first, second] = names.map((name) => decodeIndexHeader(disk.contents(`${DIRECTORY}/${name}`)));
    expect(first).toMatchObject({ indexCount: 20, beginPhyOffset: 100, endPhyOffset: 1900, beginTimestamp: 1000 });
    expect(second.beginPhyOffset).toBe(2000);
    expect(index.completeUntil).toBe(38_000);
    expect(await offsets(index, 'k0')).toEqual([5, 10, 15, 20, 25, 30, 35, 40, 45, 50].map((i) => i * 100));
  });

  it("has Apache's bytes", async () => {
    const disk = new SimulatedFileSystem();
    const index = indexOn(disk);
    index.add(record(100, 'k', 10_000));
    index.add(record(200, 'k', 12_999));
    await index.sync();
    const bytes = disk.contents(`${DIRECTORY}/${(await disk.list(DIRECTORY))[0]}`);
    expect(bytes).toHaveLength(40 + 64 * 4 + 20 * 20);
    expect(decodeIndexHeader(bytes)).toEqual({
      beginTimestamp: 10_000,
      endTimestamp: 12_999,
      beginPhyOffset: 100,
      endPhyOffset: 200,
      hashSlotCount: 1,
      indexCount: 3,
    });
    const keyHash = indexKeyHash('T', 'k');
    expect(bytes.readInt32BE(slotPosition(keyHash % 64))).toBe(2);
    expect(bytes.subarray(entryPosition(64, 0), entryPosition(64, 1))).toEqual(Buffer.alloc(20));
    expect(readIndexEntry(bytes, entryPosition(64, 1))).toEqual({
      keyHash,
      physicalOffset: 100,
      seconds: 0,
      previous: 0,
    });
    expect(readIndexEntry(bytes, entryPosition(64, 2))).toEqual({
      keyHash,
      physicalOffset: 200,
      seconds: 2,
      previous: 1,
    });
  });

  it('is the same after it was closed and opened', async () => {
    const disk = new SimulatedFileSystem();
    const index = indexOn(disk);
    for (let i = 1; i <= 30; i++) index.add(record(i * 100, `k${i % 7}`));
    await index.sync();
    const reopened = indexOn(disk);
    expect(await reopened.load(index.state, Infinity, true)).toBe(true);
    for (let i = 31; i <= 60; i++) reopened.add(record(i * 100, `k${i % 7}`));
    for (let k = 0; k < 7; k++) {
      const expected = Array.from({ length: 60 }, (_, i) => i + 1).filter((i) => i % 7 === k);
      expect(await offsets(reopened, `k${k}`)).toEqual(expected.map((i) => i * 100));
    }
  });

  it('drops entries that came after what is known, and builds the slots anew', async () => {
    const disk = new SimulatedFileSystem();
    const index = indexOn(disk);
    for (let i = 1; i <= 10; i++) index.add(record(i * 100, `k${i % 3}`));
    await index.sync();
    const known = index.state;
    for (let i = 11; i <= 40; i++) index.add(record(i * 100, `k${i % 3}`));
    await index.sync();
    const recovered = indexOn(disk);
    await recovered.load(known, Infinity, false);
    expect(recovered.endOffset).toBe(1000);
    expect(await offsets(recovered, 'k1')).toEqual([100, 400, 700, 1000]);
    for (let i = 11; i <= 40; i++) recovered.add(record(i * 100, `k${i % 3}`));
    await recovered.sync();
    const names = (await disk.list(DIRECTORY)).sort();
    const expected = indexOn(new SimulatedFileSystem());
    for (let i = 1; i <= 40; i++) expected.add(record(i * 100, `k${i % 3}`));
    expect(names).toHaveLength(3);
    for (const k of ['k0', 'k1', 'k2']) expect(await offsets(recovered, k)).toEqual(await offsets(expected, k));
  });

  it('says when the file that is known is gone', async () => {
    const disk = new SimulatedFileSystem();
    const index = indexOn(disk);
    index.add(record(100, 'k'));
    await index.sync();
    const known = index.state;
    await disk.remove(`${DIRECTORY}/${known?.name ?? ''}`);
    const reopened = indexOn(disk);
    expect(await reopened.load(known, Infinity, true)).toBe(false);
    expect(reopened.endOffset).toBe(-1);
  });

  it('refuses a file of another size', async () => {
    const disk = new SimulatedFileSystem();
    const index = indexOn(disk);
    index.add(record(100, 'k'));
    await index.sync();
    const other = indexOn(disk, { slots: 32, entries: 20 });
    await expect(other.load(undefined, Infinity, true)).rejects.toThrow(/maxHashSlotNum/);
  });

  it('lets go of files in front of the log, but never of the last', async () => {
    const disk = new SimulatedFileSystem();
    const index = indexOn(disk);
    for (let i = 1; i <= 50; i++) index.add(record(i * 100, 'k'));
    await index.sync();
    await index.removeBefore(2500);
    expect(await disk.list(DIRECTORY)).toHaveLength(2);
    await index.removeBefore(1e9);
    expect(await disk.list(DIRECTORY)).toHaveLength(1);
  });
});
