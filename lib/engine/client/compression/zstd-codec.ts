import * as zlib from 'node:zlib';
import { TooLargeError, type BodyCodec } from './body-codec.js';
import { importLibrary } from './import-library.js';

type Writer = BodyCodec['compress'];
type Reader = BodyCodec['decompress'];

/** Of Node from 22.15 on. */
interface NodeZstd {
  zstdCompressSync(body: Buffer, options: { params: Record<number, number> }): Buffer;
  zstdDecompressSync(bytes: Buffer, options: { maxOutputLength: number }): Buffer;
}

/** What is used of `@hpcc-js/wasm-zstd`. */
interface ZstdWasm {
  Zstd: { load(): Promise<{ compress(body: Uint8Array, level: number): Uint8Array }> };
}

/** What is used of `fzstd`. */
interface Fzstd {
  Decompress: new (onData: (chunk: Uint8Array) => void) => { push(bytes: Uint8Array, isLast: boolean): void };
}

/** ZSTD_c_compressionLevel. */
const COMPRESSION_LEVEL = 100;

/** Source: Apache 5.3 ZstdCompressor. @throws ConfigurationError the library is not installed */
export async function loadZstdWriter(): Promise<Writer> {
  const node = nodeZstd();
  if (node) return (body, level) => node.zstdCompressSync(body, { params: { [COMPRESSION_LEVEL]: level } });
  const { Zstd } = await importLibrary<ZstdWasm>('@hpcc-js/wasm-zstd', () => import('@hpcc-js/wasm-zstd'));
  const wasm = await Zstd.load();
  return (body, level) => Buffer.from(wasm.compress(body, level));
}

/** @throws ConfigurationError the library is not installed */
export async function loadZstdReader(): Promise<Reader> {
  const node = nodeZstd();
  if (node) return (bytes, maxBytes) => node.zstdDecompressSync(bytes, { maxOutputLength: maxBytes });
  const { Decompress } = await importLibrary<Fzstd>('fzstd', () => import('fzstd'));
  return (bytes, maxBytes) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const stream = new Decompress((chunk) => {
      size += chunk.length;
      if (size > maxBytes) throw new TooLargeError(maxBytes);
      chunks.push(chunk);
    });
    stream.push(bytes, true);
    return Buffer.concat(chunks);
  };
}

function nodeZstd(): NodeZstd | undefined {
  return 'zstdCompressSync' in zlib ? (zlib as unknown as NodeZstd) : undefined; // the types are those of Node 20
}
