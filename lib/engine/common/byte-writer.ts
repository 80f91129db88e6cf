import { writeInt64 } from './byte-reader.js';

/** Big-endian writing into a buffer of known length; writing past its end is a RangeError of Node. */
export class ByteWriter {
  position: number;

  constructor(
    readonly bytes: Buffer,
    start = 0,
  ) {
    this.position = start;
  }

  uint8(value: number): this {
    this.position = this.bytes.writeUInt8(value, this.position);
    return this;
  }

  int16(value: number): this {
    this.position = this.bytes.writeInt16BE(value, this.position);
    return this;
  }

  uint16(value: number): this {
    this.position = this.bytes.writeUInt16BE(value, this.position);
    return this;
  }

  int32(value: number): this {
    this.position = this.bytes.writeInt32BE(value, this.position);
    return this;
  }

  uint32(value: number): this {
    this.position = this.bytes.writeUInt32BE(value, this.position);
    return this;
  }

  int64(value: number): this {
    this.position = writeInt64(this.bytes, value, this.position);
    return this;
  }

  raw(chunk: Uint8Array): this {
    this.bytes.set(chunk, this.position);
    this.position += chunk.length;
    return this;
  }

  utf8(text: string): this {
    this.position += this.bytes.write(text, this.position, 'utf8');
    return this;
  }
}
