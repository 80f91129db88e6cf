import { TooLargeError, type BodyCodec } from './body-codec.js';
import { importLibrary } from './import-library.js';

/** What is used of `lz4js`. */
interface Lz4Library {
  compress(bytes: Uint8Array): Uint8Array;
  /** Allocates `maxSize` bytes; by default what decompressBound() says. */
  decompress(bytes: Uint8Array, maxSize?: number): Uint8Array;
  /** Most that can come out, by the number and size of the frame's blocks. */
  decompressBound(bytes: Uint8Array): number;
}

/** Frames of LZ4. Source: Apache 5.3 Lz4Compressor. @throws ConfigurationError the library is not installed */
export async function loadLz4Codec(): Promise<BodyCodec> {
  const lz4 = await importLibrary<Lz4Library>('lz4js', () => import('lz4js'));
  return {
    compress: (body) => Buffer.from(lz4.compress(body)),
    decompress(bytes, maxBytes) {
      const bound = Math.min(lz4.decompressBound(bytes), maxBytes + 1);
      const body = lz4.decompress(bytes, bound);
      if (body.length > maxBytes) throw new TooLargeError(maxBytes);
      return Buffer.from(body);
    },
  };
}
