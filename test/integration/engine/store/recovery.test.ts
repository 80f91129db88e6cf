import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { CorruptRecordError } from '../../../../lib/engine/common/errors.js';
import { decodeRecord } from '../../../../lib/engine/message/message-codec.js';
import type { DiskMessageStore } from '../../../../lib/engine/store/disk-message-store.js';
import type { StoreOptions } from '../../../../lib/engine/store/store-options.js';
import {
  messageToStore,
  openStore,
  properties,
  smallFiles,
  temporaryDirectory,
} from '../../../support/store-fixture.js';

const directory = temporaryDirectory();
/** A copy of the directory taken while a store runs is what a kill of its process leaves. */
const killed = join(directory.path, 'killed');
const stores: DiskMessageStore[] = [];

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.stop()));
  rmSync(directory.path, { recursive: true, force: true });
});

async function opened(path: string, options: Partial<StoreOptions> = {}): Promise<DiskMessageStore> {
  const store = openStore(path, { ...smallFiles, ...options });
  stores.push(store);
  await store.start();
  return store;
}

const QUEUES = [0, 1, 2];

/** Puts `count` messages into three queues and kills the store. */
async function killedAfter(count: number, work?: (store: DiskMessageStore) => Promise<void>): Promise<void> {
  const store = await opened(join(directory.path, 'store'));
  await putNumbers(store, 0, count);
  await work?.(store);
  cpSync(join(directory.path, 'store'), killed, { recursive: true });
  await store.stop();
}

async function putNumbers(store: DiskMessageStore, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, i) => from + i);
  await Promise.all(numbers.map((i) => store.put(messageToStore('T', i % QUEUES.length, String(i)))));
}

/** All numbers found, checking that queue offsets and contents agree. */
async function numbersIn(store: DiskMessageStore): Promise<number> {
  let total = 0;
  for (const queueId of QUEUES) {
    const max = store.maxQueueOffset('T', queueId);
    for (let queueOffset = 0; queueOffset < max;) {
      const { status, records, nextBeginOffset } = await store.get({ topic: 'T', queueId, queueOffset, maxCount: 32 });
      expect(status).toBe('FOUND');
      for (const bytes of records) {
        const record = decodeRecord(bytes, 0, { checkCrc: true });
        expect(record.queueOffset).toBe(queueOffset);
        expect(record.body.toString()).toBe(String(queueOffset * QUEUES.length + queueId));
        queueOffset++;
      }
      expect(nextBeginOffset).toBe(queueOffset);
    }
    total += max;
  }
  return total;
}

function logFile(): string {
  const names = readdirSync(join(killed, 'commitlog')).sort();
  return join(killed, 'commitlog', names[0]);
}

describe('after a kill', () => {
  it('has everything that was acknowledged, and goes on', async () => {
    await killedAfter(1000);
    expect(existsSync(join(killed, 'abort'))).toBe(true);
    const store = await opened(killed);
    expect(await numbersIn(store)).toBe(1000);
    await putNumbers(store, 1000, 1300);
    expect(await numbersIn(store)).toBe(1300);
  });

  it('has everything when it is killed again and again', async () => {
    await killedAfter(100);
    for (let round = 1; round <= 4; round++) {
      const store = await opened(killed);
      expect(await numbersIn(store)).toBe(100 * round);
      await putNumbers(store, 100 * round, 100 * (round + 1));
      const next = join(directory.path, `next ${round}`);
      cpSync(killed, next, { recursive: true });
      await store.stop();
      rmSync(killed, { recursive: true });
      cpSync(next, killed, { recursive: true });
    }
  });

  it('ends in front of a torn record, and nothing of it comes back later', async () => {
    await killedAfter(60);
    const bytes = readFileSync(logFile());
    let last = 0;
    for (let at = 0; bytes.readInt32BE(at) > 0; at += bytes.readInt32BE(at)) last = at;
    bytes.fill(0, last + 80, last + 95);
    writeFileSync(logFile(), bytes);
    const first = await opened(killed);
    expect(await numbersIn(first)).toBe(59);
    await first.stop();
    expect(
      readFileSync(logFile())
        .subarray(last)
        .every((byte) => byte === 0),
    ).toBe(true);
  });

  it('keeps offsets that went on in other queues', async () => {
    await killedAfter(30, async (store) => {
      await store.put(messageToStore('U', 7, 'u'));
    });
    const store = await opened(killed);
    expect(store.maxQueueOffset('U', 7)).toBe(1);
  });
});

describe('what is derived', () => {
  const checkpointed = async (store: DiskMessageStore): Promise<void> => {
    await store.put(messageToStore('Gone', 0, 'x'));
    await store.deleteTopic('Gone'); // makes a checkpoint
    await putNumbers(store, 600, 700);
  };

  it.each([
    ['all consume queues', () => rmSync(join(killed, 'consumequeue'), { recursive: true })],
    ['one consume queue', () => rmSync(join(killed, 'consumequeue/T/1'), { recursive: true })],
    ['the first file of a queue', () => unlinkSync(join(killed, 'consumequeue/T/1/00000000000000000000'))],
    [
      'the last file of a queue',
      () => unlinkSync(join(killed, `consumequeue/T/2/${readdirSync(join(killed, 'consumequeue/T/2')).sort().at(-1)}`)),
    ],
    [
      'the manifest',
      () => ['', '.bak'].forEach((end) => rmSync(join(killed, `queue.manifest${end}`), { force: true })),
    ],
    ['the checkpoint', () => unlinkSync(join(killed, 'checkpoint'))],
    [
      'manifest, checkpoint and queues',
      () =>
        ['queue.manifest', 'queue.manifest.bak', 'checkpoint', 'consumequeue'].forEach((name) =>
          rmSync(join(killed, name), { recursive: true, force: true }),
        ),
    ],
  ])('may be lost: %s', async (_, lose) => {
    await killedAfter(600, checkpointed);
    lose();
    expect(await numbersIn(await opened(killed))).toBe(700);
  });

  it('is rebuilt again when the rebuilding was interrupted', async () => {
    await killedAfter(600, checkpointed);
    const queue = join(killed, 'consumequeue/T/1');
    rmSync(queue, { recursive: true });
    await opened(killed);
    const again = join(directory.path, 'again');
    cpSync(killed, again, { recursive: true });
    // Killed when it had made the queue's first file, but not written it.
    mkdirSync(join(again, 'consumequeue/T/1'), { recursive: true });
    for (let i = 0; i < 5; i++) {
      const name = String(i * smallFiles.mappedFileSizeConsumeQueue).padStart(20, '0');
      writeFileSync(join(again, 'consumequeue/T/1', name), Buffer.alloc(smallFiles.mappedFileSizeConsumeQueue));
    }
    expect(await numbersIn(await opened(again))).toBe(700);
  });

  it('is rebuilt from the whole log when a queue without a manifest misses a file', async () => {
    const path = join(directory.path, 'store');
    const store = await opened(path);
    await putNumbers(store, 0, 700);
    await store.put(messageToStore('U', 0, 'x', { properties: properties('KEYS=k') })); // the index is whole
    await store.stop();
    ['', '.bak'].forEach((end) => rmSync(join(path, `queue.manifest${end}`), { force: true }));
    const names = readdirSync(join(path, 'consumequeue/T/1')).sort();
    expect(names.length).toBeGreaterThan(2);
    unlinkSync(join(path, 'consumequeue/T/1', names[1]));
    expect(await numbersIn(await opened(path))).toBe(700);
  });

  it.each(['queue.manifest', 'checkpoint'])('may be torn: %s', async (name) => {
    await killedAfter(600, checkpointed);
    const bytes = readFileSync(join(killed, name));
    writeFileSync(join(killed, name), bytes.subarray(0, bytes.length / 2));
    expect(await numbersIn(await opened(killed))).toBe(700);
  });

  it('may be older than a topic that was deleted and made again', async () => {
    await killedAfter(30, async (store) => {
      for (let i = 0; i < 5; i++) await store.put(messageToStore('U', 0, `old ${i}`));
      await store.deleteTopic('U');
      await store.put(messageToStore('U', 0, 'new 0'));
    });
    for (const name of ['queue.manifest', 'queue.manifest.bak', 'consumequeue'])
      rmSync(join(killed, name), { recursive: true, force: true });
    const store = await opened(killed);
    expect(store.maxQueueOffset('U', 0)).toBe(1);
    const { records } = await store.get({ topic: 'U', queueId: 0, queueOffset: 0, maxCount: 32 });
    expect(records.map((record) => decodeRecord(record).body.toString())).toEqual(['new 0']);
  });
});

describe('a record that was flushed', () => {
  const checkpointed = async (store: DiskMessageStore): Promise<void> => store.deleteTopic('T2');

  it.each([
    ['its body', 88],
    ['its physical offset', 30],
    ['its size', 2],
    ['its magic', 5],
    ['its topic length', 89],
  ])('is not skipped in silence when a bit of it has flipped: %s', async (_, at) => {
    await killedAfter(30, checkpointed);
    rmSync(join(killed, 'consumequeue/T/0'), { recursive: true }); // so that the log is read from its start
    const bytes = readFileSync(logFile());
    const third = 2 * bytes.readInt32BE(0);
    bytes[third + at] ^= 0x10;
    writeFileSync(logFile(), bytes);
    const store = openStore(killed, smallFiles);
    const error = await store.start().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(CorruptRecordError);
    expect(error).toMatchObject({ file: logFile(), offset: third });
  });

  it('is not taken for one that was never completed, though no checkpoint speaks of it', async () => {
    const options = { flushDiskType: 'SYNC_FLUSH', flushIntervalConsumeQueue: 1 } as const;
    const store = await opened(join(directory.path, 'store'), options);
    await store.put(messageToStore('T2', 0, 'x'));
    await store.deleteTopic('T2'); // makes a checkpoint
    const { physicalOffset } = (await store.put(messageToStore('T', 0, 'flushed'))).appended[0];
    const noted = (): number => Number(readFileSync(join(directory.path, 'store/checkpoint')).readBigInt64BE(40));
    while (noted() <= physicalOffset) await store.put(messageToStore('T', 1, 'more'));
    cpSync(join(directory.path, 'store'), killed, { recursive: true });
    await store.stop();
    const bytes = readFileSync(logFile());
    bytes[physicalOffset + 90] ^= 1;
    writeFileSync(logFile(), bytes);
    await expect(openStore(killed, { ...smallFiles, ...options }).start()).rejects.toMatchObject({
      code: 'CORRUPT_RECORD',
      offset: physicalOffset,
    });
  });

  it('is missed when its file is gone', async () => {
    await killedAfter(600, checkpointed);
    unlinkSync(logFile());
    const names = readdirSync(join(killed, 'commitlog'));
    for (const name of names) unlinkSync(join(killed, 'commitlog', name));
    await expect(openStore(killed, smallFiles).start()).rejects.toThrow(CorruptRecordError);
  });
});

it('refuses files of another size than configured, naming both', async () => {
  await killedAfter(30);
  truncateSync(logFile(), 32768);
  await expect(openStore(killed, smallFiles).start()).rejects.toThrow(/32768 bytes.*16384/);
});
