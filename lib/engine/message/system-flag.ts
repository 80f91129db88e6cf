/** Bits of a message's sysFlag. Source: Apache 5.3 MessageSysFlag. */
export const SystemFlag = {
  compressed: 0x1,
  multiTags: 0x2,
  transactionNone: 0x0,
  transactionPrepared: 0x4,
  transactionCommit: 0x8,
  transactionRollback: 0xc,
  bornHostIPv6: 0x10,
  storeHostIPv6: 0x20,
  needUnwrap: 0x40,
  innerBatch: 0x80,
  compressionLz4: 0x100,
  compressionZstd: 0x200,
  compressionZlib: 0x300,
} as const;

const TRANSACTION_MASK = 0xc;
const COMPRESSION_MASK = 0x700;

export type CompressionType = 'LZ4' | 'ZSTD' | 'ZLIB';

/** One of the four transaction values of SystemFlag. */
export function transactionType(sysFlag: number): number {
  return sysFlag & TRANSACTION_MASK;
}

export function withTransactionType(sysFlag: number, type: number): number {
  return (sysFlag & ~TRANSACTION_MASK) | type;
}

/** Undefined when the body is not compressed; 4.x clients set no type bits and mean ZLIB. */
export function compressionType(sysFlag: number): CompressionType | undefined {
  if ((sysFlag & SystemFlag.compressed) === 0) return undefined;
  const bits = sysFlag & COMPRESSION_MASK;
  if (bits === SystemFlag.compressionLz4) return 'LZ4';
  if (bits === SystemFlag.compressionZstd) return 'ZSTD';
  return 'ZLIB';
}
