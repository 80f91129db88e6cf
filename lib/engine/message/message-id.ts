import { ByteReader } from '../common/byte-reader.js';
import { ProtocolError } from '../common/errors.js';
import type { Clock } from '../ports/clock.js';
import type { Random } from '../ports/random.js';
import { decodeHostAddress, ipBytes, type HostAddress } from './host-address.js';

/**
 * The broker's id of a stored message: hex of store host and physical offset, 32 characters with
 * IPv4, 56 with IPv6. Source: Apache 5.3 MessageDecoder#createMessageId.
 */
export function encodeOffsetMessageId({ host, port }: HostAddress, physicalOffset: number): string {
  return hexOfIp(host) + hex(port, 8) + physicalOffset.toString(16).toUpperCase().padStart(16, '0');
}

/** A broker names the same few hosts again and again. */
const knownHexes = new Map<string, string>();
const MOST_KNOWN_HEXES = 1000;

function hexOfIp(host: string): string {
  let known = knownHexes.get(host);
  if (known === undefined) {
    known = Buffer.from(ipBytes(host)).toString('hex').toUpperCase();
    if (knownHexes.size >= MOST_KNOWN_HEXES) knownHexes.clear();
    knownHexes.set(host, known);
  }
  return known;
}

/** @throws ProtocolError when the text is no offset message id */
export function decodeOffsetMessageId(id: string): { storeHost: HostAddress; physicalOffset: number } {
  if (!/^(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{56})$/.test(id)) {
    throw new ProtocolError(`'${id}' is not an offset message id (32 or 56 hex digits)`);
  }
  const reader = new ByteReader(Buffer.from(id, 'hex'));
  return { storeHost: decodeHostAddress(reader, id.length === 56), physicalOffset: reader.int64() };
}

/**
 * Makes the unique ids that clients give their messages (UNIQ_KEY): hex of IP, process id, a
 * random 32-bit word, milliseconds since the month began, a 16-bit counter.
 * Source: Apache 5.3 MessageClientIDSetter.
 */
export class UniqueIdGenerator {
  private readonly prefix: string;
  private counter: number;
  private monthStart = 0;
  private nextMonthStart = 0;
  /** All of the ids of one millisecond but their counter. */
  private start = '';
  private lastTime = -1;

  constructor(
    private readonly clock: Clock,
    random: Random,
    /** IP address of 4 or 16 bytes, and process id. */
    identity: { ip: Buffer; processId: number },
  ) {
    const fixed = Buffer.alloc(6);
    fixed.writeUInt16BE(identity.processId & 0xffff, 0);
    fixed.set(random.bytes(4), 2); // stands where Java has its class loader's hash
    this.prefix = Buffer.concat([identity.ip, fixed]).toString('hex').toUpperCase();
    this.counter = random.nextInt(0x10000);
  }

  next(): string {
    const now = this.clock.now();
    if (now >= this.nextMonthStart || now < this.monthStart) this.enterMonthOf(now);
    this.counter = (this.counter + 1) & 0xffff;
    if (now !== this.lastTime) {
      this.lastTime = now;
      this.start = this.prefix + hex(now - this.monthStart, 8);
    }
    return this.start + byteTexts[this.counter >>> 8] + byteTexts[this.counter & 0xff];
  }

  private enterMonthOf(now: number): void {
    const date = new Date(now);
    this.monthStart = new Date(date.getFullYear(), date.getMonth(), 1).getTime();
    this.nextMonthStart = new Date(date.getFullYear(), date.getMonth() + 1, 1).getTime();
  }
}

function hex(value: number, digits: number): string {
  return (value >>> 0).toString(16).toUpperCase().padStart(digits, '0');
}

const byteTexts = Array.from({ length: 256 }, (_, byte) => hex(byte, 2));
