import { TooLargeError, type BodyCodec } from './body-codec.js';
import { importLibrary } from './import-library.js';

/** What is used of `lz4js`. */
interface Lz4Library {
  /** @returns bytes written; 0 when the block cannot be compressed */
  compressBlock(source: Uint8Array, target: Uint8Array, start: number, length: number, hashTable: Uint32Array): number;
  /** Most that a block of so many bytes can become. */
  compressBound(length: number): number;
  /** Allocates `maxSize` bytes. */
  decompress(frame: Uint8Array, maxSize: number): Uint8Array;
  /** Most that can come out, by the number and size of the frame's blocks. */
  decompressBound(frame: Uint8Array): number;
}

/**
 * Magic, then: version 1, blocks that don't refer to each other, of 4 MiB at most, and the checksum
 * of that. Java reads no others; those that the library itself writes say that blocks do refer.
 */
const FRAME_HEADER = Buffer.from('04224d18607073', 'hex');
const FRAME_END = Buffer.alloc(4);
const BLOCK_BYTES = 4 * 1024 * 1024;
const UNCOMPRESSED = 0x80000000;
const HASH_ENTRIES = 1 << 16;

/** Frames of LZ4. Source: Apache 5.3 Lz4Compressor. @throws ConfigurationError the library is not installed */
export async function loadLz4Codec(): Promise<BodyCodec> {
  const lz4 = await importLibrary<Lz4Library>('lz4js', () => import('lz4js'));
  return {
    compress: (body) => compressFrame(lz4, body),
    decompress(frame, maxBytes) {
      const bound = Math.min(lz4.decompressBound(frame), maxBytes + 1);
      const body = lz4.decompress(frame, bound);
      if (body.length > maxBytes) throw new TooLargeError(maxBytes);
      return Buffer.from(body.buffer, body.byteOffset, body.length);
    },
  };
}

function compressFrame(lz4: Lz4Library, body: Buffer): Buffer {
  const parts: Buffer[] = [FRAME_HEADER];
  for (let start = 0; start < body.length; start += BLOCK_BYTES) {
    parts.push(...compressBlock(lz4, body.subarray(start, start + BLOCK_BYTES)));
  }
  return Buffer.concat([...parts, FRAME_END]);
}

/** Its length, little-endian, and its bytes. */
function compressBlock(lz4: Lz4Library, block: Buffer): Buffer[] {
  const target = Buffer.allocUnsafe(lz4.compressBound(block.length));
  const size = lz4.compressBlock(block, target, 0, block.length, new Uint32Array(HASH_ENTRIES));
  const isSmaller = size > 0 && size < block.length;
  const length = Buffer.alloc(4);
  length.writeUInt32LE(isSmaller ? size : UNCOMPRESSED + block.length);
  return [length, isSmaller ? target.subarray(0, size) : block];
}
