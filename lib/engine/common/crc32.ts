import { crc32 as zlibCrc32 } from 'node:zlib';

/** RocketMQ's body checksum: CRC-32 without its top bit. Source: Apache 5.3 UtilAll#crc32. */
export function crc32(bytes: Uint8Array): number {
  return zlibCrc32(bytes) & 0x7fffffff;
}
