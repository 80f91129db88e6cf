import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dumpStore, verifyStore } from '../../lib/engine/index.js';
import { ipBytes, type HostAddress } from '../../lib/engine/message/host-address.js';
import { decodeRecord } from '../../lib/engine/message/message-codec.js';
import { encodeOffsetMessageId } from '../../lib/engine/message/message-id.js';
import type { MessageRecord } from '../../lib/engine/message/message.js';
import { describeWhen } from '../support/requirements.js';
import { messageToStore, openStore } from '../support/store-fixture.js';
import { java17AndMaven, javaCommand } from './support/java-programs.js';
import { JsonLinesProcess } from './support/json-lines-process.js';

/** Those of Store5.java. */
const sizes = {
  mappedFileSizeCommitLog: 64 * 1024,
  mappedFileSizeConsumeQueue: 20 * 10,
  maxHashSlotNum: 1000,
  maxIndexNum: 400,
};
const indexSize = { slots: sizes.maxHashSlotNum, entries: sizes.maxIndexNum };
const TOPIC = 'Hosts';
const ANSWER_TIMEOUT_MS = 30_000;

const hosts = ['127.0.0.1', '::1', 'fd00::2', '2001:db8:1:2:3:4:5:6', '255.255.255.255', 'fe80::ffff:0'];
/** Names and values; neither can hold the separators, 1 and 2, and no reader gives a value that is empty. */
const unusual: Record<string, string> = {
  'a name = with & spaces': ' a value, with spaces ',
  ключ: '値',
  emoji: '👩‍👩‍👧 \u{10FFFF}',
  controls: '\t\n\r\v\f\b\u0003\u001f\u007f\u0085',
  zero: 'before\0behind',
  quotes: `"'\`\\ \\u0041 %41 &#65; \${x}`,
  direction: '\u202eevird\u2028\u2029\ufeff',
  combined: 'e\u0301 is not \u00e9',
};

interface Sample {
  bornHost: HostAddress;
  storeHost: HostAddress;
  body: string;
  properties: Record<string, string>;
}

/** Every pair of a sender's and a broker's host. */
const samples: Sample[] = hosts.flatMap((born, i) =>
  hosts.map((store, k) => ({
    bornHost: { host: born, port: 1000 + i },
    storeHost: { host: store, port: 65_535 - k },
    body: `from ${born} to ${store}`,
    properties: { KEYS: `k${i}${k} ${unusual.quotes.slice(0, k)}x`, UNIQ_KEY: `u${i}${k}`, ...unusual },
  })),
);

describeWhen(java17AndMaven, 'hosts of both kinds and unusual properties', () => {
  const root = mkdtempSync(join(tmpdir(), 'store-hosts-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it("are carried over from Apache's store to ours", async () => {
    const directory = join(root, 'apache');
    const apache = await startApache(directory);
    const ids: unknown[] = [];
    for (const sample of samples) {
      const body = Buffer.from(sample.body).toString('base64');
      const answer = await ask(apache, { ...sample, command: 'put', topic: TOPIC, queueId: 0, body });
      expect(answer.status).toBe('PUT_OK');
      ids.push(answer.offsetMessageId);
    }
    await apache.end();

    expect((await verifyStore(directory, { indexSize })).problems).toEqual([]);
    const store = openStore(directory, sizes);
    await store.start();
    const records: MessageRecord[] = [];
    for (let queueOffset = 0; queueOffset < store.maxQueueOffset(TOPIC, 0); queueOffset++) {
      const got = await store.get({ topic: TOPIC, queueId: 0, queueOffset, maxCount: 1 });
      records.push(decodeRecord(got.records[0], 0, { checkCrc: true }));
      const found = await store.query(TOPIC, records[queueOffset].properties.get('UNIQ_KEY')!, 8, 0, 2 ** 50);
      expect(found.records).toEqual(got.records);
    }
    await store.stop();
    expect(records.map(contents)).toEqual(samples);
    expect(records.map(({ storeHost, physicalOffset }) => encodeOffsetMessageId(storeHost, physicalOffset))).toEqual(
      ids,
    );
  }, 120_000);

  it("are carried over from ours to Apache's store", async () => {
    const directory = join(root, 'ours');
    let storeHost = samples[0].storeHost;
    const store = openStore(directory, sizes, { storeHost: () => storeHost });
    await store.start();
    for (const sample of samples) {
      ({ storeHost } = sample);
      const properties = new Map(Object.entries(sample.properties));
      const { bornHost } = sample;
      const { status } = await store.put(messageToStore(TOPIC, 0, sample.body, { bornHost, properties }));
      expect(status).toBe('PUT_OK');
    }
    await store.stop();
    const records: MessageRecord[] = [];
    for await (const record of dumpStore(directory)) records.push(record);
    const expected = records.map(asApacheTells);
    expect(records.map(contents)).toEqual(samples);

    const apache = await startApache(directory);
    const { messages } = await ask(apache, { command: 'get', topic: TOPIC, queueId: 0 });
    expect(messages).toEqual(expected);
    for (const [i, { properties }] of samples.entries()) {
      const found = await ask(apache, { command: 'query', topic: TOPIC, key: properties.UNIQ_KEY });
      expect(found.messages).toEqual([expected[i]]);
    }
    await apache.end();
    expect((await verifyStore(directory, { indexSize })).problems).toEqual([]);
  }, 120_000);
});

function startApache(directory: string): Promise<JsonLinesProcess> {
  return JsonLinesProcess.start("Apache's store", [...javaCommand('5.3', 'interop.Store5'), directory]);
}

async function ask(apache: JsonLinesProcess, question: Record<string, unknown>): Promise<Record<string, unknown>> {
  const answer = apache.next(() => true, ANSWER_TIMEOUT_MS);
  apache.write(question);
  return answer;
}

function contents({ bornHost, storeHost, body, properties }: MessageRecord): Sample {
  return { bornHost, storeHost, body: body.toString(), properties: Object.fromEntries(properties) };
}

function asApacheTells(record: MessageRecord): unknown {
  const { bornHost, storeHost, body, properties, physicalOffset, queueOffset } = record;
  return {
    body: body.toString('base64'),
    bornHost: hostAsApacheTells(bornHost),
    storeHost: hostAsApacheTells(storeHost),
    offsetMessageId: encodeOffsetMessageId(storeHost, physicalOffset),
    queueOffset,
    properties: Object.fromEntries(properties),
  };
}

function hostAsApacheTells({ host, port }: HostAddress): unknown {
  return { ip: Buffer.from(ipBytes(host)).toString('base64'), port };
}
