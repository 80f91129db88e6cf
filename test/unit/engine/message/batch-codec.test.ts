import fc from 'fast-check';
import { ProtocolError } from '../../../../lib/engine/common/errors.js';
import { decodeBatch, encodeBatch } from '../../../../lib/engine/message/batch-codec.js';

/** Encoded by Apache 5.3.3: body "b0", properties UNIQ_KEY=U0 WAIT=true TAGS=tg KEYS=k in Java's order. */
const APACHE = Buffer.from(
  '0000003d00000000000000000000000000000002623000254b455953016b02554e49515f4b4559015530025741495401' +
    '74727565025441475301746702',
  'hex',
);
const properties = 'KEYS\x01k\x02UNIQ_KEY\x01U0\x02WAIT\x01true\x02TAGS\x01tg\x02';

test('a batch of Apache’s is read, and written byte for byte', () => {
  const message = { flag: 0, body: Buffer.from('b0'), properties };
  expect(decodeBatch(APACHE)).toEqual([message]);
  expect(encodeBatch([message]).toString('hex')).toBe(APACHE.toString('hex'));
});

const anyMessage = fc.record({
  flag: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  body: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  properties: fc.string({ maxLength: 50 }),
});

test('any batch is read as it was written', () => {
  fc.assert(fc.property(fc.array(anyMessage), (batch) => expect(decodeBatch(encodeBatch(batch))).toEqual(batch)));
});

test('a batch cut anywhere but between two messages is refused', () => {
  const bytes = Buffer.concat([APACHE, APACHE]);
  for (let length = 1; length < bytes.length; length++) {
    if (length === APACHE.length) continue;
    expect(() => decodeBatch(bytes.subarray(0, length))).toThrow(ProtocolError);
  }
});

test.each([
  ['a size below the smallest', 0, 21],
  ['a negative size', 0, -1],
  ['a size beyond the end', 0, 0x7fffffff],
  ['a size that is too small for its body', 0, 22],
  ['a body length beyond its message', 16, 0x7fffffff],
  ['a negative body length', 16, -1],
  ['a body length that leaves bytes behind the properties', 16, 0],
])('%s is refused', (_name, position, value) => {
  const bytes = Buffer.from(APACHE);
  bytes.writeInt32BE(value, position);
  expect(() => decodeBatch(bytes)).toThrow(ProtocolError);
});
