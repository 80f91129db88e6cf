import { ProtocolError } from './errors.js';

const TWO_32 = 0x1_0000_0000;

/** Checked big-endian reading; every read past the end is a ProtocolError naming what was read. */
export class ByteReader {
  position: number;

  constructor(
    private readonly bytes: Buffer,
    start = 0,
    private readonly end = bytes.length,
  ) {
    this.position = start;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  uint8(): number {
    return this.bytes.readUInt8(this.advance(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.advance(2));
  }

  uint16(): number {
    return this.bytes.readUInt16BE(this.advance(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.advance(4));
  }

  uint32(): number {
    return this.bytes.readUInt32BE(this.advance(4));
  }

  /** A signed 64-bit value; beyond ±2^53 it loses precision, which no offset or time reaches. */
  int64(): number {
    return readInt64(this.bytes, this.advance(8));
  }

  /** A view, not a copy. */
  slice(length: number): Buffer {
    const start = this.advance(length);
    return this.bytes.subarray(start, start + length);
  }

  utf8(length: number): string {
    const start = this.advance(length);
    return this.bytes.toString('utf8', start, start + length);
  }

  private advance(length: number): number {
    const start = this.position;
    if (length < 0 || length > this.end - start) {
      throw new ProtocolError(`${length} bytes expected at ${start}, but only ${this.end - start} are left`);
    }
    this.position = start + length;
    return start;
  }
}

export function readInt64(bytes: Buffer, position: number): number {
  return bytes.readInt32BE(position) * TWO_32 + bytes.readUInt32BE(position + 4);
}

/** @returns the position behind it */
export function writeInt64(bytes: Buffer, value: number, position: number): number {
  const high = Math.floor(value / TWO_32);
  writeInt32(bytes, high, position);
  return writeInt32(bytes, value - high * TWO_32, position + 4);
}

/** Of a signed or an unsigned value; within the buffer. @returns the position behind it */
export function writeInt32(bytes: Buffer, value: number, position: number): number {
  bytes[position] = value >>> 24;
  bytes[position + 1] = value >>> 16;
  bytes[position + 2] = value >>> 8;
  bytes[position + 3] = value;
  return position + 4;
}
