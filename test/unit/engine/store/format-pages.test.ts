import { decodeRecord } from '../../../../lib/engine/message/message-codec.js';
import { readCheckpoint } from '../../../../lib/engine/store/checkpoint.js';
import { readEntry } from '../../../../lib/engine/store/consume-queue-format.js';
import { silentLogger } from '../../../../lib/engine/ports/logger.js';
import { IndexStore } from '../../../../lib/engine/store/index-store.js';
import { OpenFiles } from '../../../../lib/engine/store/open-files.js';
import { readQueueManifest } from '../../../../lib/engine/store/queue-manifest.js';
import { checkRecord } from '../../../../lib/engine/store/record-check.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';
import { docBlocks, type DocBlock } from '../../../support/doc-blocks.js';
import { SimulatedFileSystem } from '../../../../lib/testing/simulated-file-system.js';
import { properties } from '../../../support/store-fixture.js';

/** The blocks of a page that this test is named above. */
function examples(blocks: readonly DocBlock[]): string[] {
  return blocks.filter(({ test }) => test?.endsWith('format-pages.test.ts')).map(({ code }) => code);
}

/** The bytes of a block: in each line what stands in front of two spaces. */
function bytesOf(code: string): Buffer {
  const hex = code.split('\n').map((line) => line.split('  ')[0]);
  return Buffer.from(hex.join('').replace(/ /g, ''), 'hex');
}

async function diskWith(path: string, content: Buffer): Promise<SimulatedFileSystem> {
  const disk = new SimulatedFileSystem();
  await (await disk.open(path, { create: true })).write([content], 0);
  return disk;
}

it('the record of the page is one', () => {
  const bytes = bytesOf(examples(docBlocks('docs/format/commit-log.md'))[0]);
  const place = { physicalOffset: 0x1669dcc6, positionInFile: 0x1669dcc6, left: 1e6 };
  expect(checkRecord(bytes, 0, place, { checkCrc: true }).kind).toBe('record');
  expect(decodeRecord(bytes)).toMatchObject({
    topic: 'PROBE_T',
    body: Buffer.from('hello'),
    bornTimestamp: 1795257423368,
    bornHost: { host: '127.0.0.1', port: 47914 },
    storeTimestamp: 1795257423387,
    physicalOffset: 376036550,
    properties: properties(
      'MSG_REGION=DefaultRegion',
      'UNIQ_KEY=7F0000010001AABBCCDD000000010000',
      'CLUSTER=DefaultCluster',
      'TAGS=TagA',
      'KEYS=k1 k2',
      'WAIT=true',
      'TRACE_ON=true',
    ),
  });
});

it('the entry of the page is that of the record', () => {
  const bytes = bytesOf(examples(docBlocks('docs/format/consume-queue.md'))[0]);
  expect(bytes).toHaveLength(20);
  expect(readEntry(bytes, 0)).toEqual({ physicalOffset: 376036550, size: 238, tagsCode: 2598919 });
});

it('the index of the page is what two records give', async () => {
  const disk = new SimulatedFileSystem();
  const size = { slots: 4, entries: 5 };
  const openFiles = new OpenFiles(disk, 8);
  const clock = new VirtualClock();
  const index = new IndexStore({ directory: '/index', size, clock, fileSystem: disk, openFiles, logger: silentLogger });
  const record = {
    topic: 'T',
    queueId: 0,
    queueOffset: 0,
    size: 100,
    tagsCode: 0,
    sysFlag: 0,
    properties: properties('KEYS=k'),
  };
  index.add({ ...record, physicalOffset: 100, storeTimestamp: 10_000 });
  index.add({ ...record, physicalOffset: 200, storeTimestamp: 12_999 });
  await index.sync();
  const page = bytesOf(examples(docBlocks('docs/format/index.md'))[0]);
  expect(disk.contents(`/index/${(await disk.list('/index'))[0]}`).toString('hex')).toBe(page.toString('hex'));
});

it('the checkpoint and the manifest of the page belong together', async () => {
  const [checkpointBytes, manifest] = examples(docBlocks('docs/format/checkpoint.md'));
  const checkpoint = await readCheckpoint(await diskWith('/checkpoint', bytesOf(checkpointBytes)), '/checkpoint');
  expect(checkpoint).toMatchObject({ physicMsgTimestamp: 1795257423387, flushedOffset: 376036788 });
  const disk = await diskWith('/queue.manifest', Buffer.from(manifest));
  expect(await readQueueManifest(disk, '/queue.manifest', checkpoint)).toMatchObject({
    dispatchedOffset: 376036788,
    queues: [{ topic: 'PROBE_T', queueId: 0, minOffset: 0, maxOffset: 1, maxPhysicalOffset: 376036788 }],
    index: { name: '20261121043703000', header: { indexCount: 4 } },
  });
});
