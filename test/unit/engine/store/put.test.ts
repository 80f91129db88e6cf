import { copyOf } from '../../../../lib/engine/broker/half-message.js';
import { StoreFailedError } from '../../../../lib/engine/common/errors.js';
import { decodeRecord } from '../../../../lib/engine/message/message-codec.js';
import type { MessageToStore, PutResult } from '../../../../lib/engine/store/message-store.js';
import type { DiskCall } from '../../../../lib/testing/simulated-file-system.js';
import { systemError } from '../../../../lib/testing/simulated-file-system.js';
import { simulatedStore, type SimulatedStore } from '../../../support/simulated-store.js';
import { messageToStore, properties } from '../../../support/store-fixture.js';

/** Lets calls of one kind on the log wait until they are let go. */
class Gate {
  private waiting: (() => void)[] = [];
  isShut = false;
  count = 0;

  constructor({ disk }: SimulatedStore, kind: DiskCall['kind']) {
    disk.onCall = (call) => {
      if (call.kind !== kind || !call.path.includes('/commitlog/')) return;
      this.count++;
      if (this.isShut) return new Promise((resolve) => this.waiting.push(resolve));
    };
  }

  open(): void {
    this.isShut = false;
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

async function started(simulated: SimulatedStore): Promise<SimulatedStore> {
  await simulated.store.start();
  return simulated;
}

/** What has settled by now. */
function watched(puts: Promise<PutResult>[]): (PutResult['status'] | 'waiting')[] {
  const seen = puts.map((): PutResult['status'] | 'waiting' => 'waiting');
  puts.forEach((put, i) => void put.then(({ status }) => (seen[i] = status)));
  return seen;
}

describe('SYNC_FLUSH', () => {
  it('answers and shows a message when it is on the disk, not before', async () => {
    const simulated = await started(simulatedStore({ flushDiskType: 'SYNC_FLUSH' }));
    const { store, clock } = simulated;
    const fsync = new Gate(simulated, 'datasync');
    await store.put(messageToStore('T', 0, 'makes the file'));
    fsync.isShut = true;
    const seen = watched([store.put(messageToStore('T', 0, 'x'))]);
    await clock.settle();
    expect(seen).toEqual(['waiting']);
    expect(store.maxQueueOffset('T', 0)).toBe(1);
    expect(store.flushedPhysicalOffset()).toBeLessThan(store.maxPhysicalOffset());
    fsync.open();
    await clock.settle();
    expect(seen).toEqual(['PUT_OK']);
    expect(store.maxQueueOffset('T', 0)).toBe(2);
  });

  it('answers WAIT=false when it is written, but shows the message only when it is on the disk', async () => {
    const simulated = await started(simulatedStore({ flushDiskType: 'SYNC_FLUSH' }));
    const { store, clock } = simulated;
    const fsync = new Gate(simulated, 'datasync');
    await store.put(messageToStore('T', 0, 'makes the file'));
    fsync.isShut = true;
    const seen = watched([store.put(messageToStore('T', 0, 'x', { properties: properties('WAIT=false') }))]);
    await clock.settle();
    expect(seen).toEqual(['PUT_OK']);
    expect(store.maxQueueOffset('T', 0)).toBe(1);
    fsync.open();
    await clock.settle();
    expect(store.maxQueueOffset('T', 0)).toBe(2);
  });

  it('lets the copies that the broker makes of its messages wait, although their sender did not', async () => {
    const simulated = await started(simulatedStore({ flushDiskType: 'SYNC_FLUSH' }));
    const { store, clock } = simulated;
    const fsync = new Gate(simulated, 'datasync');
    await store.put(messageToStore('T', 0, 'x', { properties: properties('WAIT=false') }));
    await clock.settle();
    const { records } = await store.get({ topic: 'T', queueId: 0, queueOffset: 0, maxCount: 1 });
    fsync.isShut = true;
    const seen = watched([store.put(copyOf(decodeRecord(records[0])))]);
    await clock.settle();
    expect(seen).toEqual(['waiting']);
    fsync.open();
    await clock.settle();
    expect(seen).toEqual(['PUT_OK']);
  });

  it('shares one fsync among all who came while another ran', async () => {
    const simulated = await started(simulatedStore({ flushDiskType: 'SYNC_FLUSH' }));
    const { store, clock } = simulated;
    const fsync = new Gate(simulated, 'datasync');
    await store.put(messageToStore('T', 0, 'makes the file'));
    await clock.settle();
    fsync.count = 0;
    fsync.isShut = true;
    const seen = watched([store.put(messageToStore('T', 0, 'first'))]);
    await clock.settle();
    const others = watched(Array.from({ length: 10 }, (_, i) => store.put(messageToStore('T', i, 'others'))));
    await clock.settle();
    expect(fsync.count).toBe(1);
    fsync.open();
    await clock.settle();
    expect(seen[0]).toBe('PUT_OK');
    expect(others).toEqual(Array(10).fill('PUT_OK'));
    expect(fsync.count).toBe(2);
  });

  it('lets those whom an fsync has answered share the next with those who wait for it', async () => {
    const simulated = await started(simulatedStore({ flushDiskType: 'SYNC_FLUSH' }));
    const { store, clock } = simulated;
    const fsync = new Gate(simulated, 'datasync');
    await store.put(messageToStore('T', 0, 'makes the file'));
    await clock.settle();
    fsync.count = 0;
    fsync.isShut = true;
    const again = store.put(messageToStore('T', 0, 'first')).then(() => store.put(messageToStore('T', 0, 'again')));
    await clock.settle();
    const other = store.put(messageToStore('T', 0, 'other'));
    await clock.settle();
    fsync.open();
    await Promise.all([again, other]);
    expect(fsync.count).toBe(2);
  });

  it('answers FLUSH_DISK_TIMEOUT after syncFlushTimeout; the message is stored all the same', async () => {
    const simulated = await started(simulatedStore({ flushDiskType: 'SYNC_FLUSH' }));
    const { store, clock } = simulated;
    const fsync = new Gate(simulated, 'datasync');
    await store.put(messageToStore('T', 0, 'makes the file'));
    fsync.isShut = true;
    const slow = store.put(messageToStore('T', 0, 'x'));
    await clock.advance(4999);
    const later = watched([store.put(messageToStore('T', 0, 'y'))]);
    await clock.advance(1);
    expect(await slow).toMatchObject({ status: 'FLUSH_DISK_TIMEOUT', appended: [{ queueOffset: 1 }] });
    expect(later).toEqual(['waiting']);
    fsync.open();
    await clock.settle();
    expect(later).toEqual(['PUT_OK']);
    expect(store.maxQueueOffset('T', 0)).toBe(3);
  });
});

describe('ASYNC_FLUSH', () => {
  it('writes what arrives in one turn by one write, and answers before any fsync', async () => {
    const simulated = await started(simulatedStore());
    const { store, clock } = simulated;
    await store.put(messageToStore('T', 0, 'makes the file'));
    await clock.settle();
    const writes = new Gate(simulated, 'write');
    const seen = watched(Array.from({ length: 20 }, (_, i) => store.put(messageToStore('T', i % 3, `${i}`))));
    await clock.settle();
    expect(seen).toEqual(Array(20).fill('PUT_OK'));
    expect(writes.count).toBe(1);
    expect(store.flushedPhysicalOffset()).toBe(0);
  });

  it('writes the beginning of a turn that brings much while the turn goes on', async () => {
    const simulated = await started(simulatedStore({ mappedFileSizeCommitLog: 1024 * 1024 }));
    const { store, clock } = simulated;
    await store.put(messageToStore('T', 0, 'makes the file'));
    await clock.settle();
    const writes = new Gate(simulated, 'write');
    writes.isShut = true;
    const seen = watched(Array.from({ length: 100 }, () => store.put(messageToStore('T', 0, 'x'.repeat(1000)))));
    for (let i = 0; i < 20; i++) await Promise.resolve(); // by the virtual clock the turn has not ended
    expect(writes.count).toBe(1);
    writes.open();
    await clock.settle();
    expect(writes.count).toBe(2);
    expect(seen).toEqual(Array(100).fill('PUT_OK'));
    expect(store.maxQueueOffset('T', 0)).toBe(101);
  });

  it.each([
    ['few pages wait for the thorough interval', 100, 10_000],
    ['many pages are flushed at the next interval', 5 * 4096, 500],
  ])('%s', async (_, bytes, flushedAfterMs) => {
    const { store, clock } = await started(simulatedStore({ mappedFileSizeCommitLog: 128 * 1024 }));
    await store.put(messageToStore('T', 0, 'x'.repeat(bytes)));
    await clock.advance(flushedAfterMs - 1);
    expect(store.flushedPhysicalOffset()).toBe(0);
    await clock.advance(1);
    expect(store.flushedPhysicalOffset()).toBe(store.maxPhysicalOffset());
  });

  it('starts no timer when there is nothing to flush', async () => {
    const { store, clock } = await started(simulatedStore());
    await clock.advance(200_000);
    const idle = clock.scheduledTasks;
    await store.put(messageToStore('T', 0, 'x'));
    await clock.advance(200_000);
    expect(clock.scheduledTasks).toBe(idle);
  });
});

describe('a disk that is slow', () => {
  it('makes senders beyond the budget hear OS_PAGE_CACHE_BUSY, and one message always gets in', async () => {
    const simulated = await started(
      simulatedStore({ maxUnwrittenBytes: 64 * 1024, mappedFileSizeCommitLog: 1024 * 1024 }),
    );
    const { store, clock } = simulated;
    await store.put(messageToStore('T', 0, 'makes the file'));
    const write = new Gate(simulated, 'write');
    write.isShut = true;
    const seen = watched(Array.from({ length: 10 }, () => store.put(messageToStore('T', 0, 'x'.repeat(10_000)))));
    await clock.settle();
    expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => (i < 6 ? 'waiting' : 'OS_PAGE_CACHE_BUSY')));
    write.open();
    await clock.settle();
    expect(seen.slice(0, 6)).toEqual(Array(6).fill('PUT_OK'));
    expect((await store.put(messageToStore('T', 0, 'x'.repeat(200_000)))).status).toBe('PUT_OK');
  });
});

describe('a disk that is full', () => {
  it('refuses, keeps what was stored, and takes messages again with the next offsets when there is space', async () => {
    const simulated = await started(simulatedStore());
    const { store, clock, disk } = simulated;
    await store.put(messageToStore('T', 0, 'a'));
    const { totalBytes, freeBytes } = await disk.space();
    disk.capacity = totalBytes - freeBytes + 2048;
    const refused = await Promise.all([
      store.put(messageToStore('T', 0, 'b'.repeat(3000))),
      store.put(messageToStore('T', 1, 'c')),
    ]);
    expect(refused.map(({ status }) => status)).toEqual(['SERVICE_NOT_AVAILABLE', 'SERVICE_NOT_AVAILABLE']);
    expect(refused[0].remark).toMatch(/full/);
    expect(store.isWriteable).toBe(false);
    expect(await store.put(messageToStore('T', 0, 'd'))).toMatchObject({ status: 'SERVICE_NOT_AVAILABLE' });

    disk.capacity = Infinity;
    await clock.advance(1000);
    expect(store.isWriteable).toBe(true);
    const again = await store.put(messageToStore('T', 0, 'e'));
    expect(again).toMatchObject({ status: 'PUT_OK', appended: [{ queueOffset: 1 }] });
    expect((await store.put(messageToStore('T', 1, 'f'))).appended[0].queueOffset).toBe(0);
    await store.stop();

    const next = await started(simulatedStore({}, disk, clock));
    expect([next.store.maxQueueOffset('T', 0), next.store.maxQueueOffset('T', 1)]).toEqual([2, 1]);
    expect(next.logger.of('warn')).toEqual([]);
  });
});

describe('a disk that fails', () => {
  it.each(['datasync', 'write'] as const)('stops the store: a failed %s is never tried again', async (kind) => {
    const simulated = await started(simulatedStore({ flushDiskType: 'SYNC_FLUSH' }));
    const { store, clock, disk } = simulated;
    await store.put(messageToStore('T', 0, 'a'));
    await clock.settle();
    const failures: StoreFailedError[] = [];
    store.onFailure((failure) => failures.push(failure));
    let calls = 0;
    disk.onCall = (call) => {
      if (call.kind !== kind || !call.path.includes('/commitlog/')) return;
      if (++calls === 1) throw systemError('EIO', call.path);
    };
    const results = await Promise.all([store.put(messageToStore('T', 0, 'b')), store.put(messageToStore('T', 0, 'c'))]);
    expect(results.map(({ status }) => status)).toEqual(['UNKNOWN_ERROR', 'UNKNOWN_ERROR']);
    expect(failures).toHaveLength(1);
    expect(store.isWriteable).toBe(false);
    expect(store.maxQueueOffset('T', 0)).toBe(1);
    expect((await store.put(messageToStore('T', 0, 'd'))).status).toBe('SERVICE_NOT_AVAILABLE');
    await expect(store.get({ topic: 'T', queueId: 0, queueOffset: 0, maxCount: 1 })).rejects.toThrow(StoreFailedError);
    await clock.advance(100_000);
    await store.stop();
    expect(calls).toBe(1);
    expect(await disk.status('/store/abort')).toBeDefined();
  });

  it('stops the store also when the fsync of a consume queue fails, before a checkpoint can speak of it', async () => {
    const { store, clock, disk } = await started(simulatedStore());
    await store.put(messageToStore('T', 0, 'a'));
    disk.onCall = ({ kind, path }) => {
      if (kind === 'datasync' && path.includes('/consumequeue/')) throw systemError('EIO', path);
    };
    await clock.advance(100_000);
    expect(store.isWriteable).toBe(false);
    expect(await disk.status('/store/queue.manifest')).toBeUndefined();
    await store.stop();
  });
});

it.each([
  ['flag', { flag: 2 ** 31 }],
  ['reconsumeTimes', { reconsumeTimes: 0.5 }],
  ['bornTimestamp', { bornTimestamp: 2 ** 60 }],
  ['port', { bornHost: { host: '127.0.0.1', port: Number.NaN } }],
  ['queue id', { queueId: 2 ** 31 }],
])('refuses a number that its field cannot hold, and the log goes on: %s', async (name, fields) => {
  const { store } = await started(simulatedStore());
  const refused = await store.put(messageToStore('T', 0, 'x', fields));
  expect(refused).toMatchObject({ status: 'MESSAGE_ILLEGAL', remark: expect.stringContaining(name) as string });
  expect(store.maxPhysicalOffset()).toBe(0);
  expect(await store.put(messageToStore('T', 0, 'x'))).toMatchObject({ status: 'PUT_OK' });
});

it('keeps a property that looks like a lost sector out of the log', async () => {
  const { store } = await started(simulatedStore());
  const zeros = new Map([['k', '\0'.repeat(600)]]);
  expect(await store.put(messageToStore('T', 0, 'x', { properties: zeros }))).toMatchObject({
    status: 'MESSAGE_ILLEGAL',
  });
});

it('puts batches that end a block or a file where they are answered to be, whole or not at all', async () => {
  const { store } = await started(simulatedStore({ mappedFileSizeCommitLog: 64 * 1024, readCacheBytes: 1024 * 1024 }));
  const batch = (bytes: number): MessageToStore[] =>
    Array.from({ length: 5 }, (_, i) => messageToStore('T', 0, `${i}`.repeat(bytes)));
  let count = 0;
  for (let round = 0; round < 60; round++) {
    const messages = batch(round * 37);
    const illegal = await store.putBatch([...messages, messageToStore('T', 0, 'x', { flag: 0.5 })]);
    expect(illegal).toMatchObject({ status: 'MESSAGE_ILLEGAL', appended: [] });
    const { appended } = await store.putBatch(messages);
    expect(appended.map(({ queueOffset }) => queueOffset)).toEqual([0, 1, 2, 3, 4].map((i) => count + i));
    for (const [i, { physicalOffset, queueOffset, size }] of appended.entries()) {
      const record = decodeRecord((await store.getByPhysicalOffset(physicalOffset)) ?? Buffer.alloc(0));
      expect(record).toMatchObject({ physicalOffset, queueOffset, totalSize: size, body: messages[i].body });
    }
    count += 5;
  }
  expect(store.maxPhysicalOffset()).toBeGreaterThan(4 * 64 * 1024);
});
