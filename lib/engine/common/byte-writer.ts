import { writeInt32, writeInt64 } from './byte-reader.js';
import { utf8Length, writeUtf8 } from './utf8.js';

/** Copying so few bytes one by one is faster than by a call. */
const FEW_BYTES = 32;
/** The largest number in front of 2^63. */
const MOST_INT64 = 2 ** 63 - 1024;

/** Big-endian writing into a buffer of known length; a value out of range, or one past the end, is a RangeError. */
export class ByteWriter {
  position: number;

  constructor(
    readonly bytes: Buffer,
    start = 0,
  ) {
    this.position = start;
  }

  uint8(value: number): this {
    this.bytes[this.advance(1, value, 0, 0xff)] = value;
    return this;
  }

  int16(value: number): this {
    return this.twoBytes(value, this.advance(2, value, -0x8000, 0x7fff));
  }

  uint16(value: number): this {
    return this.twoBytes(value, this.advance(2, value, 0, 0xffff));
  }

  int32(value: number): this {
    writeInt32(this.bytes, value, this.advance(4, value, -0x8000_0000, 0x7fff_ffff));
    return this;
  }

  uint32(value: number): this {
    writeInt32(this.bytes, value, this.advance(4, value, 0, 0xffff_ffff));
    return this;
  }

  int64(value: number): this {
    writeInt64(this.bytes, value, this.advance(8, value, -(2 ** 63), MOST_INT64));
    return this;
  }

  raw(chunk: Uint8Array): this {
    const { bytes } = this;
    const position = this.advance(chunk.length);
    if (chunk.length > FEW_BYTES) bytes.set(chunk, position);
    else for (let i = 0; i < chunk.length; i++) bytes[position + i] = chunk[i];
    return this;
  }

  utf8(text: string): this {
    writeUtf8(this.bytes, this.advance(utf8Length(text)), text);
    return this;
  }

  private twoBytes(value: number, position: number): this {
    this.bytes[position] = value >>> 8;
    this.bytes[position + 1] = value;
    return this;
  }

  private advance(length: number, value = 0, least = 0, most = 0): number {
    const start = this.position;
    if (start + length > this.bytes.length) {
      throw new RangeError(`${length} bytes at ${start} don't fit a buffer of ${this.bytes.length}`);
    }
    if (!(value >= least && value <= most)) throw new RangeError(`${value} is not from ${least} to ${most}`);
    this.position = start + length;
    return start;
  }
}
