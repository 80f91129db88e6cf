import { ConsumeQueue } from '../../../../lib/engine/store/consume-queue.js';
import { CONSUME_QUEUE_ENTRY_BYTES, readEntry, writeEntry } from '../../../../lib/engine/store/consume-queue-format.js';
import { LogFileQueue } from '../../../../lib/engine/store/log-file-queue.js';
import { OpenFiles } from '../../../../lib/engine/store/open-files.js';
import { SimulatedFileSystem } from '../../../../lib/testing/simulated-file-system.js';

const PER_FILE = 50;

function queueOn(disk: SimulatedFileSystem): ConsumeQueue {
  const files = new LogFileQueue('/q/T/0', PER_FILE * CONSUME_QUEUE_ENTRY_BYTES, disk, new OpenFiles(disk, 8));
  return new ConsumeQueue('T', 0, files);
}

function fill(queue: ConsumeQueue, from: number, to: number): void {
  for (let i = from; i < to; i++) queue.append(i, { physicalOffset: i * 100, size: 100, tagsCode: -i });
}

async function reopened(disk: SimulatedFileSystem, minPhysicalOffset = 0): Promise<ConsumeQueue> {
  const queue = queueOn(disk);
  await queue.files.load(true);
  await queue.loadBounds();
  await queue.correctMinOffset(minPhysicalOffset);
  return queue;
}

it("writes Apache's entry: offset, size, tag's hash", () => {
  const bytes = Buffer.alloc(20);
  writeEntry(bytes, 0, { physicalOffset: 0x1669dcc6, size: 238, tagsCode: 0x27a807 });
  expect(bytes.toString('hex')).toBe('000000001669dcc6000000ee000000000027a807');
  writeEntry(bytes, 0, { physicalOffset: 2 ** 40 + 5, size: 1, tagsCode: -367331910 });
  expect(bytes.subarray(12, 16).toString('hex')).toBe('ffffffff');
  expect(readEntry(bytes, 0)).toEqual({ physicalOffset: 2 ** 40 + 5, size: 1, tagsCode: -367331910 });
});

describe('a queue', () => {
  it('gives its entries from memory and from files alike', async () => {
    const disk = new SimulatedFileSystem();
    const queue = queueOn(disk);
    for (let round = 0; round < 8; round++) {
      fill(queue, round * 150, (round + 1) * 150);
      if (round < 7) await queue.write(() => undefined);
    }
    expect(queue.maxOffset).toBe(1200);
    for (let offset = 0; offset < 1200;) {
      const bytes = await queue.entries(offset, 64);
      expect(bytes.length).toBeGreaterThan(0);
      for (let at = 0; at < bytes.length; at += 20, offset++) {
        expect(readEntry(bytes, at)).toEqual({
          physicalOffset: offset * 100,
          size: 100,
          tagsCode: offset === 0 ? 0 : -offset,
        });
      }
    }
    expect(await queue.entries(1200, 5)).toHaveLength(0);
  });

  it('is read ahead for who goes through it, but not beyond what a truncation left', async () => {
    const disk = new SimulatedFileSystem();
    const queue = queueOn(disk);
    for (let from = 0; from < 800; from += 400) {
      fill(queue, from, from + 400);
      await queue.write(() => undefined);
    }
    let reads = 0;
    disk.onCall = ({ kind }) => {
      if (kind === 'read') reads++;
    };
    const read: number[] = [];
    for (let offset = 0; offset < 100;) {
      const bytes = await queue.someEntries(offset, 8);
      for (let at = 0; at < bytes.length; at += 20, offset++) read.push(readEntry(bytes, at).physicalOffset);
    }
    expect(read).toEqual(read.map((_, index) => index * 100));
    expect(reads).toBeLessThan(10); // 50 entries lie in a file
    queue.truncate(90);
    expect(await queue.someEntries(90, 8)).toHaveLength(0);
    expect(await queue.someEntries(88, 8)).toHaveLength(2 * CONSUME_QUEUE_ENTRY_BYTES);
  });

  it('finds its bounds again from its files', async () => {
    for (const count of [1, 49, 50, 51, 137]) {
      const disk = new SimulatedFileSystem();
      const queue = queueOn(disk);
      fill(queue, 0, count);
      await queue.write(() => undefined);
      expect((await reopened(disk)).state).toEqual({ minOffset: 0, maxOffset: count, maxPhysicalOffset: count * 100 });
    }
  });

  it("begins late with Apache's blank entries in front", async () => {
    const disk = new SimulatedFileSystem();
    const queue = queueOn(disk);
    fill(queue, 60, 65);
    await queue.write(() => undefined);
    expect(queue.minOffset).toBe(60);
    const bytes = disk.contents('/q/T/0/00000000000000001000');
    expect(bytes.subarray(0, 20).toString('hex')).toBe('00000000000000007fffffff0000000000000000');
    expect(readEntry(bytes, 9 * 20)).toEqual({ physicalOffset: 0, size: 0x7fffffff, tagsCode: 0 });
    expect(readEntry(bytes, 10 * 20).physicalOffset).toBe(6000);
    expect((await reopened(disk)).state).toEqual({ minOffset: 60, maxOffset: 65, maxPhysicalOffset: 6500 });
  });

  it('fills a gap with blank entries, so that offsets stay what records say', () => {
    const queue = queueOn(new SimulatedFileSystem());
    fill(queue, 0, 5);
    fill(queue, 8, 10);
    expect(queue.maxOffset).toBe(10);
    const entries = queue.recentEntries(4, 5)!;
    expect([0, 1, 2, 3, 4].map((i) => readEntry(entries, i * 20).size)).toEqual([
      100, 0x7fffffff, 0x7fffffff, 0x7fffffff, 100,
    ]);
  });

  it('begins anew instead of filling a gap without end', () => {
    const queue = queueOn(new SimulatedFileSystem());
    fill(queue, 0, 5);
    queue.append(2 ** 45, { physicalOffset: 500, size: 100, tagsCode: 0 });
    expect(queue.state).toEqual({ minOffset: 2 ** 45, maxOffset: 2 ** 45 + 1, maxPhysicalOffset: 600 });
  });

  it('takes a lower offset for a topic that was made again', () => {
    const queue = queueOn(new SimulatedFileSystem());
    fill(queue, 0, 5);
    queue.append(0, { physicalOffset: 900, size: 10, tagsCode: 0 });
    expect(queue.state).toEqual({ minOffset: 0, maxOffset: 1, maxPhysicalOffset: 910 });
    expect(queue.nextOffset).toBe(1);
  });

  it('raises its first offset to what the log still has', async () => {
    const disk = new SimulatedFileSystem();
    const queue = queueOn(disk);
    fill(queue, 0, 200);
    await queue.write(() => undefined);
    await queue.correctMinOffset(7250);
    expect(queue.minOffset).toBe(73);
    await queue.removeOldFiles();
    expect(queue.files.fileStarts).toEqual([1000, 2000, 3000]);
    await queue.correctMinOffset(1e9);
    expect([queue.minOffset, queue.maxOffset]).toEqual([200, 200]);
    expect((await reopened(disk, 7250)).minOffset).toBe(73);
  });

  it('raises its first offset beyond no message, though a gap is in front of others', async () => {
    const queue = queueOn(new SimulatedFileSystem());
    fill(queue, 0, 3);
    fill(queue, 9, 12);
    await queue.correctMinOffset(0);
    expect(queue.minOffset).toBe(0);
    await queue.correctMinOffset(150);
    expect(queue.minOffset).toBe(2);
    await queue.correctMinOffset(300);
    expect(queue.minOffset).toBe(9);
  });

  it('drops the entries of records that the log has lost', async () => {
    const disk = new SimulatedFileSystem();
    const queue = queueOn(disk);
    fill(queue, 0, 120);
    await queue.write(() => undefined);
    await queue.truncateToLog(7000);
    expect(queue.state).toEqual({ minOffset: 0, maxOffset: 70, maxPhysicalOffset: 7000 });
    expect((await reopened(disk)).state).toEqual({ minOffset: 0, maxOffset: 70, maxPhysicalOffset: 7000 });
    expect(queue.files.fileStarts).toEqual([0, 1000]);
  });
});
