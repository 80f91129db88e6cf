import { ByteReader, writeInt64 } from '../common/byte-reader.js';
import { crc32 } from '../common/crc32.js';
import { ProtocolError } from '../common/errors.js';
import { decodeHostAddress, type HostAddress } from './host-address.js';
import type { MessageRecord } from './message.js';
import { decodeProperties, type Properties } from './properties-codec.js';
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

export const MAX_PROPERTIES_BYTES = 32_767;

/** What a record holds besides what the append adds: offsets, store timestamp and the store's host. */
export interface MessageToEncode {
  readonly topic: string;
  readonly queueId: number;
  readonly flag: number;
  readonly sysFlag: number;
  readonly bornTimestamp: number;
  readonly bornHost: HostAddress;
  readonly reconsumeTimes: number;
  readonly preparedTransactionOffset: number;
  readonly body: Buffer;
  readonly properties: Properties;
}

export interface RecordToEncode extends MessageToEncode {
  readonly storeHost: HostAddress;
}

export interface RecordStamp {
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly storeTimestamp: number;
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
  const propertiesBytes = reader.int16();
  const properties = decodeProperties(propertiesBytes > 0 ? reader.utf8(propertiesBytes) : '');
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
