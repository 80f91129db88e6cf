import { ByteReader, writeInt64 } from '../common/byte-reader.js';
import { ByteWriter } from '../common/byte-writer.js';
import { crc32 } from '../common/crc32.js';
import { ProtocolError } from '../common/errors.js';
import { decodeHostAddress, ipBytes, isIPv6, type HostAddress } from './host-address.js';
import type { MessageRecord } from './message.js';
import { decodeProperties } from './properties-codec.js';
import { SystemFlag } from './system-flag.js';

/**
 * One record of the commit log, and of every answer that carries messages. Big-endian.
 *
 *   0 totalSize 4 | 4 magic 4 | 8 bodyCrc 4 | 12 queueId 4 | 16 flag 4 | 20 queueOffset 8
 *  28 physicalOffset 8 | 36 sysFlag 4 | 40 bornTimestamp 8 | 48 bornHost 8 or 20
 *   … storeTimestamp 8 | storeHost 8 or 20 | reconsumeTimes 4 | preparedTransactionOffset 8
 *   … bodyLength 4, body | topicLength 1 (V1) or 2 (V2), topic | propertiesLength 2, properties
 *
 * Source: Apache 5.3 MessageDecoder, MessageExtEncoder.
 */
export const MAGIC_V1 = 0xdaa320a7 | 0;
export const MAGIC_V2 = 0xdaa320ab | 0;
/** Marks the unused end of a commit log file. */
export const MAGIC_BLANK = 0xcbd43194 | 0;

export const RecordPosition = {
  totalSize: 0,
  magic: 4,
  bodyCrc: 8,
  queueId: 12,
  flag: 16,
  queueOffset: 20,
  physicalOffset: 28,
  sysFlag: 36,
  bornTimestamp: 40,
  bornHost: 48,
} as const;

const MAX_V1_TOPIC = 127;
/** All fields of fixed size but the two hosts and the length of the topic. */
const SIZE_WITHOUT_VARIABLES = 48 + 8 + 12 + 4 + 2;
export const MAX_PROPERTIES_BYTES = 32_767;

/** What encodeRecord() needs; offsets and the store timestamp are filled in when the record is appended. */
export interface RecordToEncode {
  topic: string;
  queueId: number;
  flag: number;
  sysFlag: number;
  bornTimestamp: number;
  bornHost: HostAddress;
  storeHost: HostAddress;
  reconsumeTimes: number;
  preparedTransactionOffset: number;
  body: Buffer;
  /** Text of encodeProperties(). */
  properties: string;
}

export interface RecordStamp {
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly storeTimestamp: number;
}

/** A record and what has to be known before it is written. */
export interface MeasuredRecord {
  readonly record: RecordToEncode;
  readonly totalSize: number;
  readonly topicLength: number;
  readonly propertiesLength: number;
}

/** @throws ProtocolError properties beyond 32,767 bytes, or a host that is no address */
export function measureRecord(record: RecordToEncode): MeasuredRecord {
  const topicLength = Buffer.byteLength(record.topic);
  const propertiesLength = Buffer.byteLength(record.properties);
  if (propertiesLength > MAX_PROPERTIES_BYTES) {
    throw new ProtocolError(
      `the properties take ${propertiesLength} bytes; at most ${MAX_PROPERTIES_BYTES} can be stored`,
    );
  }
  const hosts = ipBytes(record.bornHost.host).length + ipBytes(record.storeHost.host).length + 8;
  const totalSize =
    SIZE_WITHOUT_VARIABLES + hosts + record.body.length + (isV2(record) ? 2 : 1) + topicLength + propertiesLength;
  return { record, totalSize, topicLength, propertiesLength };
}

/** Writes a measured record at `position`; a stamp that isn't known yet is zeros, see stampRecord(). */
export function writeRecord(
  bytes: Buffer,
  position: number,
  { record, totalSize, topicLength, propertiesLength }: MeasuredRecord,
  stamp: RecordStamp,
): void {
  let sysFlag = record.sysFlag & ~(SystemFlag.bornHostIPv6 | SystemFlag.storeHostIPv6);
  if (isIPv6(record.bornHost)) sysFlag |= SystemFlag.bornHostIPv6;
  if (isIPv6(record.storeHost)) sysFlag |= SystemFlag.storeHostIPv6;
  const v2 = isV2(record);

  const writer = new ByteWriter(bytes, position);
  writer
    .int32(totalSize)
    .int32(v2 ? MAGIC_V2 : MAGIC_V1)
    .int32(crc32(record.body))
    .int32(record.queueId)
    .int32(record.flag)
    .int64(stamp.queueOffset)
    .int64(stamp.physicalOffset)
    .int32(sysFlag)
    .int64(record.bornTimestamp)
    .raw(ipBytes(record.bornHost.host))
    .int32(record.bornHost.port)
    .int64(stamp.storeTimestamp)
    .raw(ipBytes(record.storeHost.host))
    .int32(record.storeHost.port)
    .int32(record.reconsumeTimes)
    .int64(record.preparedTransactionOffset)
    .int32(record.body.length)
    .raw(record.body);
  if (v2) writer.int16(topicLength);
  else writer.uint8(topicLength);
  writer.utf8(record.topic).int16(propertiesLength).utf8(record.properties);
}

/**
 * Encodes a record whose queueOffset, physicalOffset and storeTimestamp are still zero; see stampRecord().
 * @throws ProtocolError as measureRecord()
 */
export function encodeRecord(record: RecordToEncode): Buffer {
  const measured = measureRecord(record);
  const bytes = Buffer.allocUnsafe(measured.totalSize);
  writeRecord(bytes, 0, measured, { queueOffset: 0, physicalOffset: 0, storeTimestamp: 0 });
  return bytes;
}

function isV2({ topic }: RecordToEncode): boolean {
  return topic.length > MAX_V1_TOPIC;
}

/** Fills in what only the append knows. */
export function stampRecord(record: Buffer, stamp: RecordStamp): void {
  writeInt64(record, stamp.queueOffset, RecordPosition.queueOffset);
  writeInt64(record, stamp.physicalOffset, RecordPosition.physicalOffset);
  const ipv6 = (record.readInt32BE(RecordPosition.sysFlag) & SystemFlag.bornHostIPv6) !== 0;
  writeInt64(record, stamp.storeTimestamp, RecordPosition.bornHost + (ipv6 ? 20 : 8));
}

/**
 * Decodes the record at `position`. The body and nothing else is a view on `bytes`.
 * @throws ProtocolError when the lengths don't agree, the magic is unknown or, with checkCrc, the body is not what was written
 */
export function decodeRecord(bytes: Buffer, position = 0, options: { checkCrc?: boolean } = {}): MessageRecord {
  const head = new ByteReader(bytes, position);
  const totalSize = head.int32();
  if (totalSize < 91 || totalSize > bytes.length - position) {
    throw new ProtocolError(`a record of ${totalSize} bytes does not fit the ${bytes.length - position} bytes at hand`);
  }
  const reader = new ByteReader(bytes, position + 4, position + totalSize);
  const magic = reader.int32();
  if (magic !== MAGIC_V1 && magic !== MAGIC_V2)
    throw new ProtocolError(`unknown record magic 0x${(magic >>> 0).toString(16)}`);
  const bodyCrc = reader.int32();
  const queueId = reader.int32();
  const flag = reader.int32();
  const queueOffset = reader.int64();
  const physicalOffset = reader.int64();
  const sysFlag = reader.int32();
  const bornTimestamp = reader.int64();
  const bornHost = decodeHostAddress(reader, (sysFlag & SystemFlag.bornHostIPv6) !== 0);
  const storeTimestamp = reader.int64();
  const storeHost = decodeHostAddress(reader, (sysFlag & SystemFlag.storeHostIPv6) !== 0);
  const reconsumeTimes = reader.int32();
  const preparedTransactionOffset = reader.int64();
  const body = reader.slice(reader.int32());
  if (options.checkCrc && body.length > 0 && crc32(body) !== bodyCrc) {
    throw new ProtocolError(`the body's CRC is ${crc32(body)}, but ${bodyCrc} was stored`);
  }
  const topic = reader.utf8(magic === MAGIC_V2 ? reader.int16() : reader.uint8());
  const propertiesLength = reader.int16();
  const properties = decodeProperties(propertiesLength > 0 ? reader.utf8(propertiesLength) : '');
  if (reader.remaining > 0)
    throw new ProtocolError(`${reader.remaining} bytes are left behind the record's last field`);
  return {
    topic,
    queueId,
    flag,
    queueOffset,
    physicalOffset,
    sysFlag,
    bornTimestamp,
    bornHost,
    storeTimestamp,
    storeHost,
    reconsumeTimes,
    preparedTransactionOffset,
    body,
    bodyCrc,
    properties,
    totalSize,
  };
}

/** Decodes records that follow each other, as in the answer to a pull. @throws ProtocolError */
export function decodeRecords(bytes: Buffer): MessageRecord[] {
  const records: MessageRecord[] = [];
  for (let position = 0; position < bytes.length;) {
    const record = decodeRecord(bytes, position);
    records.push(record);
    position += record.totalSize;
  }
  return records;
}
