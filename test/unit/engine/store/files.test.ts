import { CorruptRecordError, StoreLockedError } from '../../../../lib/engine/common/errors.js';
import { readCrashSafe, writeCrashSafe } from '../../../../lib/engine/store/crash-safe-file.js';
import { JsonFiles } from '../../../../lib/engine/store/json-file.js';
import { LogFileQueue } from '../../../../lib/engine/store/log-file-queue.js';
import { OpenFiles } from '../../../../lib/engine/store/open-files.js';
import { ReadCache } from '../../../../lib/engine/store/read-cache.js';
import { isTopicFolder, fileNameOf, offsetOfFileName } from '../../../../lib/engine/store/store-paths.js';
import { TailBuffer } from '../../../../lib/engine/store/tail-buffer.js';
import { seed } from '../../../support/run-options.js';
import { seededRandom } from '../../../../lib/testing/seeded-random.js';
import { SimulatedFileSystem, systemError } from '../../../../lib/testing/simulated-file-system.js';
import { RecordingLogger, simulatedStore } from '../../../support/simulated-store.js';

describe('a file that is replaced as a whole', () => {
  it('is the old or the new one after a power cut at any call', async () => {
    for (let call = 1; ; call++) {
      const disk = new SimulatedFileSystem();
      await disk.makeDirectory('/config');
      await disk.syncDirectory('/');
      await writeCrashSafe(disk, '/config/x.json', Buffer.from('old '.repeat(300)));
      let calls = 0;
      const crashed: SimulatedFileSystem[] = [];
      disk.onCall = () => {
        if (++calls === call) for (let i = 0; i < 5; i++) crashed.push(disk.crash(seededRandom(seed + i)));
      };
      await writeCrashSafe(disk, '/config/x.json', Buffer.from('new '.repeat(200)));
      for (const after of crashed) {
        const content = await readCrashSafe(after, '/config/x.json', (bytes) =>
          /^((old )+|(new )+)$/.test(bytes.toString()),
        );
        expect(['old '.repeat(300), 'new '.repeat(200)]).toContain(content?.toString());
      }
      if (calls < call) break;
    }
  });

  it('keeps its previous version as .bak, which is taken when it is torn', async () => {
    const disk = new SimulatedFileSystem();
    const logger = new RecordingLogger();
    const files = new JsonFiles(disk, '/store/config', logger);
    expect(await files.load('topics.json')).toBeUndefined();
    await files.save('topics.json', '{"v":1}');
    await files.save('topics.json', '{0:2}');
    expect(await files.load('topics.json')).toBe('{0:2}');
    expect(disk.contents('/store/config/topics.json.bak').toString()).toBe('{"v":1}');
    disk.tamper('/store/config/topics.json', 0, () => 0);
    expect(await files.load('topics.json')).toBe('{"v":1}');
    expect(logger.of('error')).toHaveLength(1);
  });
});

describe('OpenFiles', () => {
  it('closes those that were used longest ago, and never one in use', async () => {
    const disk = new SimulatedFileSystem();
    for (let i = 0; i < 20; i++) await disk.open(`/f${i}`, { create: true });
    const files = new OpenFiles(disk, 8);
    for (let i = 0; i < 20; i++) await files.use(`/f${i}`, () => Promise.resolve());
    expect(files.count).toBe(8);
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => files.use(`/f${i}`, (file) => file.read(Buffer.alloc(1), 0))),
    );
    expect(files.count).toBe(8);
    await expect(files.use('/none', () => Promise.resolve())).rejects.toMatchObject({ code: 'ENOENT' });
    await files.closeAll();
    expect(files.count).toBe(0);
  });
});

describe('LogFileQueue', () => {
  const queueOn = (disk: SimulatedFileSystem) => new LogFileQueue('/log', 1024, disk, new OpenFiles(disk, 8));

  it('reads across files, up to their end', async () => {
    const files = queueOn(new SimulatedFileSystem());
    for (const start of [0, 1024]) await files.create(start, { durable: true });
    await files.write([Buffer.alloc(24, 1)], 1000);
    await files.write([Buffer.alloc(10, 2)], 1024);
    const target = Buffer.alloc(40);
    expect(await files.read(target, 1000)).toBe(40);
    expect(target.toString('hex')).toBe('01'.repeat(24) + '02'.repeat(10) + '00'.repeat(6));
    expect(await files.read(Buffer.alloc(100), 2000)).toBe(48);
    expect(await files.read(Buffer.alloc(100), 4000)).toBe(0);
  });

  it('makes a file once, also when it is asked for twice at a time', async () => {
    const disk = new SimulatedFileSystem();
    const files = queueOn(disk);
    await Promise.all([files.create(0, { durable: true }), files.create(0, { durable: true })]);
    expect(files.fileStarts).toEqual([0]);
  });

  it('says which file is missing between others', async () => {
    const disk = new SimulatedFileSystem();
    const files = queueOn(disk);
    for (const start of [0, 1024, 2048]) await files.create(start, { durable: true });
    await disk.remove(files.pathOf(1024));
    const error = await queueOn(disk)
      .load(true)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CorruptRecordError);
    expect(String(error)).toContain('00000000000000001024');
  });

  it('gives a last file that a crash left short its size back, but refuses one after a clean stop', async () => {
    const disk = new SimulatedFileSystem();
    const files = queueOn(disk);
    for (const start of [0, 1024]) await files.create(start, { durable: true });
    await (await disk.open(files.pathOf(1024))).truncate(100);
    await expect(queueOn(disk).load(true)).rejects.toThrow(CorruptRecordError);
    await queueOn(disk).load(false);
    expect((await disk.status(files.pathOf(1024)))?.size).toBe(1024);
    await (await disk.open(files.pathOf(1024))).truncate(0);
    const again = queueOn(disk);
    await again.load(true);
    expect(again.fileStarts).toEqual([0]);
  });

  it('ignores names that are no offsets', async () => {
    const disk = new SimulatedFileSystem();
    await queueOn(disk).create(0, { durable: true });
    await disk.open('/log/notes.txt', { create: true });
    const files = queueOn(disk);
    await files.load(true);
    expect(files.fileStarts).toEqual([0]);
  });
});

it('names files by their offset, in 20 digits', () => {
  expect(fileNameOf(1024 ** 3)).toBe('00000000001073741824');
  expect(offsetOfFileName('00000000001073741824')).toBe(1024 ** 3);
  expect(offsetOfFileName('1073741824')).toBeUndefined();
});

it.each(['T', '%RETRY%g', '%DLQ%g', 'a_b-c|d', 'x'.repeat(255)])('takes %s for a folder', (topic) => {
  expect(isTopicFolder(topic)).toBe(true);
});

it.each(['', '.', '..', 'a/b', 'a\\b', 'a\0', '../x', 'ä', 'x'.repeat(256), 'a b', 'C:'])(
  'does not take %j for a folder',
  (topic) => {
    expect(isTopicFolder(topic)).toBe(false);
  },
);

describe('TailBuffer', () => {
  const MIB = 1024 * 1024;

  function fill(tail: TailBuffer, offset: number, size: number, value: number, writtenOffset = 0): void {
    const { memory, position } = tail.reserve(offset, size, writtenOffset);
    memory.bytes.fill(value, position, position + size);
  }

  it('keeps the newest bytes within its budget, and those that are not written in any case', () => {
    const tail = new TailBuffer(MIB);
    const step = 100 * 1024;
    for (let i = 0; i < 100; i++) fill(tail, i * step, step, i, Math.min(i, 50) * step);
    expect(tail.view(0, 10)).toBeUndefined();
    for (let i = 50; i < 100; i++) expect(tail.view(i * step, step)?.every((byte) => byte === i)).toBe(true);
  });

  it('gives chunks that cover what is to be written, across the end of a file', () => {
    const tail = new TailBuffer(MIB);
    fill(tail, 0, 10, 1);
    fill(tail, 10, 8, 2);
    fill(tail, 1024, 5, 3);
    expect(Buffer.concat(tail.chunks(4, 1024)).toString('hex')).toBe('01'.repeat(6) + '02'.repeat(8));
    expect(Buffer.concat(tail.chunks(1024, 1029)).toString('hex')).toBe('03'.repeat(5));
    expect(tail.view(1024, 6)).toBeUndefined();
    expect(tail.view(1020, 4)).toBeUndefined();
  });

  it('says beforehand what is reserved next, as far as its block and its file go', () => {
    const tail = new TailBuffer(MIB);
    expect(tail.free(0, 100)).toBeUndefined();
    fill(tail, 0, 10, 1);
    const free = tail.free(10, 100);
    expect(free?.limit).toBe(110);
    expect(tail.free(10, MIB)?.limit).toBe(MIB / 8);
    expect(tail.free(1024, 100)).toBeUndefined(); // another file
    expect(tail.reserve(10, 100, 0)).toMatchObject({
      memory: free?.memory,
      position: free?.position,
      physicalOffset: 10,
    });
  });

  it('takes back what was reserved from some place on', () => {
    const tail = new TailBuffer(MIB);
    fill(tail, 0, 10, 1);
    fill(tail, 10, 10, 2);
    tail.rollback(10);
    expect(tail.view(10, 1)).toBeUndefined();
    fill(tail, 10, 4, 9);
    expect(tail.view(0, 14)?.toString('hex')).toBe('01'.repeat(10) + '09'.repeat(4));
  });
});

describe('ReadCache', () => {
  it('reads a chunk once for all who read in it, and never what is still to be written', async () => {
    const disk = new SimulatedFileSystem();
    const files = new LogFileQueue('/log', 1024 * 1024, disk, new OpenFiles(disk, 8));
    await files.create(0, { durable: true });
    await files.write([Buffer.alloc(300_000, 7)], 0);
    let reads = 0;
    disk.onCall = ({ kind }) => {
      if (kind === 'read') reads++;
    };
    const cache = new ReadCache(files, 1024 * 1024);
    const found = await Promise.all([0, 1000, 5000, 131_000].map((offset) => cache.read(offset, 200, 300_000)));
    expect(found.every((bytes) => bytes.length === 200 && bytes.every((byte) => byte === 7))).toBe(true);
    expect(reads).toBe(2);
    expect((await cache.read(299_900, 200, 300_000)).subarray(0, 100).every((byte) => byte === 7)).toBe(true);
    await files.write([Buffer.alloc(100, 8)], 300_000);
    expect((await cache.read(300_000, 100, 300_100)).every((byte) => byte === 8)).toBe(true);
  });

  it('gives everybody the right bytes while its memory is used again and again', async () => {
    const CHUNK = 128 * 1024;
    const CHUNKS = 64;
    const disk = new SimulatedFileSystem();
    const files = new LogFileQueue('/log', CHUNKS * CHUNK, disk, new OpenFiles(disk, 8));
    await files.create(0, { durable: true });
    for (let i = 0; i < CHUNKS; i++) await files.write([Buffer.alloc(CHUNK, i + 1)], i * CHUNK);
    const targets: Buffer[] = [];
    const read = files.read.bind(files);
    jest.spyOn(files, 'read').mockImplementation((target, offset) => {
      targets.push(target);
      return read(target, offset);
    });
    const cache = new ReadCache(files, 1024 * 1024);
    const goThrough = async (first: number): Promise<void> => {
      for (let i = first; i < CHUNKS; i++) {
        const bytes = await cache.read(i * CHUNK + 100, 5000, CHUNKS * CHUNK);
        expect(bytes.every((byte) => byte === i + 1)).toBe(true);
        const view = cache.view(i * CHUNK + 70_000, 5000, CHUNKS * CHUNK);
        expect(view?.every((byte) => byte === i + 1)).not.toBe(false);
      }
    };
    // Readers far apart take each other's chunks away, also while they wait for them.
    await Promise.all([0, 20, 40, 60].map(goThrough));
    const runs = targets.filter(({ length }) => length === 2 * CHUNK);
    expect(new Set(runs.map(({ buffer }) => buffer)).size).toBeLessThan(runs.length / 2);
  });

  it('keeps a chunk that is no longer known for those who wait for it', async () => {
    const CHUNK = 128 * 1024;
    const disk = new SimulatedFileSystem();
    const files = new LogFileQueue('/log', 64 * CHUNK, disk, new OpenFiles(disk, 8));
    let finish: (read: number) => void = () => undefined;
    const first = new Promise<number>((resolve) => (finish = resolve));
    jest.spyOn(files, 'read').mockImplementation((target, offset) => {
      target.fill(offset / CHUNK + 1); // at once, as by another thread
      return offset === 0 ? first : Promise.resolve(target.length);
    });
    const cache = new ReadCache(files, 4 * CHUNK);
    const waiting = cache.read(0, 100, 64 * CHUNK);
    for (const chunk of [10, 20, 30, 40, 50]) await cache.read(chunk * CHUNK, 100, 64 * CHUNK);
    const other = first.then(() => cache.read(60 * CHUNK, 100, 64 * CHUNK));
    finish(CHUNK);
    expect((await waiting).every((byte) => byte === 1)).toBe(true);
    expect((await other).every((byte) => byte === 61)).toBe(true);
  });

  it('goes on after a read that failed', async () => {
    const disk = new SimulatedFileSystem();
    const files = new LogFileQueue('/log', 1024 * 1024, disk, new OpenFiles(disk, 8));
    await files.create(0, { durable: true });
    await files.write([Buffer.alloc(300_000, 7)], 0);
    const cache = new ReadCache(files, 1024 * 1024);
    disk.onCall = ({ kind, path }) => {
      if (kind === 'read') throw systemError('EIO', path);
    };
    await expect(cache.read(0, 10, 300_000)).rejects.toThrow('EIO');
    disk.onCall = undefined;
    expect((await cache.read(0, 10, 300_000)).every((byte) => byte === 7)).toBe(true);
  });
});

describe('ReadCache, when somebody goes through the log,', () => {
  const CHUNK = 128 * 1024;
  const FILE_BYTES = 4 * 1024 * 1024;

  /** @returns a cache over files that hold, in each 4 bytes, the number of their chunk */
  async function cacheOf(chunks: number): Promise<{ cache: ReadCache; reads: [number, number][] }> {
    const disk = new SimulatedFileSystem();
    const files = new LogFileQueue('/log', FILE_BYTES, disk, new OpenFiles(disk, 8));
    for (let i = 0; i < chunks; i++) {
      await files.create(files.startOf(i * CHUNK), { durable: true });
      await files.write([Buffer.alloc(CHUNK, i)], i * CHUNK);
    }
    const reads: [number, number][] = [];
    const read = files.read.bind(files);
    files.read = (target, offset) => {
      reads.push([offset / CHUNK, target.length / CHUNK]);
      return read(target, offset);
    };
    return { cache: new ReadCache(files, 32 * CHUNK), reads };
  }

  it('reads ahead in long runs, so that what comes next is in memory', async () => {
    const { cache, reads } = await cacheOf(40);
    const written = 40 * CHUNK;
    let waits = 0;
    for (let offset = 0; offset < written; offset += CHUNK / 4) {
      const view = cache.view(offset, CHUNK / 4, written);
      if (!view) waits++;
      const bytes = view ?? (await cache.read(offset, CHUNK / 4, written));
      expect(bytes.every((byte) => byte === Math.floor(offset / CHUNK))).toBe(true);
      await Promise.resolve();
    }
    // One chunk at random, then runs of eight, up to the end of a file of 32.
    expect(reads).toEqual([
      [0, 1],
      [1, 8],
      [9, 8],
      [17, 8],
      [25, 7],
      [32, 8],
    ]);
    expect(waits).toBeLessThan(10);
  });

  it('reads nothing ahead that is not written for good', async () => {
    const { cache, reads } = await cacheOf(4);
    const written = 3 * CHUNK + 1;
    for (const chunk of [0, 1, 2]) await cache.read(chunk * CHUNK, 100, written);
    expect(reads).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(cache.view(3 * CHUNK, 1, written)).toBeUndefined();
  });
});

it('gives what is left when retention takes a file from under a reader', async () => {
  const disk = new SimulatedFileSystem();
  const files = new LogFileQueue('/log', 1024 * 1024, disk, new OpenFiles(disk, 8));
  await files.create(0, { durable: true });
  await files.create(1024 * 1024, { durable: true });
  await files.removeFirst();
  const cache = new ReadCache(files, 1024 * 1024);
  expect(await cache.read(5000, 100, 1024 * 1024)).toHaveLength(0);
});

it('keeps the directory of a store that a killed process has made, but not synced', async () => {
  const disk = new SimulatedFileSystem();
  await disk.makeDirectory('/store');
  const { store } = simulatedStore({}, disk);
  await store.start();
  await store.stop();
  for (let i = 0; i < 20; i++) {
    expect(await disk.crash(seededRandom(seed + i)).list('/')).toEqual(['store']);
  }
});

it('lets one store at a time have a directory', async () => {
  const first = simulatedStore();
  await first.store.start();
  const second = simulatedStore({}, first.disk);
  await expect(second.store.start()).rejects.toThrow(StoreLockedError);
  await first.store.stop();
  const third = simulatedStore({}, first.disk);
  await third.store.start();
  await third.store.stop();
});
