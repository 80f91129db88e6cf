import { ByteReader, readInt64 } from '../common/byte-reader.js';
import { ProtocolError } from '../common/errors.js';
import { decodeHostAddress, type HostAddress } from './host-address.js';
import { MAGIC_V1, MAGIC_V2, RecordPosition } from './message-codec.js';
import type { MessageRecord } from './message.js';
import { decodeProperties, type Properties } from './properties-codec.js';
import { SystemFlag } from './system-flag.js';

const IPV4_HOST_BYTES = 8;
const IPV6_HOST_BYTES = 20;
const SMALLEST_RECORD = 91;

/**
 * A record where it lies, see message-codec.ts. Its lengths are checked at once; what of it is text, and
 * what few ask for, is decoded when somebody does.
 */
export class RecordView implements MessageRecord {
  readonly totalSize: number;
  readonly queueOffset: number;
  readonly sysFlag: number;
  private readonly bodyAt: number;
  private readonly topicAt: number;
  private readonly topicLength: number;
  private readonly propertiesAt: number;
  private decodedProperties?: Properties;

  /** @throws ProtocolError when the lengths don't agree or the magic is unknown */
  constructor(
    private readonly bytes: Buffer,
    private readonly start: number,
  ) {
    const available = bytes.length - start;
    this.totalSize = available < 4 ? 0 : bytes.readInt32BE(start);
    if (this.totalSize < SMALLEST_RECORD || this.totalSize > available) {
      throw new ProtocolError(`a record of ${this.totalSize} bytes does not fit the ${available} bytes at hand`);
    }
    const magic = bytes.readInt32BE(start + RecordPosition.magic);
    if (magic !== MAGIC_V1 && magic !== MAGIC_V2)
      throw new ProtocolError(`unknown record magic 0x${(magic >>> 0).toString(16)}`);
    this.queueOffset = readInt64(bytes, start + RecordPosition.queueOffset);
    this.sysFlag = bytes.readInt32BE(start + RecordPosition.sysFlag);
    this.bodyAt = this.afterHosts + 16;
    const end = start + this.totalSize;
    if (this.bodyAt > end - 3) throw new ProtocolError(`a record of ${this.totalSize} bytes has no room for its hosts`);
    const topicLengthAt = this.fieldEnd(this.bodyAt, bytes.readInt32BE(this.bodyAt - 4), end - 3);
    const isV2 = magic === MAGIC_V2;
    this.topicAt = topicLengthAt + (isV2 ? 2 : 1);
    this.topicLength = isV2 ? bytes.readInt16BE(topicLengthAt) : bytes[topicLengthAt];
    this.propertiesAt = this.fieldEnd(this.topicAt, this.topicLength, end - 2) + 2;
    const propertiesLength = bytes.readInt16BE(this.propertiesAt - 2);
    if (Math.max(0, propertiesLength) !== end - this.propertiesAt) {
      throw new ProtocolError(`the properties take ${propertiesLength} bytes, but ${end - this.propertiesAt} are left`);
    }
  }

  get topic(): string {
    return this.bytes.toString('utf8', this.topicAt, this.topicAt + this.topicLength);
  }

  get queueId(): number {
    return this.bytes.readInt32BE(this.start + RecordPosition.queueId);
  }

  get flag(): number {
    return this.bytes.readInt32BE(this.start + RecordPosition.flag);
  }

  get physicalOffset(): number {
    return readInt64(this.bytes, this.start + RecordPosition.physicalOffset);
  }

  get bornTimestamp(): number {
    return readInt64(this.bytes, this.start + RecordPosition.bornTimestamp);
  }

  get bornHost(): HostAddress {
    return this.hostAt(RecordPosition.bornHost, SystemFlag.bornHostIPv6);
  }

  get storeTimestamp(): number {
    return readInt64(this.bytes, this.start + this.storeTimestampAt);
  }

  get storeHost(): HostAddress {
    return this.hostAt(this.storeTimestampAt + 8, SystemFlag.storeHostIPv6);
  }

  get reconsumeTimes(): number {
    return this.bytes.readInt32BE(this.afterHosts);
  }

  get preparedTransactionOffset(): number {
    return readInt64(this.bytes, this.afterHosts + 4);
  }

  get body(): Buffer {
    return this.bytes.subarray(this.bodyAt, this.bodyAt + this.bytes.readInt32BE(this.bodyAt - 4));
  }

  get bodyCrc(): number {
    return this.bytes.readInt32BE(this.start + RecordPosition.bodyCrc);
  }

  get properties(): Properties {
    this.decodedProperties ??= decodeProperties(
      this.bytes.toString('utf8', this.propertiesAt, this.start + this.totalSize),
    );
    return this.decodedProperties;
  }

  private get storeTimestampAt(): number {
    return RecordPosition.bornHost + this.hostBytes(SystemFlag.bornHostIPv6);
  }

  /** Where reconsumeTimes is. */
  private get afterHosts(): number {
    return this.start + this.storeTimestampAt + 8 + this.hostBytes(SystemFlag.storeHostIPv6);
  }

  private hostBytes(ipv6Flag: number): number {
    return (this.sysFlag & ipv6Flag) !== 0 ? IPV6_HOST_BYTES : IPV4_HOST_BYTES;
  }

  private hostAt(position: number, ipv6Flag: number): HostAddress {
    return decodeHostAddress(new ByteReader(this.bytes, this.start + position), (this.sysFlag & ipv6Flag) !== 0);
  }

  /** @returns where a field ends @throws ProtocolError when that is behind `limit` */
  private fieldEnd(position: number, length: number, limit: number): number {
    if (length < 0 || position + length > limit) {
      throw new ProtocolError(`${length} bytes expected at ${position - this.start} of a record of ${this.totalSize}`);
    }
    return position + length;
  }
}

/** Records that follow each other, as in the answer to a pull. @throws ProtocolError */
export function viewRecords(bytes: Buffer): RecordView[] {
  const records: RecordView[] = [];
  for (let position = 0; position < bytes.length;) {
    const record = new RecordView(bytes, position);
    records.push(record);
    position += record.totalSize;
  }
  return records;
}
