import fc from 'fast-check';
import { ProtocolError } from '../../../../lib/engine/common/errors.js';
import { decodeRecord, decodeRecords, stampRecord } from '../../../../lib/engine/message/message-codec.js';
import { encodeProperties, isPropertyText } from '../../../../lib/engine/message/properties-codec.js';
import { encodeRecord, memoryOf, RecordWriter } from '../../../../lib/engine/message/record-writer.js';

const template = {
  topic: 'T',
  queueId: 3,
  flag: -1,
  sysFlag: 0,
  bornTimestamp: 1_795_257_423_368,
  bornHost: { host: 'fd00::2', port: 1 },
  reconsumeTimes: 2,
  preparedTransactionOffset: 0x1_2345_6789,
  storeHost: { host: '127.0.0.1', port: 10911 },
  body: Buffer.from('body'),
  properties: new Map([['TAGS', 'TagA']]),
};

const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter(isPropertyText);

test('properties are written as their text says', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word)), (entries) => {
      const properties = new Map(entries);
      const text = encodeProperties(properties);
      const bytes = encodeRecord({ ...template, properties });
      expect(bytes.toString('utf8', bytes.length - Buffer.byteLength(text))).toBe(Buffer.from(text).toString());
    }),
  );
});

test.each([
  ['ASCII', new Map([['name', 'value']])],
  ['other characters', new Map([['nämé', '値😀']])],
  ['long texts', new Map([['k', 'ä'.repeat(300)]])],
])(
  'wherever the memory ends, what would be needed is counted and nothing behind it is touched: %s',
  (_, properties) => {
    const message = { ...template, properties };
    const whole = encodeRecord(message);
    stampRecord(whole, { queueOffset: 7, physicalOffset: 8, storeTimestamp: 9 });
    const writer = new RecordWriter();
    for (let room = 0; room <= whole.length; room++) {
      const bytes = Buffer.alloc(10 + whole.length, 0xee);
      writer.begin(memoryOf(bytes), 5, 5 + room);
      writer.write(message, message.storeHost, 7, 8, 9);
      expect(writer.position).toBe(5 + whole.length);
      expect(bytes.subarray(5 + room).every((byte) => byte === 0xee)).toBe(true);
      expect(bytes.subarray(0, 5).every((byte) => byte === 0xee)).toBe(true);
      if (room === whole.length) expect(bytes.subarray(5, 5 + room)).toEqual(whole);
    }
  },
);

test('records lie one behind the other', () => {
  const memory = memoryOf(Buffer.alloc(1000));
  const writer = new RecordWriter();
  writer.begin(memory, 0, 1000);
  for (let i = 0; i < 3; i++) writer.write({ ...template, queueId: i }, template.storeHost, i, writer.position, 5);
  const records = decodeRecords(memory.bytes.subarray(0, writer.position));
  expect(records.map(({ queueId, queueOffset }) => [queueId, queueOffset])).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
  expect(records[2].physicalOffset).toBe(2 * records[0].totalSize);
});

test.each([-1, -(2 ** 32) - 5, -(2 ** 53) + 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1])('int64 %d', (bornTimestamp) => {
  expect(decodeRecord(encodeRecord({ ...template, bornTimestamp })).bornTimestamp).toBe(bornTimestamp);
});

test.each([{ flag: 2 ** 31 }, { bornTimestamp: 2 ** 60 }, { reconsumeTimes: 0.5 }])(
  'a number that its field cannot hold is not encoded: %p',
  (fields) => {
    expect(() => encodeRecord({ ...template, ...fields })).toThrow(ProtocolError);
  },
);
