import { deflateSync, inflateSync } from 'node:zlib';
import type { BodyCodec } from './body-codec.js';

/** Source: Apache 5.3 ZlibCompressor. */
export const zlibCodec: BodyCodec = {
  compress: (body, level) => deflateSync(body, { level }),
  decompress: (bytes, maxBytes) => inflateSync(bytes, { maxOutputLength: maxBytes }),
};
