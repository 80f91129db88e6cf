import { crc32 } from '../common/crc32.js';
import { ProtocolError } from '../common/errors.js';
import { writeUtf8 } from '../common/utf8.js';
import { ipBytes, type HostAddress } from './host-address.js';
import {
  MAGIC_V1,
  MAGIC_V2,
  MAX_PROPERTIES_BYTES,
  RecordPosition,
  type MessageToEncode,
  type RecordToEncode,
} from './message-codec.js';
import { NAME_VALUE_BYTE, PROPERTY_BYTE } from './properties-codec.js';
import { SystemFlag } from './system-flag.js';

const MAX_V1_TOPIC = 127;
const IPV6_BYTES = 16;

/** Memory to write records to; `view` is on the same bytes. */
export interface RecordMemory {
  readonly bytes: Buffer;
  readonly view: DataView;
}

const NO_MEMORY = memoryOf(Buffer.alloc(0));

/**
 * Writes records one behind the other, in one pass. Where the memory ends it goes on without writing, so
 * that the caller learns how much would have been needed. For the layout see message-codec.ts.
 */
export class RecordWriter {
  /** Where the next record begins. Beyond the limit: the last one is not whole. */
  position = 0;
  /** Of the last record, in bytes. Beyond MAX_PROPERTIES_BYTES it cannot be stored. */
  propertiesLength = 0;
  private bytes = NO_MEMORY.bytes;
  private view = NO_MEMORY.view;
  private limit = 0;

  /** Writes to [position, limit) of this memory from now on. */
  begin({ bytes, view }: RecordMemory, position: number, limit: number): void {
    this.bytes = bytes;
    this.view = view;
    this.position = position;
    this.limit = limit;
  }

  /** The numbers have to fit, see numbersFit(). @throws ProtocolError a host that is no address */
  write(
    message: MessageToEncode,
    storeHost: HostAddress,
    queueOffset: number,
    physicalOffset: number,
    storeTimestamp: number,
  ): void {
    const { topic, body, bornHost } = message;
    const start = this.position;
    const isV2 = topic.length > MAX_V1_TOPIC;
    const bornIp = ipBytes(bornHost.host);
    const storeIp = ipBytes(storeHost.host);
    const storeTimestampAt = start + RecordPosition.bornHost + bornIp.length + 4;
    const bodyAt = storeTimestampAt + storeIp.length + 28;
    const topicAt = bodyAt + body.length + (isV2 ? 2 : 1);
    if (topicAt <= this.limit) {
      const { view } = this;
      let sysFlag = message.sysFlag & ~(SystemFlag.bornHostIPv6 | SystemFlag.storeHostIPv6);
      if (bornIp.length === IPV6_BYTES) sysFlag |= SystemFlag.bornHostIPv6;
      if (storeIp.length === IPV6_BYTES) sysFlag |= SystemFlag.storeHostIPv6;
      view.setInt32(start + RecordPosition.magic, isV2 ? MAGIC_V2 : MAGIC_V1);
      view.setInt32(start + RecordPosition.bodyCrc, crc32(body));
      view.setInt32(start + RecordPosition.queueId, message.queueId);
      view.setInt32(start + RecordPosition.flag, message.flag);
      setInt64(view, start + RecordPosition.queueOffset, queueOffset);
      setInt64(view, start + RecordPosition.physicalOffset, physicalOffset);
      view.setInt32(start + RecordPosition.sysFlag, sysFlag);
      setInt64(view, start + RecordPosition.bornTimestamp, message.bornTimestamp);
      this.writeHost(start + RecordPosition.bornHost, bornIp, bornHost.port);
      setInt64(view, storeTimestampAt, storeTimestamp);
      this.writeHost(storeTimestampAt + 8, storeIp, storeHost.port);
      view.setInt32(bodyAt - 16, message.reconsumeTimes);
      setInt64(view, bodyAt - 12, message.preparedTransactionOffset);
      view.setInt32(bodyAt - 4, body.length);
      this.bytes.set(body, bodyAt);
    }
    const topicEnd = writeUtf8(this.bytes, topicAt, topic, this.limit);
    const propertiesAt = (this.position = topicEnd + 2);
    message.properties.forEach(this.writeProperty);
    const end = this.position;
    this.propertiesLength = end - propertiesAt;
    if (end > this.limit) return;
    if (isV2) this.view.setInt16(topicAt - 2, topicEnd - topicAt);
    else this.view.setInt8(topicAt - 1, topicEnd - topicAt);
    this.view.setInt16(topicEnd, this.propertiesLength);
    this.view.setInt32(start, end - start);
  }

  /** Made once: a function made for each record costs as much as its fields. */
  private readonly writeProperty = (value: string, name: string): void => {
    const { bytes, limit } = this;
    const nameEnd = writeUtf8(bytes, this.position, name, limit);
    if (nameEnd < limit) bytes[nameEnd] = NAME_VALUE_BYTE;
    const valueEnd = writeUtf8(bytes, nameEnd + 1, value, limit);
    if (valueEnd < limit) bytes[valueEnd] = PROPERTY_BYTE;
    this.position = valueEnd + 1;
  };

  private writeHost(position: number, ip: Uint8Array, port: number): void {
    for (let i = 0; i < ip.length; i++) this.bytes[position + i] = ip[i];
    this.view.setInt32(position + ip.length, port);
  }
}

/** False when the message has a number that its field cannot hold. */
export function numbersFit(message: MessageToEncode): boolean {
  const { flag, sysFlag, reconsumeTimes, bornTimestamp, preparedTransactionOffset, bornHost, queueId } = message;
  return (
    isInt32(queueId) &&
    isInt32(flag) &&
    isInt32(sysFlag) &&
    isInt32(reconsumeTimes) &&
    isInt32(bornHost.port) &&
    Number.isSafeInteger(bornTimestamp) &&
    Number.isSafeInteger(preparedTransactionOffset)
  );
}

/**
 * Encodes a record whose queueOffset, physicalOffset and storeTimestamp are still zero; see stampRecord().
 * @throws ProtocolError properties beyond 32,767 bytes, a number that does not fit, or a host that is no address
 */
export function encodeRecord(record: RecordToEncode): Buffer {
  if (!numbersFit(record)) throw new ProtocolError('a number of the message does not fit its field');
  const writer = new RecordWriter();
  writer.write(record, record.storeHost, 0, 0, 0);
  if (writer.propertiesLength > MAX_PROPERTIES_BYTES) {
    throw new ProtocolError(
      `the properties take ${writer.propertiesLength} bytes; at most ${MAX_PROPERTIES_BYTES} can be stored`,
    );
  }
  const bytes = Buffer.allocUnsafe(writer.position);
  writer.begin(memoryOf(bytes), 0, bytes.length);
  writer.write(record, record.storeHost, 0, 0, 0);
  return bytes;
}

export function memoryOf(bytes: Buffer): RecordMemory {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

export function isInt32(value: number): boolean {
  return (value | 0) === value;
}

/** The low half is what setInt32() makes of the whole. */
function setInt64(view: DataView, position: number, value: number): void {
  view.setInt32(position, Math.floor(value / 0x1_0000_0000));
  view.setInt32(position + 4, value);
}
