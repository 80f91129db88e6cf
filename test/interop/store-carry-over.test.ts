import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { dumpStore, parseServerSetting, startEmbeddedEngine, verifyStore } from '../../lib/engine/index.js';
import { parseDelayLevels } from '../../lib/engine/broker/delay-levels.js';
import { decodeRecord } from '../../lib/engine/message/message-codec.js';
import { splitKeys, type MessageRecord } from '../../lib/engine/message/message.js';
import { isReservedProperty } from '../../lib/engine/message/property-names.js';
import { compressionType } from '../../lib/engine/message/system-flag.js';
import { decodeIndexHeader, entryPosition } from '../../lib/engine/store/index-format.js';
import type { DiskMessageStore } from '../../lib/engine/store/disk-message-store.js';
import { describeWhen } from '../support/requirements.js';
import { openStore } from '../support/store-fixture.js';
import { ApacheCluster } from './support/apache-cluster.js';
import type { ClientProbe, ProbeClients } from './support/client-probe.js';
import { sortedContents, type Sent } from './support/delivered.js';
import { freePorts } from './support/free-ports.js';
import { startJavaClient } from './support/java-client.js';
import { java17AndMaven } from './support/java-programs.js';
import { largeMessages, sampleMessages } from './support/sample-messages.js';
import { brokerProperties } from './support/targets.js';

/** Files so small that the messages fill several. */
const sizes = {
  mappedFileSizeCommitLog: 64 * 1024,
  mappedFileSizeConsumeQueue: 20 * 10,
  maxHashSlotNum: 1000,
  maxIndexNum: 400,
};
const indexSize = { slots: sizes.maxHashSlotNum, entries: sizes.maxIndexNum };
const asTexts = {
  ...brokerProperties,
  ...Object.fromEntries(Object.entries(sizes).map(([name, value]) => [name, String(value)])),
};

const TOPIC = 'CarriedOver';

describeWhen(java17AndMaven, 'a store that is carried over', () => {
  const root = mkdtempSync(join(tmpdir(), 'carry-over-'));
  let java: ClientProbe;

  beforeAll(async () => {
    java = await startJavaClient();
  });
  afterAll(async () => {
    await java.stop();
    rmSync(root, { recursive: true, force: true });
  });

  describe("from Apache's broker to ours", () => {
    const home = join(root, 'apache');
    let sent: Sent[];

    beforeAll(async () => {
      const apache = await ApacheCluster.start({ directory: home, properties: asTexts });
      sent = await sendEverything(java.at(apache.nameServerAddresses));
      await apache.shutDown();
    }, 120_000);

    it('is found to be whole', async () => {
      const report = await verifyStore(join(home, 'store'), { indexSize });
      expect(report.problems).toEqual([]);
      expect(report.commitLog.files).toBeGreaterThan(2);
      expect(report.wasStoppedCleanly).toBe(true);
    });

    it('is read by offset, id, key and time, every message', async () => {
      const copy = join(root, 'read');
      cpSync(join(home, 'store'), copy, { recursive: true });
      const store = await opened(copy);
      const records = await dumped(copy);
      expect(sortedContents(records.filter(({ topic }) => topic === TOPIC).map(sentOf))).toEqual(sortedContents(sent));
      for (const record of records) await expectReadable(store, record);
      await store.stop();
      expect((await verifyStore(copy, { indexSize })).problems).toEqual([]);
    });

    it('gives the same consume queues and index, byte by byte, when only the log is carried over', async () => {
      const copy = join(root, 'rebuilt');
      mkdirSync(copy);
      cpSync(join(home, 'store/commitlog'), join(copy, 'commitlog'), { recursive: true });
      await (await opened(copy)).stop();
      const queues = files(join(home, 'store/consumequeue'));
      expect(queues.length).toBeGreaterThan(20);
      expect(files(join(copy, 'consumequeue'))).toEqual(queues);
      for (const file of queues) {
        const ours = readFileSync(join(copy, 'consumequeue', file));
        expect({ file, same: ours.equals(readFileSync(join(home, 'store/consumequeue', file))) }).toEqual({
          file,
          same: true,
        });
      }
      const indexes = files(join(home, 'store/index'));
      expect(files(join(copy, 'index'))).toHaveLength(indexes.length);
      files(join(copy, 'index')).forEach((file, i) => {
        expect(usedIndex(join(copy, 'index', file)).equals(usedIndex(join(home, 'store/index', indexes[i])))).toBe(
          true,
        );
      });
    });

    it('is read after a kill of its broker too', async () => {
      const killed = join(root, 'apache-killed');
      const apache = await ApacheCluster.start({ directory: killed, properties: asTexts });
      const kept = await sendEverything(java.at(apache.nameServerAddresses));
      await apache.stop();
      const directory = join(killed, 'store');
      const store = await opened(directory);
      const records = await dumped(directory);
      expect(sortedContents(records.filter(({ topic }) => topic === TOPIC).map(sentOf))).toEqual(sortedContents(kept));
      for (const record of records) await expectReadable(store, record);
      await store.stop();
      expect((await verifyStore(directory, { indexSize })).problems).toEqual([]);
    }, 120_000);
  });

  describe("from ours to Apache's broker", () => {
    it.each(['stopped', 'killed'] as const)(
      'is read whole, by offset, key and id, when ours was %s',
      async (how) => {
        const home = join(root, `ours-${how}`);
        const directory = join(home, 'store');
        const [nameServerPort] = await freePorts([0]);
        const [brokerPort] = await freePorts([0]);
        const engine = await startEmbeddedEngine({
          storeDir: directory,
          listen: { nameServerPort, brokerPort },
          broker: settingsOfOurs(),
        });
        const sent = await sendEverything(java.at(`127.0.0.1:${nameServerPort}`));
        const carried = how === 'stopped' ? directory : join(home, 'copy/store');
        // A copy taken while it runs is what a kill leaves.
        if (how === 'killed') cpSync(directory, carried, { recursive: true });
        await engine.stop();

        const apache = await ApacheCluster.start({ directory: join(carried, '..'), properties: asTexts });
        try {
          const clients = java.at(apache.nameServerAddresses);
          const consumer = await clients.pull({ group: `carried-${how}`, topic: TOPIC });
          const got = await consumer.atLeast(sent.length);
          await consumer.stop();
          // A delayed message may come twice when its broker was killed before it had written its progress down.
          const once = [...new Map(got.map((message) => [message.keys[0], message])).values()];
          expect(sortedContents(how === 'killed' ? once : got)).toEqual(sortedContents(sent));
          // The messages of a batch share one id, and so do those that came twice.
          const single = once.filter(({ keys }) => !/^(batch|delayed)/.test(keys[0]));
          for (const message of single.filter((_, i) => i % 10 === 0)) {
            const found = await clients.queryByKey(TOPIC, message.keys[0]);
            expect(found.map(({ messageId }) => messageId)).toContain(message.messageId);
            expect((await clients.view(TOPIC, message.messageId)).physicalOffset).toBe(message.physicalOffset);
          }
          const more = sampleMessages(TOPIC, 20, 'later');
          await clients.send(more);
          await apache.shutDown();
        } finally {
          await apache.stop();
        }

        // And back again.
        expect((await verifyStore(carried, { indexSize })).problems).toEqual([]);
        const store = await opened(carried);
        for (const record of await dumped(carried)) await expectReadable(store, record);
        await store.stop();
      },
      120_000,
    );
  });

  /** Every kind of message. @returns those that TOPIC holds in the end */
  async function sendEverything(clients: ProbeClients): Promise<Sent[]> {
    await clients.createTopic(TOPIC, { queues: 4 });
    const plain = sampleMessages(TOPIC, 120, 'plain');
    const batch = sampleMessages(TOPIC, 20, 'batch');
    const large = largeMessages(TOPIC, 12, 30_000); // compressed by the client
    const delayed = sampleMessages(TOPIC, 5, 'delayed');
    const committed = sampleMessages(TOPIC, 10, 'committed');
    await clients.send(plain);
    await clients.send(batch, 'batch');
    await clients.send(large);
    await clients.send(delayed.map((message) => ({ ...message, delayLevel: 1 })));
    await clients.transaction(committed, { decide: 'COMMIT' });
    await clients.transaction(sampleMessages(TOPIC, 5, 'rolled-back'), { decide: 'ROLLBACK' });
    const all = [...plain, ...batch, ...large, ...delayed, ...committed];
    const consumer = await clients.consume({
      group: 'until-all-are-there',
      topics: [TOPIC],
      from: 'CONSUME_FROM_FIRST_OFFSET',
    });
    await consumer.atLeast(all.length);
    await consumer.stop();
    return all;
  }
});

/** As a broker.conf is read. */
function settingsOfOurs(): Record<string, unknown> {
  return Object.fromEntries(Object.entries(asTexts).map(([name, text]) => [name, parseServerSetting(name, text)]));
}

async function opened(directory: string): Promise<DiskMessageStore> {
  const store = openStore(directory, sizes, { delayLevelsMs: parseDelayLevels(brokerProperties.messageDelayLevel) });
  await store.start();
  return store;
}

async function dumped(directory: string): Promise<MessageRecord[]> {
  const records: MessageRecord[] = [];
  for await (const record of dumpStore(directory)) records.push(record);
  return records;
}

/** By its place in the queue, its place in the log, each of its keys, and its time. */
async function expectReadable(store: DiskMessageStore, record: MessageRecord): Promise<void> {
  const { topic, queueId, queueOffset, physicalOffset, storeTimestamp, properties } = record;
  const { status, records } = await store.get({ topic, queueId, queueOffset, maxCount: 1 });
  expect({ topic, queueId, queueOffset, status }).toEqual({ topic, queueId, queueOffset, status: 'FOUND' });
  expect(decodeRecord(records[0], 0, { checkCrc: true })).toEqual(record);
  expect((await store.getByPhysicalOffset(physicalOffset))?.equals(records[0])).toBe(true);
  const key = properties.get('UNIQ_KEY');
  if (key !== undefined) {
    const found = await store.query(topic, key, 64, storeTimestamp - 1000, storeTimestamp + 1000);
    expect(found.records.some((bytes) => bytes.equals(records[0]))).toBe(true);
  }
  const atTime = await store.offsetByTimestamp(topic, queueId, storeTimestamp);
  expect(atTime).toBeLessThanOrEqual(queueOffset);
  expect(await store.storeTimestampAt(topic, queueId, atTime)).toBe(storeTimestamp);
}

/** What its sender sent. */
function sentOf({ topic, body, flag, properties, sysFlag }: MessageRecord): Sent {
  const inflated = compressionType(sysFlag) === undefined ? body : inflateSync(body);
  const own = [...properties].filter(([name]) => !isReservedProperty(name));
  return {
    topic,
    body: inflated,
    tag: properties.get('TAGS'),
    keys: splitKeys(properties.get('KEYS')),
    flag,
    properties: Object.fromEntries(own),
  };
}

/** Paths below a directory. */
function files(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

/** Header, slots and the entries in use. */
function usedIndex(path: string): Buffer {
  const bytes = readFileSync(path);
  return bytes.subarray(0, entryPosition(sizes.maxHashSlotNum, decodeIndexHeader(bytes).indexCount));
}
