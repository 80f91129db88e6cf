import fc from 'fast-check';
import { ByteReader } from '../../../../lib/engine/common/byte-reader.js';
import { ProtocolError } from '../../../../lib/engine/common/errors.js';
import {
  decodeHostAddress,
  encodeHostAddress,
  formatHostAddress,
  isIPv6,
  parseHostAddress,
  type HostAddress,
} from '../../../../lib/engine/message/host-address.js';

const hexOf = (host: string): string => encodeHostAddress({ host, port: 10911 }).toString('hex');

test.each([
  ['127.0.0.1', '7f00000100002a9f'],
  ['255.255.255.255', 'ffffffff00002a9f'],
  ['::', '00000000000000000000000000000000' + '00002a9f'],
  ['::1', '00000000000000000000000000000001' + '00002a9f'],
  ['fd00::2', 'fd000000000000000000000000000002' + '00002a9f'],
  ['FE80::1%eth0', 'fe800000000000000000000000000001' + '00002a9f'],
  ['::ffff:10.0.0.1', '00000000000000000000ffff0a000001' + '00002a9f'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008' + '00002a9f'],
])('%s as bytes', (host, hex) => {
  expect(hexOf(host)).toBe(hex);
});

test('any address is read as it was written', () => {
  const address = fc.record({ host: fc.oneof(fc.ipV4(), fc.ipV6()), port: fc.nat(65_535) });
  fc.assert(
    fc.property(address, (any) => {
      const bytes = encodeHostAddress(any);
      const decoded = decodeHostAddress(new ByteReader(bytes), isIPv6(any));
      expect(encodeHostAddress(decoded)).toEqual(bytes);
      expect(parseHostAddress(formatHostAddress(decoded))).toEqual(decoded);
    }),
  );
});

test('IPv6 is written in the short form', () => {
  const text = (host: string): string => {
    const address: HostAddress = { host, port: 1 };
    return decodeHostAddress(new ByteReader(encodeHostAddress(address)), true).host;
  };
  expect(text('2001:0DB8:0:0:1:0:0:1')).toBe('2001:db8::1:0:0:1');
  expect(text('1:0:0:0:0:0:0:0')).toBe('1::');
  expect(text('0:0:0:0:0:0:0:0')).toBe('::');
  expect(text('1:2:3:4:5:6:0:8')).toBe('1:2:3:4:5:6:0:8');
});

test.each(['1.2.3', '1.2.3.256', '1.2.3.x', 'broker.local', '1::2::3', '1:2:3', ':::', '12345::', '1:2:3:4:5:6:7:8:9'])(
  '%s is no address that can be stored',
  (host) => {
    expect(() => encodeHostAddress({ host, port: 1 })).toThrow(ProtocolError);
  },
);

test.each(['127.0.0.1', '127.0.0.1:', ':1', '127.0.0.1:65536', '::1:10911', '127.0.0.1:1x'])(
  '%s is not host:port',
  (text) => {
    expect(() => parseHostAddress(text)).toThrow('not an address of the form host:port');
  },
);
