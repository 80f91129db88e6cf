import fc from 'fast-check';
import { ProtocolError } from '../../../../lib/engine/common/errors.js';
import { decodeRecord, stampRecord } from '../../../../lib/engine/message/message-codec.js';
import { encodeRecord } from '../../../../lib/engine/message/record-writer.js';
import type { MessageRecord } from '../../../../lib/engine/message/message.js';
import { RecordView, viewRecords } from '../../../../lib/engine/message/record-view.js';

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const host = fc.constantFrom({ host: '10.0.0.7', port: 10911 }, { host: 'fd00::2', port: 65_535 });
const text = fc.string({ maxLength: 12 }).map((value) => value.replace(/\p{Cc}/gu, '_'));

const encoded = fc
  .record({
    topic: fc.constantFrom('T', 'orders', 'x'.repeat(127), `%RETRY%${'g'.repeat(200)}`),
    queueId: int32,
    flag: int32,
    sysFlag: fc.constantFrom(0, 1, 8),
    bornTimestamp: fc.nat(),
    bornHost: host,
    storeHost: host,
    reconsumeTimes: fc.nat(20),
    preparedTransactionOffset: fc.nat(),
    body: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    properties: fc.array(fc.tuple(text, text), { maxLength: 4 }).map((pairs) => new Map(pairs)),
    stamp: fc.record({ queueOffset: fc.nat(), physicalOffset: fc.maxSafeNat(), storeTimestamp: fc.nat() }),
  })
  .map(({ stamp, ...record }) => {
    const bytes = encodeRecord(record);
    stampRecord(bytes, stamp);
    return bytes;
  });

const fields = (record: MessageRecord): MessageRecord => ({
  topic: record.topic,
  queueId: record.queueId,
  flag: record.flag,
  queueOffset: record.queueOffset,
  physicalOffset: record.physicalOffset,
  sysFlag: record.sysFlag,
  bornTimestamp: record.bornTimestamp,
  bornHost: record.bornHost,
  storeTimestamp: record.storeTimestamp,
  storeHost: record.storeHost,
  reconsumeTimes: record.reconsumeTimes,
  preparedTransactionOffset: record.preparedTransactionOffset,
  body: record.body,
  bodyCrc: record.bodyCrc,
  properties: record.properties,
  totalSize: record.totalSize,
});

test('shows what decodeRecord() decodes, wherever in the bytes', () => {
  fc.assert(
    fc.property(fc.array(encoded, { minLength: 1, maxLength: 4 }), (records) => {
      const views = viewRecords(Buffer.concat(records));
      expect(views.map(fields)).toEqual(records.map((bytes) => decodeRecord(bytes)));
    }),
  );
});

test('refuses what decodeRecord() refuses, and nothing else', () => {
  const outcome = (decode: () => MessageRecord): MessageRecord | 'refused' => {
    try {
      return fields(decode());
    } catch (error) {
      if (error instanceof ProtocolError) return 'refused';
      throw error;
    }
  };
  fc.assert(
    fc.property(encoded, fc.nat(), fc.nat(255), fc.option(fc.nat()), (record, at, value, cut) => {
      const bytes = Buffer.from(record);
      bytes[at % bytes.length] = value;
      const given = cut === null ? bytes : bytes.subarray(0, cut % (bytes.length + 1));
      expect(outcome(() => new RecordView(given, 0))).toEqual(outcome(() => decodeRecord(given)));
    }),
    { numRuns: 2000 },
  );
});
