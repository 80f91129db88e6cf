import { ByteReader } from '../common/byte-reader.js';
import { ProtocolError } from '../common/errors.js';

/** An address as records store it: 4 or 16 bytes of IP, 4 bytes of port. */
export interface HostAddress {
  /** `127.0.0.1` or `fd00::2`. */
  readonly host: string;
  readonly port: number;
}

/** A broker stores the same few addresses again and again: their bytes are worked out once. */
const knownIps = new Map<string, Uint8Array>();
const MOST_KNOWN_IPS = 1000;

export function formatHostAddress({ host, port }: HostAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Parses `host:port` and `[ipv6]:port`. @throws ProtocolError */
export function parseHostAddress(text: string): HostAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw new ProtocolError(`'${text}' is not an address of the form host:port`);
  return { host: match[1] ?? match[2], port };
}

export function isIPv6({ host }: HostAddress): boolean {
  return host.includes(':');
}

/** The 4 or 16 bytes of an address, not to be changed. @throws ProtocolError when it is none */
export function ipBytes(host: string): Uint8Array {
  let ip = knownIps.get(host);
  if (!ip) {
    ip = host.includes(':') ? ipv6Bytes(host) : ipv4Bytes(host);
    if (knownIps.size >= MOST_KNOWN_IPS) knownIps.clear();
    knownIps.set(host, ip);
  }
  return ip;
}

export function encodeHostAddress(address: HostAddress): Buffer {
  const ip = ipBytes(address.host);
  const bytes = Buffer.alloc(ip.length + 4);
  bytes.set(ip);
  bytes.writeInt32BE(address.port, ip.length);
  return bytes;
}

export function decodeHostAddress(reader: ByteReader, ipv6: boolean): HostAddress {
  const ip = reader.slice(ipv6 ? 16 : 4);
  return { host: ipv6 ? ipv6Text(ip) : ip.join('.'), port: reader.int32() };
}

function ipv4Bytes(host: string): Uint8Array {
  const parts = host.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) {
    throw new ProtocolError(`'${host}' is not an IPv4 address; records store addresses, not names`);
  }
  return Uint8Array.from(parts);
}

function ipv6Bytes(host: string): Uint8Array {
  const withoutZone = host.split('%')[0];
  const mapped = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(withoutZone);
  const text = mapped ? mapped[1] + ipv4Groups(mapped[2]) : withoutZone;
  const [head, tail, ...more] = text.split('::');
  const headGroups = groups(head);
  const tailGroups = tail === undefined ? [] : groups(tail);
  const missing = 8 - headGroups.length - tailGroups.length;
  if (missing < 0 || (tail === undefined && missing > 0) || more.length > 0)
    throw new ProtocolError(`'${host}' is not an IPv6 address`);
  const words = [...headGroups, ...new Array<number>(missing).fill(0), ...tailGroups];
  const bytes = Buffer.alloc(16);
  words.forEach((word, index) => bytes.writeUInt16BE(word, index * 2));
  return bytes;
}

function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').map((group) => {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) throw new ProtocolError(`'${text}' is not part of an IPv6 address`);
    return parseInt(group, 16);
  });
}

function ipv4Groups(host: string): string {
  const [a, b, c, d] = ipv4Bytes(host);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** RFC 5952: lower case, the longest run of zero groups shortened. */
function ipv6Text(ip: Buffer): string {
  const words = Array.from({ length: 8 }, (_, index) => ip.readUInt16BE(index * 2));
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && words[start + length] === 0) length++;
    if (length > bestLength) [bestStart, bestLength] = [start, length];
  }
  const hex = (part: number[]): string => part.map((word) => word.toString(16)).join(':');
  if (bestStart < 0) return hex(words);
  return `${hex(words.slice(0, bestStart))}::${hex(words.slice(bestStart + bestLength))}`;
}
