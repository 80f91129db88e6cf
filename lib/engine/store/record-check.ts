import { readInt64 } from '../common/byte-reader.js';
import { crc32 } from '../common/crc32.js';
import { MAGIC_BLANK, MAGIC_V1, MAGIC_V2, RecordPosition } from '../message/message-codec.js';
import { SystemFlag } from '../message/system-flag.js';

/** Where the parts of a stored record are, relative to its first byte. Its lengths have been checked. */
export interface RecordLayout {
  readonly totalSize: number;
  readonly storeTimestampAt: number;
  readonly bodyAt: number;
  readonly bodyLength: number;
  readonly topicAt: number;
  readonly topicLength: number;
  readonly propertiesAt: number;
  readonly propertiesLength: number;
}

export type RecordCheck =
  | { readonly kind: 'record'; readonly layout: RecordLayout }
  /** The rest of a file, `size` bytes. */
  | { readonly kind: 'fileEnd'; readonly size: number }
  /** Zeros: nothing was ever written here. */
  | { readonly kind: 'empty' }
  /** More bytes are needed to tell. */
  | { readonly kind: 'short'; readonly size: number }
  | { readonly kind: 'damaged'; readonly reason: string };

/** What a disk writes as a whole. */
const SECTOR_BYTES = 512;
const HEAD_BYTES = 88;
const SMALLEST_RECORD = 91;

export interface RecordPlace {
  readonly physicalOffset: number;
  /** Bytes from the beginning of the file. */
  readonly positionInFile: number;
  /** Bytes to the end of the file. */
  readonly left: number;
}

/**
 * Says what is at `position` of `bytes`, which stands at `place` in the log. Every length, the
 * magic, the stored physical offset and, if asked for, the body's CRC have to agree. No CRC covers
 * the properties, so they are searched for a sector that a power cut has left as zeros.
 * Source: Apache 5.3 CommitLog#checkMessageAndReturnSize, which trusts offset and properties.
 */
export function checkRecord(
  bytes: Buffer,
  position: number,
  place: RecordPlace,
  options: { checkCrc: boolean },
): RecordCheck {
  const { physicalOffset, left } = place;
  const available = bytes.length - position;
  if (left < 8) return damaged(`${left} bytes are left in the file, fewer than its end mark takes`);
  if (available < 8) return { kind: 'short', size: 8 };
  const totalSize = bytes.readInt32BE(position + RecordPosition.totalSize);
  const magic = bytes.readInt32BE(position + RecordPosition.magic);
  if (totalSize === 0 && magic === 0) return { kind: 'empty' };
  if (magic === MAGIC_BLANK) {
    return totalSize === left
      ? { kind: 'fileEnd', size: left }
      : damaged(`the file's end mark counts ${totalSize} bytes, but ${left} are left`);
  }
  if (magic !== MAGIC_V1 && magic !== MAGIC_V2) return damaged(`unknown magic 0x${(magic >>> 0).toString(16)}`);
  if (totalSize < SMALLEST_RECORD || totalSize > left) {
    return damaged(`a record of ${totalSize} bytes where ${left} are left in the file`);
  }
  if (available < totalSize) return { kind: 'short', size: totalSize };
  const storedOffset = readInt64(bytes, position + RecordPosition.physicalOffset);
  if (storedOffset !== physicalOffset) {
    return damaged(`the record says it is at ${storedOffset}, but it is at ${physicalOffset}`);
  }
  if (readInt64(bytes, position + RecordPosition.queueOffset) < 0) return damaged('the queue offset is negative');
  if (bytes.readInt32BE(position + RecordPosition.queueId) < 0) return damaged('the queue id is negative');
  const check = checkLengths(bytes, position, totalSize, magic);
  if (check.kind !== 'record') return check;
  const problem = options.checkCrc ? bodyProblem(bytes, position, check.layout) : undefined;
  return problem === undefined ? checkTexts(bytes, position, place.positionInFile, check.layout) : damaged(problem);
}

/** What is wrong with the body of a record whose lengths have been checked. */
export function bodyProblem(bytes: Buffer, position: number, { bodyAt, bodyLength }: RecordLayout): string | undefined {
  if (bodyLength === 0) return undefined;
  const stored = bytes.readInt32BE(position + RecordPosition.bodyCrc);
  const actual = crc32(bytes.subarray(position + bodyAt, position + bodyAt + bodyLength));
  return stored === actual ? undefined : `the body's CRC is ${actual}, but ${stored} was stored`;
}

function checkLengths(bytes: Buffer, position: number, totalSize: number, magic: number): RecordCheck {
  const sysFlag = bytes.readInt32BE(position + RecordPosition.sysFlag);
  const bornHostBytes = (sysFlag & SystemFlag.bornHostIPv6) === 0 ? 8 : 20;
  const storeHostBytes = (sysFlag & SystemFlag.storeHostIPv6) === 0 ? 8 : 20;
  const storeTimestampAt = RecordPosition.bornHost + bornHostBytes;
  const bodyAt = HEAD_BYTES + (bornHostBytes - 8) + (storeHostBytes - 8);
  const topicLengthBytes = magic === MAGIC_V2 ? 2 : 1;
  if (bodyAt + topicLengthBytes + 2 > totalSize)
    return damaged(`${totalSize} bytes are too few for the record's fields`);

  const bodyLength = bytes.readInt32BE(position + bodyAt - 4);
  const topicLengthAt = bodyAt + bodyLength;
  if (bodyLength < 0 || topicLengthAt + topicLengthBytes + 2 > totalSize)
    return damaged(`a body of ${bodyLength} bytes`);
  const topicLength =
    magic === MAGIC_V2 ? bytes.readInt16BE(position + topicLengthAt) : bytes.readInt8(position + topicLengthAt);
  const topicAt = topicLengthAt + topicLengthBytes;
  const propertiesAt = topicAt + topicLength + 2;
  if (topicLength < 0 || propertiesAt > totalSize) return damaged(`a topic of ${topicLength} bytes`);
  const propertiesLength = bytes.readInt16BE(position + propertiesAt - 2);
  if (propertiesLength < 0 || propertiesAt + propertiesLength !== totalSize) {
    return damaged(`the lengths of body, topic and properties don't add up to ${totalSize} bytes`);
  }
  return {
    kind: 'record',
    layout: {
      totalSize,
      storeTimestampAt,
      bodyAt,
      bodyLength,
      topicAt,
      topicLength,
      propertiesAt,
      propertiesLength,
    },
  };
}

function checkTexts(bytes: Buffer, position: number, positionInFile: number, layout: RecordLayout): RecordCheck {
  const topicAt = position + layout.topicAt;
  for (let at = topicAt; at < topicAt + layout.topicLength; at++) {
    if (bytes[at] === 0) return damaged('the topic holds zeros');
  }
  let from = layout.propertiesAt;
  while (from < layout.totalSize) {
    const sectorEnd = from + SECTOR_BYTES - ((positionInFile + from) % SECTOR_BYTES);
    const to = Math.min(sectorEnd, layout.totalSize);
    if (isZero(bytes, position + from, position + to)) return damaged('a sector of the properties is zeros');
    from = to;
  }
  return { kind: 'record', layout };
}

function isZero(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false;
  return true;
}

function damaged(reason: string): RecordCheck {
  return { kind: 'damaged', reason };
}
