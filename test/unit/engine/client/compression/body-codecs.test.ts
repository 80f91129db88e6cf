import {
  bodyWriter,
  compressionFlags,
  prepareBodies,
  readBody,
} from '../../../../../lib/engine/client/compression/body-codecs.js';
import { importLibrary } from '../../../../../lib/engine/client/compression/import-library.js';
import { encodeRecord } from '../../../../../lib/engine/message/record-writer.js';
import type { CompressionType } from '../../../../../lib/engine/message/system-flag.js';

const MAX = 64 * 1024 * 1024;
const text = Buffer.from(Array.from({ length: 200 }, (_, n) => `line ${n % 7}\n`).join(''));
const types = ['LZ4', 'ZSTD', 'ZLIB'] as const;

/** As Apache 5.3.3's CompressorFactory writes it. */
const byJava: Record<CompressionType, string> = {
  LZ4: 'BCJNGGBwczEAAABxbGluZSAwCgcAEjEHABIyBwASMwcAEjQHABI1BwASNgcADzEA//////8vUG5lIDMKAAAAAA==',
  ZSTD: 'KLUv/QBY9AMAss0ZDdBlDEU9OEpJydTQLR2CAxgCQWwAQyAI5S6n3OWUu5xyl1PucspdTrnLKXc55S6n3OWUu5xyl1PucspdTrnLKXc55S6n3OWUu5xyl1PucspdTrnLKXc55S6n3OWUu5xyl5PIAIZACIDFqBDwuwHg1xASP0kqSaU9ViClAQAA',
  ZLIB: 'eF7LycxLVTDgygFRhhDKCEIZQygTCGUKocwg1KiGUQ2jGkY1jGogVwMA37yT8g==',
};

function recordOf(body: Buffer, type: CompressionType): Buffer {
  const host = { host: '127.0.0.1', port: 1 };
  return encodeRecord({
    topic: 'T',
    queueId: 0,
    flag: 0,
    sysFlag: compressionFlags[type],
    bornTimestamp: 0,
    bornHost: host,
    storeHost: host,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body,
    properties: new Map(),
  });
}

/** Before anything else has loaded them. */
test('a library is loaded when a record needs it, among others that need none', async () => {
  const bytes = Buffer.from(byJava.LZ4, 'base64');
  expect(() => readBody(bytes, compressionFlags.LZ4, MAX)).toThrow(/LZ4.*has not been loaded/);
  const loading = prepareBodies(
    Buffer.concat([recordOf(Buffer.from(byJava.ZLIB, 'base64'), 'ZLIB'), recordOf(bytes, 'LZ4')]),
  );
  expect(loading).toBeDefined();
  await loading;
  expect(readBody(bytes, compressionFlags.LZ4, MAX)).toEqual(text);
  expect(prepareBodies(recordOf(bytes, 'LZ4'))).toBeUndefined();
});

describe.each(types)('%s', (type) => {
  const read = (bytes: Buffer, max = MAX): Buffer => readBody(bytes, compressionFlags[type], max);

  beforeAll(async () => {
    await prepareBodies(recordOf(Buffer.from('x'), type));
  });

  test('what Java has written is read', () => {
    expect(read(Buffer.from(byJava[type], 'base64'))).toEqual(text);
  });

  test.each([1, 4096, 5_000_000])('%i bytes come back as they were', async (size) => {
    const body = Buffer.alloc(size, 'abcdefghij');
    const compress = await bodyWriter(type);
    expect(read(compress(body, 5)).equals(body)).toBe(true);
    const noise = Buffer.from(Array.from({ length: 5000 }, (_, n) => (n * n * 31) % 251));
    expect(read(compress(noise, 5)).equals(noise)).toBe(true);
  });

  test('a body that grows beyond the limit is refused', async () => {
    const compress = await bodyWriter(type);
    const bomb = compress(Buffer.alloc(10_000_000), 9);
    expect(() => read(bomb, 1_000_000)).toThrow(/cannot be read/);
  });

  test('damaged bytes are refused', () => {
    expect(() => read(Buffer.from('no such thing'))).toThrow(new RegExp(`compressed by ${type}, cannot be read`));
  });
});

test('a missing library is named', async () => {
  const missing = importLibrary('lz4js', () => Promise.reject(new Error("Cannot find module 'lz4js'")));
  await expect(missing).rejects.toMatchObject({ code: 'CONFIGURATION', field: 'compressType' });
  await expect(missing).rejects.toThrow("run 'npm install lz4js'");
});
