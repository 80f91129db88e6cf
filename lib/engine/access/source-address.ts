import { ProtocolError } from '../common/errors.js';
import { ipBytes } from '../message/host-address.js';

/** IP addresses: the parts of each are between `least` and `most`. */
export interface AddressRange {
  readonly least: Uint8Array;
  readonly most: Uint8Array;
}

/** Reads an address or a network (`10.0.0.0/8`, `fd00::/16`); undefined: neither. Source: Apache 5.3 IPAddressUtils. */
export function parseNetwork(text: string): AddressRange | undefined {
  const [, host = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = bytesOf(host);
  if (address === undefined) return undefined;
  const prefix = bits === undefined ? address.length * 8 : Number(bits);
  if (prefix > address.length * 8) return undefined;
  const least = new Uint8Array(address.length);
  const most = new Uint8Array(address.length);
  address.forEach((byte, index) => {
    const free = Math.min(8, Math.max(0, (index + 1) * 8 - prefix));
    const fixed = (0xff << free) & 0xff;
    least[index] = byte & fixed;
    most[index] = byte | (~fixed & 0xff);
  });
  return { least, most };
}

/**
 * Reads the white addresses of a plain_acl.yml: `10.1.2.3`, `10.1.2.*`, `10.1.*.*`, `10.1.2.1-100`,
 * `10.1.2.{3,4}`, `*`, several of them separated by commas, or a network.
 * @throws ProtocolError one that is none of these
 * Source: Apache 4.9 RemoteAddressStrategyFactory.
 */
export function parseWhiteAddresses(text: string): AddressRange[] {
  const patterns = text.split(/,(?![^{]*\})/).map((part) => part.trim());
  return patterns.filter((part) => part !== '').flatMap(whiteAddresses);
}

export function isInside(host: string, { least, most }: AddressRange): boolean {
  const address = bytesOf(host);
  if (address?.length !== least.length) return false;
  return address.every((byte, index) => byte >= least[index] && byte <= most[index]);
}

function whiteAddresses(pattern: string): AddressRange[] {
  if (/^\*(?:\.\*){0,3}$/.test(pattern)) return ['0.0.0.0/0', '::/0'].map((all) => parseNetwork(all) as AddressRange);
  const [, before, list, after] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(pattern) ?? [];
  if (list !== undefined) return list.split(',').flatMap((item) => whiteAddresses(before + item.trim() + after));
  const range = parseNetwork(pattern) ?? ipv4Range(pattern);
  if (range !== undefined) return [range];
  throw new ProtocolError(
    `'${pattern}' is no address; write 10.1.2.3, 10.1.2.*, 10.1.2.1-100, 10.1.2.{3,4} or 10.1.2.0/24`,
  );
}

function ipv4Range(pattern: string): AddressRange | undefined {
  const parts = pattern.split('.');
  if (parts.length !== 4) return undefined;
  const bounds = parts.map((part) =>
    part === '*' ? ['0', '255'] : part.includes('-') ? part.split('-') : [part, part],
  );
  const least = bytesOf(bounds.map(([from]) => from).join('.'));
  const most = bytesOf(bounds.map(([, to]) => to).join('.'));
  return least && most ? { least, most } : undefined;
}

function bytesOf(host: string): Uint8Array | undefined {
  const ip = host.startsWith('::ffff:') && host.includes('.') ? host.slice('::ffff:'.length) : host;
  if (!/^[\d.]{7,15}$|^[\da-fA-F:.]*:[\da-fA-F:.]*$/.test(ip)) return undefined;
  try {
    return ipBytes(ip);
  } catch {
    return undefined; // whoever asked says what it should have been
  }
}
