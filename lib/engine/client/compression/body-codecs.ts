import { ProtocolError } from '../../common/errors.js';
import { RecordPosition } from '../../message/message-codec.js';
import { compressionType, SystemFlag, type CompressionType } from '../../message/system-flag.js';
import type { BodyCodec } from './body-codec.js';
import { loadLz4Codec } from './lz4-codec.js';
import { zlibCodec } from './zlib-codec.js';
import { loadZstdReader, loadZstdWriter } from './zstd-codec.js';

export type BodyWriter = BodyCodec['compress'];
type BodyReader = BodyCodec['decompress'];

/** MessageSysFlag of a body that was compressed so. */
export const compressionFlags: Record<CompressionType, number> = {
  LZ4: SystemFlag.compressed | SystemFlag.compressionLz4,
  ZSTD: SystemFlag.compressed | SystemFlag.compressionZstd,
  ZLIB: SystemFlag.compressed | SystemFlag.compressionZlib,
};

const loadReader: Record<CompressionType, () => Promise<BodyReader>> = {
  LZ4: async () => (await loadLz4Codec()).decompress,
  ZSTD: loadZstdReader,
  ZLIB: async () => zlibCodec.decompress,
};

/** What this process has met: libraries are loaded once, and only when a body needs them. */
const readers = new Map<CompressionType, BodyReader>([['ZLIB', zlibCodec.decompress]]);
/** Why a library could not be loaded. */
const failures = new Map<CompressionType, unknown>();

/** @throws ConfigurationError naming the package that is missing */
export async function bodyWriter(type: CompressionType): Promise<BodyWriter> {
  if (type === 'ZLIB') return zlibCodec.compress;
  return type === 'LZ4' ? (await loadLz4Codec()).compress : loadZstdWriter();
}

/**
 * Loads what the bodies of stored records need, so that readBody() can read them. Never rejects: a
 * message whose library is missing fails whoever reads its body, and nobody else.
 * @returns undefined when nothing has to be loaded, as nearly always
 */
export function prepareBodies(records: Buffer): Promise<void> | undefined {
  const missing = new Set<CompressionType>();
  for (let position = 0; position + RecordPosition.bornTimestamp <= records.length;) {
    const type = compressionType(records.readInt32BE(position + RecordPosition.sysFlag));
    if (type !== undefined && !readers.has(type)) missing.add(type);
    const totalSize = records.readInt32BE(position + RecordPosition.totalSize);
    if (totalSize <= 0) break; // damaged: whoever decodes it says so
    position += totalSize;
  }
  return missing.size === 0 ? undefined : loadReaders([...missing]);
}

/** The body as it was sent. @throws ProtocolError */
export function readBody(body: Buffer, sysFlag: number, maxBytes: number): Buffer {
  const type = compressionType(sysFlag);
  if (type === undefined) return body;
  try {
    const read = readers.get(type);
    if (read) return read(body, maxBytes);
  } catch (cause) {
    throw unreadable(type, cause);
  }
  throw unreadable(type, failures.get(type));
}

function unreadable(type: CompressionType, cause: unknown): ProtocolError {
  const reason = cause instanceof Error ? cause.message : 'its library has not been loaded';
  return new ProtocolError(`the body, compressed by ${type}, cannot be read: ${reason}`, { cause });
}

async function loadReaders(types: readonly CompressionType[]): Promise<void> {
  for (const type of types) {
    try {
      readers.set(type, await loadReader[type]());
    } catch (error) {
      failures.set(type, error);
    }
  }
}
