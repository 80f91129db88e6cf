import fc from 'fast-check';
import { ByteReader } from '../../../../lib/engine/common/byte-reader.js';
import { ByteWriter } from '../../../../lib/engine/common/byte-writer.js';
import { ProtocolError } from '../../../../lib/engine/common/errors.js';

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

describe('ByteReader and ByteWriter', () => {
  test('what is written in any order of kinds is read back', () => {
    const item = fc.oneof(
      fc.record({ kind: fc.constant('uint8' as const), value: fc.nat(0xff) }),
      fc.record({ kind: fc.constant('int16' as const), value: fc.integer({ min: -0x8000, max: 0x7fff }) }),
      fc.record({ kind: fc.constant('uint16' as const), value: fc.nat(0xffff) }),
      fc.record({ kind: fc.constant('int32' as const), value: int32 }),
      fc.record({ kind: fc.constant('uint32' as const), value: fc.nat(0xffffffff) }),
      fc.record({ kind: fc.constant('int64' as const), value: fc.maxSafeInteger() }),
    );
    fc.assert(
      fc.property(fc.array(item), (items) => {
        const writer = new ByteWriter(Buffer.alloc(items.length * 8));
        for (const { kind, value } of items) writer[kind](value);
        const reader = new ByteReader(writer.bytes, 0, writer.position);
        for (const { kind, value } of items) expect(reader[kind]()).toBe(value);
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  test('64-bit integers are those of Java', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const { bytes } = new ByteWriter(Buffer.alloc(8)).int64(value);
        expect(bytes.readBigInt64BE()).toBe(BigInt(value));
      }),
    );
  });

  test('text is UTF-8, raw bytes are copied', () => {
    const writer = new ByteWriter(Buffer.alloc(12)).utf8('tä€').raw(Buffer.from([1, 2, 3]));
    expect(writer.bytes.subarray(0, writer.position)).toEqual(Buffer.from('74c3a4e282ac010203', 'hex'));
    const reader = new ByteReader(writer.bytes);
    expect(reader.utf8(6)).toBe('tä€');
    expect(reader.slice(3)).toEqual(Buffer.from([1, 2, 3]));
  });

  test.each([
    ['a byte', (writer: ByteWriter) => writer.uint8(256)],
    ['a negative unsigned number', (writer: ByteWriter) => writer.uint32(-1)],
    ['a large int16', (writer: ByteWriter) => writer.int16(0x8000)],
    ['a large int32', (writer: ByteWriter) => writer.int32(2 ** 31)],
    ['no number', (writer: ByteWriter) => writer.int64(Number.NaN)],
    ['text past the end', (writer: ByteWriter) => writer.utf8('123456789')],
    ['bytes past the end', (writer: ByteWriter) => writer.raw(Buffer.alloc(9))],
  ])('what cannot be written is a RangeError, and nothing is written: %s', (_, write) => {
    const writer = new ByteWriter(Buffer.alloc(8));
    expect(() => write(writer)).toThrow(RangeError);
    expect(writer.bytes).toEqual(Buffer.alloc(8));
    expect(writer.position).toBe(0);
  });

  test('a read past the end or of a negative length names what was read, and moves nothing', () => {
    const reader = new ByteReader(Buffer.alloc(10), 2, 8);
    expect(() => reader.int64()).toThrow(new ProtocolError('8 bytes expected at 2, but only 6 are left'));
    expect(() => reader.slice(-1)).toThrow(ProtocolError);
    expect(() => reader.utf8(7)).toThrow(ProtocolError);
    expect(reader.position).toBe(2);
    expect(reader.slice(6)).toHaveLength(6);
    expect(() => reader.uint8()).toThrow(ProtocolError);
  });
});
