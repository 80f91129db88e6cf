import { stampRecord, MAGIC_BLANK } from '../../../../lib/engine/message/message-codec.js';
import { encodeRecord } from '../../../../lib/engine/message/record-writer.js';
import { decodeProperties } from '../../../../lib/engine/message/properties-codec.js';
import { checkRecord } from '../../../../lib/engine/store/record-check.js';
import { messageToStore, storeHost } from '../../../support/store-fixture.js';

const FILE_BYTES = 16 * 1024;

function record(body: string, properties = 'TAGS\x01TagA\x02', physicalOffset = 0, topic = 'T'): Buffer {
  const bytes = encodeRecord({
    ...messageToStore(topic, 1, body),
    properties: decodeProperties(properties),
    storeHost,
  });
  stampRecord(bytes, { queueOffset: 3, physicalOffset, storeTimestamp: 1000 });
  return bytes;
}

function check(bytes: Buffer, physicalOffset = 0, left = FILE_BYTES) {
  return checkRecord(bytes, 0, { physicalOffset, positionInFile: FILE_BYTES - left, left }, { checkCrc: true });
}

it.each([
  ['an empty body', record('')],
  ['no properties', record('x', '')],
  ['a V2 topic', record('x', 'a\x01b\x02', 0, `%RETRY%${'g'.repeat(200)}`)],
  ['properties of several sectors', record('x', `k\x01${'v'.repeat(3000)}\x02`)],
])('knows a record with %s', (_, bytes) => {
  const result = check(bytes);
  expect(result).toMatchObject({ kind: 'record', layout: { totalSize: bytes.length } });
});

it('tells where the parts are', () => {
  const bytes = record('hello');
  const result = check(bytes);
  if (result.kind !== 'record') throw new Error(result.kind);
  const { layout } = result;
  const text = (at: number, length: number): string => bytes.toString('utf8', at, at + length);
  expect(text(layout.bodyAt, layout.bodyLength)).toBe('hello');
  expect(text(layout.topicAt, layout.topicLength)).toBe('T');
  expect(text(layout.propertiesAt, layout.propertiesLength)).toBe('TAGS\x01TagA\x02');
  expect(Number(bytes.readBigInt64BE(layout.storeTimestampAt))).toBe(1000);
});

it('knows zeros for the end, and the mark at the end of a file', () => {
  expect(check(Buffer.alloc(100))).toEqual({ kind: 'empty' });
  const mark = Buffer.alloc(8);
  mark.writeInt32BE(1000, 0);
  mark.writeInt32BE(MAGIC_BLANK, 4);
  expect(check(mark, 0, 1000)).toEqual({ kind: 'fileEnd', size: 1000 });
  expect(check(mark, 0, 999)).toMatchObject({ kind: 'damaged' });
});

it('asks for more bytes when it has too few', () => {
  const bytes = record('hello');
  for (let length = 0; length < bytes.length; length++) {
    expect(check(bytes.subarray(0, length))).toEqual({ kind: 'short', size: length < 8 ? 8 : bytes.length });
  }
});

describe('damage', () => {
  const harmless = new Set<number>();

  it('is seen in every byte of lengths, magic, offset, CRC and body', () => {
    const bytes = record('hello');
    const covered = [
      [0, 12], // size, magic, CRC
      [28, 36], // physical offset
      [84, 93], // length of the body, body
      [93, 94], // length of the topic
    ];
    for (const [from, to] of covered) {
      for (let at = from; at < to; at++) {
        for (const bit of [0x01, 0x10, 0x80]) {
          const flipped = Buffer.from(bytes);
          flipped[at] ^= bit;
          if (check(flipped).kind === 'record') harmless.add(at);
        }
      }
    }
    expect([...harmless]).toEqual([]);
  });

  it('is a record of another place', () => {
    expect(check(record('x', '', 500), 0)).toMatchObject({ kind: 'damaged' });
    expect(check(record('x', '', 500), 500)).toMatchObject({ kind: 'record' });
  });

  it.each([
    ['larger than what is left of the file', (bytes: Buffer) => bytes.writeInt32BE(FILE_BYTES + 1, 0)],
    ['smaller than any record', (bytes: Buffer) => bytes.writeInt32BE(90, 0)],
    ['of negative size', (bytes: Buffer) => bytes.writeInt32BE(-5, 0)],
    ['with a negative queue id', (bytes: Buffer) => bytes.writeInt32BE(-1, 12)],
    ['with a negative queue offset', (bytes: Buffer) => bytes.writeInt32BE(-1, 20)],
    ['with a body beyond its end', (bytes: Buffer) => bytes.writeInt32BE(1000, 84)],
    ['with a negative body', (bytes: Buffer) => bytes.writeInt32BE(-1, 84)],
    ['that says its host has 16 bytes', (bytes: Buffer) => bytes.writeInt32BE(0x10, 36)],
  ])('is a record %s', (_, change) => {
    const bytes = record('hello');
    change(bytes);
    expect(check(bytes)).toMatchObject({ kind: 'damaged' });
  });

  it('is a sector of the properties that was never written, wherever it lies', () => {
    const bytes = record('x', `k\x01${'v'.repeat(3000)}\x02`);
    for (let sector = 512; sector < bytes.length; sector += 512) {
      const torn = Buffer.from(bytes);
      torn.fill(0, sector, Math.min(sector + 512, bytes.length));
      expect(check(torn)).toMatchObject({ kind: 'damaged', reason: 'a sector of the properties is zeros' });
    }
  });

  it('is not a property that holds some zeros itself', () => {
    expect(check(record('x', `k\x01${'\0'.repeat(511)}v\x02`))).toMatchObject({ kind: 'record' });
  });
});
