import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StoreLockedError } from '../../../../lib/engine/common/errors.js';
import { decodeRecord } from '../../../../lib/engine/message/message-codec.js';
import type { DiskMessageStore } from '../../../../lib/engine/store/disk-message-store.js';
import type { Arrival } from '../../../../lib/engine/store/message-store.js';
import type { StoreOptions } from '../../../../lib/engine/store/store-options.js';
import {
  messageToStore,
  openStore,
  properties,
  smallFiles,
  temporaryDirectory,
} from '../../../support/store-fixture.js';

const directory = temporaryDirectory();
const stores: DiskMessageStore[] = [];

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.stop()));
  rmSync(directory.path, { recursive: true, force: true });
});
afterAll(() => directory.remove());

async function opened(options: Partial<StoreOptions> = {}): Promise<DiskMessageStore> {
  const store = openStore(directory.path, { ...smallFiles, ...options });
  stores.push(store);
  await store.start();
  return store;
}

async function bodies(store: DiskMessageStore, topic: string, queueId: number): Promise<string[]> {
  const found: string[] = [];
  for (let queueOffset = store.minQueueOffset(topic, queueId); queueOffset < store.maxQueueOffset(topic, queueId);) {
    const result = await store.get({ topic, queueId, queueOffset, maxCount: 32 });
    expect(result.status).toBe('FOUND');
    found.push(...result.records.map((record) => decodeRecord(record, 0, { checkCrc: true }).body.toString()));
    queueOffset = result.nextBeginOffset;
  }
  return found;
}

describe.each(['ASYNC_FLUSH', 'SYNC_FLUSH'] as const)('a store with %s', (flushDiskType) => {
  it('returns what was put, in the order of the calls', async () => {
    const store = await opened({ flushDiskType });
    const results = await Promise.all(
      Array.from({ length: 500 }, (_, i) => store.put(messageToStore('T', i % 3, `body ${i}`))),
    );
    expect(results.every(({ status }) => status === 'PUT_OK')).toBe(true);
    expect(results.map(({ appended }) => appended[0].queueOffset)).toEqual(results.map((_, i) => Math.floor(i / 3)));
    for (const queueId of [0, 1, 2]) {
      const expected = Array.from({ length: 500 }, (_, i) => i).filter((i) => i % 3 === queueId);
      expect(await bodies(store, 'T', queueId)).toEqual(expected.map((i) => `body ${i}`));
    }
  });

  it('has everything after a clean stop, and goes on where it was', async () => {
    const first = await opened({ flushDiskType });
    await Promise.all(Array.from({ length: 300 }, (_, i) => first.put(messageToStore('T', 0, `a ${i}`))));
    await first.stop();
    expect(existsSync(join(directory.path, 'abort'))).toBe(false);

    const second = await opened({ flushDiskType });
    const { appended } = await second.put(messageToStore('T', 0, 'b'));
    expect(appended[0].queueOffset).toBe(300);
    expect(await bodies(second, 'T', 0)).toEqual([...Array.from({ length: 300 }, (_, i) => `a ${i}`), 'b']);
  });
});

describe('the files', () => {
  it('have Apache names and sizes, and the end of a file is marked', async () => {
    const store = await opened();
    for (let i = 0; i < 40; i++) await store.put(messageToStore('T', 0, 'x'.repeat(1000)));
    await store.stop();
    const logs = readdirSync(join(directory.path, 'commitlog')).sort();
    expect(logs.slice(0, 2)).toEqual(['00000000000000000000', '00000000000000016384']);
    for (const log of logs) expect(statSync(join(directory.path, 'commitlog', log)).size).toBe(16 * 1024);
    const bytes = readFileSync(join(directory.path, 'commitlog', logs[0]));
    const size = bytes.readInt32BE(0);
    const end = Math.floor((16 * 1024 - 8) / size) * size;
    expect(bytes.readInt32BE(end)).toBe(16 * 1024 - end);
    expect(bytes.readUInt32BE(end + 4)).toBe(0xcbd43194);
    expect(readFileSync(join(directory.path, 'lock'), 'utf8')).toBe('lock');
    expect(statSync(join(directory.path, 'checkpoint')).size).toBe(4096);
    expect(statSync(join(directory.path, 'consumequeue/T/0/00000000000000000000')).size).toBe(1000);
  });

  it('hold the entry of a record: offset, size, hash of the tag', async () => {
    const store = await opened();
    const { appended } = await store.put(messageToStore('T', 3, 'x', { properties: properties('TAGS=TagA') }));
    await store.stop();
    const entry = readFileSync(join(directory.path, 'consumequeue/T/3/00000000000000000000')).subarray(0, 20);
    expect(entry.toString('hex')).toBe(
      `0000000000000000${appended[0].size.toString(16).padStart(8, '0')}000000000027a807`,
    );
  });

  it('belong to one process at a time', async () => {
    const first = await opened();
    const second = openStore(directory.path, smallFiles);
    await expect(second.start()).rejects.toThrow(StoreLockedError);
    await first.stop();
    await opened();
  });
});

describe('a batch', () => {
  it('lies side by side, with consecutive offsets', async () => {
    const store = await opened();
    await store.put(messageToStore('T', 0, 'y'.repeat(15_000)));
    const { appended } = await store.putBatch(['a', 'b', 'c'].map((body) => messageToStore('T', 0, body.repeat(500))));
    expect(appended.map(({ queueOffset }) => queueOffset)).toEqual([1, 2, 3]);
    expect(appended[0].physicalOffset).toBe(16 * 1024);
    expect(appended[1].physicalOffset).toBe(appended[0].physicalOffset + appended[0].size);
  });

  it('of several queues is refused as a whole', async () => {
    const store = await opened();
    const result = await store.putBatch([messageToStore('T', 0, 'a'), messageToStore('T', 1, 'b')]);
    expect(result).toMatchObject({ status: 'MESSAGE_ILLEGAL', appended: [] });
    expect(store.maxPhysicalOffset()).toBe(0);
  });
});

describe('put', () => {
  it.each([
    ['a topic that leads out of the directory', messageToStore('../T', 0, 'x'), 'MESSAGE_ILLEGAL'],
    ['an empty topic', messageToStore('', 0, 'x'), 'MESSAGE_ILLEGAL'],
    ['a negative queue id', messageToStore('T', -1, 'x'), 'MESSAGE_ILLEGAL'],
    ['a record larger than a file', messageToStore('T', 0, 'x'.repeat(17_000)), 'MESSAGE_ILLEGAL'],
    [
      'too many properties',
      messageToStore('T', 0, 'x', { properties: properties(`k=${'v'.repeat(33_000)}`) }),
      'PROPERTIES_SIZE_EXCEEDED',
    ],
  ])('refuses %s and stores nothing', async (_, message, status) => {
    const store = await opened();
    const result = await store.put(message);
    expect(result).toMatchObject({ status, appended: [] });
    expect(result.remark).toBeTruthy();
    expect(store.maxPhysicalOffset()).toBe(0);
  });

  it('answers SERVICE_NOT_AVAILABLE before the start and after the stop', async () => {
    const store = openStore(directory.path, smallFiles);
    expect(await store.put(messageToStore('T', 0, 'x'))).toMatchObject({ status: 'SERVICE_NOT_AVAILABLE' });
    await store.start();
    await store.stop();
    expect(await store.put(messageToStore('T', 0, 'x'))).toMatchObject({ status: 'SERVICE_NOT_AVAILABLE' });
  });

  it('reports each record once, when it can be read, in the order of the log', async () => {
    const store = await opened();
    const arrivals: Arrival[] = [];
    store.onArrival((arrival) => {
      expect(store.maxQueueOffset(arrival.topic, arrival.queueId)).toBe(arrival.queueOffset + 1);
      arrivals.push(arrival);
    });
    await Promise.all(Array.from({ length: 50 }, (_, i) => store.put(messageToStore('T', i % 2, `${i}`))));
    expect(arrivals.map(({ queueId, queueOffset }) => queueId + 2 * queueOffset)).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    );
  });
});

describe('get', () => {
  it("answers by Apache's table of statuses", async () => {
    const store = await opened();
    const at = (queueOffset: number, topic = 'T') => store.get({ topic, queueId: 0, queueOffset, maxCount: 32 });
    expect(await at(0)).toMatchObject({ status: 'NO_MATCHED_LOGIC_QUEUE', nextBeginOffset: 0 });
    for (let i = 0; i < 3; i++)
      await store.put(messageToStore('T', 0, `${i}`, { properties: properties('TAGS=TagA') }));
    expect(await at(1)).toMatchObject({ status: 'FOUND', nextBeginOffset: 3, minOffset: 0, maxOffset: 3 });
    expect(await at(3)).toMatchObject({ status: 'OFFSET_OVERFLOW_ONE', nextBeginOffset: 3 });
    expect(await at(100)).toMatchObject({ status: 'OFFSET_OVERFLOW_BADLY', nextBeginOffset: 3 });
    expect(await at(-1)).toMatchObject({ status: 'OFFSET_TOO_SMALL', nextBeginOffset: 0 });
    const filter = { matchesTagsCode: () => false };
    const filtered = await store.get({ topic: 'T', queueId: 0, queueOffset: 0, maxCount: 32, filter });
    expect(filtered).toMatchObject({ status: 'NO_MATCHED_MESSAGE', nextBeginOffset: 3 });
  });

  it('ends at the count, and at the bytes after at least one', async () => {
    const store = await opened();
    for (let i = 0; i < 10; i++) await store.put(messageToStore('T', 0, 'x'.repeat(100)));
    const get = (maxCount: number, maxBytes?: number) =>
      store.get({ topic: 'T', queueId: 0, queueOffset: 0, maxCount, maxBytes });
    expect((await get(4)).records).toHaveLength(4);
    expect((await get(32, 1)).records).toHaveLength(1);
    expect((await get(32, 450)).records).toHaveLength(2);
  });

  it('filters by properties of records that are in memory and in files', async () => {
    const put = async (store: DiskMessageStore) => {
      for (let i = 0; i < 4; i++) await store.put(messageToStore('T', 0, `${i}`, { properties: properties(`n=${i}`) }));
    };
    const filter = {
      matchesTagsCode: () => true,
      matchesProperties: (p: Map<string, string>) => Number(p.get('n')) % 2 === 1,
    };
    const read = async (store: DiskMessageStore) => {
      const { records } = await store.get({ topic: 'T', queueId: 0, queueOffset: 0, maxCount: 32, filter });
      return records.map((record) => decodeRecord(record).body.toString());
    };
    const first = await opened();
    await put(first);
    expect(await read(first)).toEqual(['1', '3']);
    await first.stop();
    expect(await read(await opened())).toEqual(['1', '3']);
  });

  it('finds a record by its physical offset, and nothing where none begins', async () => {
    const store = await opened();
    const { appended } = await store.put(messageToStore('T', 0, 'a'));
    await store.put(messageToStore('T', 0, 'b'));
    const record = await store.getByPhysicalOffset(appended[0].size);
    expect(decodeRecord(record!).body.toString()).toBe('b');
    for (const offset of [1, -5, 2 * appended[0].size, 1e9])
      expect(await store.getByPhysicalOffset(offset)).toBeUndefined();
  });
});

it('forgets a deleted topic, also after a restart', async () => {
  const first = await opened();
  await first.put(messageToStore('T', 0, 'a'));
  await first.put(messageToStore('U', 0, 'b'));
  await first.deleteTopic('T');
  expect(first.maxQueueOffset('T', 0)).toBe(0);
  expect(existsSync(join(directory.path, 'consumequeue/T'))).toBe(false);
  await first.put(messageToStore('T', 0, 'new'));
  await first.stop();
  const second = await opened();
  expect(await bodies(second, 'T', 0)).toEqual(['new']);
  expect(await bodies(second, 'U', 0)).toEqual(['b']);
});
