import fc from 'fast-check';
import { ProtocolError } from '../../../../lib/engine/common/errors.js';
import type { HostAddress } from '../../../../lib/engine/message/host-address.js';
import {
  decodeRecord,
  decodeRecords,
  MAGIC_V2,
  RecordPosition,
  stampRecord,
  type RecordToEncode,
} from '../../../../lib/engine/message/message-codec.js';
import { encodeRecord } from '../../../../lib/engine/message/record-writer.js';
import { decodeProperties, isPropertyText } from '../../../../lib/engine/message/properties-codec.js';
import { SystemFlag } from '../../../../lib/engine/message/system-flag.js';

/** Written by a running Apache 5.3.3 broker: body "hello", KEYS "k1 k2", TAGS "TagA". */
const STORED = Buffer.from(
  '000000eedaa320a73610a68600000000000000000000000000000000000000001669dcc600000000000001a1fdae5608' +
    '7f0000010000bb2a000001a1fdae561b7f00000100002a9f0000000000000000000000000000000568656c6c6f075052' +
    '4f42455f5400874d53475f524547494f4e0144656661756c74526567696f6e02554e49515f4b45590137463030303030' +
    '3130303031414142424343444430303030303030313030303002434c55535445520144656661756c74436c7573746572' +
    '02544147530154616741024b455953016b31206b32025741495401747275650254524143455f4f4e017472756502',
  'hex',
);

/** The same broker's op message for half message 16. */
const STORED_OP = Buffer.from(
  '0000008adaa320a7612cab230000000000000000000000000000000000000000166a040e00000000000001a1fdb13113' +
    '7f00000100002a9f000001a1fdb131157f00000100002a9f0000000000000000000000000000000331362c1b524d515f' +
    '5359535f5452414e535f4f505f48414c465f544f50494300115741495401747275650254414753016402',
  'hex',
);

const stored: RecordToEncode = {
  topic: 'PROBE_T',
  queueId: 0,
  flag: 0,
  sysFlag: 0,
  bornTimestamp: 1795257423368,
  bornHost: { host: '127.0.0.1', port: 47914 },
  storeHost: { host: '127.0.0.1', port: 10911 },
  reconsumeTimes: 0,
  preparedTransactionOffset: 0,
  body: Buffer.from('hello'),
  properties: decodeProperties(
    'MSG_REGION\x01DefaultRegion\x02UNIQ_KEY\x017F0000010001AABBCCDD000000010000\x02CLUSTER\x01DefaultCluster\x02' +
      'TAGS\x01TagA\x02KEYS\x01k1 k2\x02WAIT\x01true\x02TRACE_ON\x01true\x02',
  ),
};

describe('a record of Apache’s', () => {
  test('is read field by field', () => {
    const record = decodeRecord(STORED, 0, { checkCrc: true });
    expect(record).toMatchObject({
      topic: 'PROBE_T',
      queueId: 0,
      flag: 0,
      queueOffset: 0,
      physicalOffset: 0x1669dcc6,
      sysFlag: 0,
      bornTimestamp: 1795257423368,
      bornHost: { host: '127.0.0.1', port: 47914 },
      storeTimestamp: 1795257423387,
      storeHost: { host: '127.0.0.1', port: 10911 },
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body: Buffer.from('hello'),
      bodyCrc: 0x3610a686,
      totalSize: 238,
    });
    expect(Object.fromEntries(record.properties)).toEqual({
      MSG_REGION: 'DefaultRegion',
      UNIQ_KEY: '7F0000010001AABBCCDD000000010000',
      CLUSTER: 'DefaultCluster',
      TAGS: 'TagA',
      KEYS: 'k1 k2',
      WAIT: 'true',
      TRACE_ON: 'true',
    });
  });

  test('is written byte for byte', () => {
    const bytes = encodeRecord(stored);
    stampRecord(bytes, { queueOffset: 0, physicalOffset: 0x1669dcc6, storeTimestamp: 1795257423387 });
    expect(bytes.toString('hex')).toBe(STORED.toString('hex'));
  });

  test('may hold an op message, and follow another one', () => {
    const records = decodeRecords(Buffer.concat([STORED, STORED_OP]));
    expect(records.map(({ topic, body }) => [topic, body.toString()])).toEqual([
      ['PROBE_T', 'hello'],
      ['RMQ_SYS_TRANS_OP_HALF_TOPIC', '16,'],
    ]);
    expect(records[1].properties).toEqual(
      new Map([
        ['WAIT', 'true'],
        ['TAGS', 'd'],
      ]),
    );
  });
});

const anyHost: fc.Arbitrary<HostAddress> = fc.record({
  host: fc.oneof(
    fc.constantFrom('127.0.0.1', '255.0.10.3'),
    fc.constantFrom('::', '::1', 'fd00::2', '2001:db8::a:0:0:1'),
  ),
  port: fc.nat(65_535),
});

const propertyText = fc.string({ minLength: 1, maxLength: 20 }).filter(isPropertyText);

const anyRecord = fc.record({
  topic: fc.stringMatching(/^[%|a-zA-Z0-9_-]{1,255}$/),
  queueId: fc.nat(2 ** 31 - 1),
  flag: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  sysFlag: fc.constantFrom(0, SystemFlag.compressed, SystemFlag.transactionCommit, SystemFlag.compressionZstd),
  bornTimestamp: fc.maxSafeNat(),
  bornHost: anyHost,
  storeHost: anyHost,
  reconsumeTimes: fc.nat(100),
  preparedTransactionOffset: fc.maxSafeNat(),
  body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  properties: fc.dictionary(propertyText, propertyText),
});

const anyStamp = fc.record({
  queueOffset: fc.maxSafeNat(),
  physicalOffset: fc.maxSafeNat(),
  storeTimestamp: fc.maxSafeNat(),
});

describe('any record', () => {
  test('is read as it was written, with either kind of address and of topic length', () => {
    fc.assert(
      fc.property(anyRecord, anyStamp, (record, stamp) => {
        const bytes = encodeRecord({
          ...record,
          properties: new Map(Object.entries(record.properties)),
        });
        stampRecord(bytes, stamp);
        const decoded = decodeRecord(bytes, 0, { checkCrc: true });
        const { sysFlag, properties, ...plain } = record;
        expect(decoded).toMatchObject({ ...plain, ...stamp, totalSize: bytes.length });
        expect(decoded.properties).toEqual(new Map(Object.entries(properties)));
        expect(decoded.sysFlag & ~(SystemFlag.bornHostIPv6 | SystemFlag.storeHostIPv6)).toBe(sysFlag);
        expect((decoded.sysFlag & SystemFlag.bornHostIPv6) !== 0).toBe(record.bornHost.host.includes(':'));
        expect((decoded.sysFlag & SystemFlag.storeHostIPv6) !== 0).toBe(record.storeHost.host.includes(':'));
      }),
    );
  });

  test('cut short or changed in a length it is an error, never a wrong record', () => {
    fc.assert(
      fc.property(anyRecord, fc.nat(), (record, cut) => {
        const bytes = encodeRecord({ ...record, properties: new Map() });
        expect(() => decodeRecord(bytes.subarray(0, cut % bytes.length))).toThrow(ProtocolError);
        const longer = Buffer.concat([bytes, Buffer.alloc(10)]);
        longer.writeInt32BE(longer.length, RecordPosition.totalSize);
        expect(() => decodeRecord(longer)).toThrow('10 bytes are left behind');
      }),
    );
  });
});

test('a topic of 127 characters has one length byte, of 128 two', () => {
  const short = encodeRecord({ ...stored, topic: 't'.repeat(127) });
  const long = encodeRecord({ ...stored, topic: 't'.repeat(128) });
  expect(long.length - short.length).toBe(2);
  expect(long.readInt32BE(RecordPosition.magic)).toBe(MAGIC_V2);
  expect(decodeRecord(long).topic).toHaveLength(128);
});

test('properties beyond what their length field holds are refused', () => {
  expect(encodeRecord({ ...stored, properties: new Map([['p', 'p'.repeat(32_764)]]) })).toBeInstanceOf(Buffer);
  expect(() => encodeRecord({ ...stored, properties: new Map([['p', 'ä'.repeat(16_383)]]) })).toThrow(
    'at most 32767 can be stored',
  );
});

describe('a damaged record is refused', () => {
  const damaged = (position: number, value: number): Buffer => {
    const bytes = Buffer.from(STORED);
    bytes.writeInt32BE(value, position);
    return bytes;
  };

  test.each([
    ['another magic', damaged(RecordPosition.magic, 0x12345678), 'unknown record magic 0x12345678'],
    ['the blank magic', damaged(RecordPosition.magic, 0xcbd43194 | 0), 'unknown record magic'],
    ['a size of zero', damaged(RecordPosition.totalSize, 0), 'a record of 0 bytes does not fit'],
    ['a negative size', damaged(RecordPosition.totalSize, -1), 'a record of -1 bytes'],
    ['a huge size', damaged(RecordPosition.totalSize, 0x7fffffff), 'does not fit the 238 bytes at hand'],
    ['a negative body length', damaged(84, -5), '-5 bytes expected'],
    ['a huge body length', damaged(84, 0x7fffffff), 'bytes expected'],
    ['IPv6 flags without IPv6 addresses', damaged(RecordPosition.sysFlag, SystemFlag.bornHostIPv6), 'bytes expected'],
  ])('%s', (_name, bytes, message) => {
    expect(() => decodeRecord(bytes)).toThrow(ProtocolError);
    expect(() => decodeRecord(bytes)).toThrow(message);
  });

  test('a changed body only when its checksum is asked for', () => {
    const bytes = Buffer.from(STORED);
    bytes.write('jello', 88);
    expect(decodeRecord(bytes).body.toString()).toBe('jello');
    expect(() => decodeRecord(bytes, 0, { checkCrc: true })).toThrow('CRC');
  });
});
