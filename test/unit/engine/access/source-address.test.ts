import { isInside, parseNetwork, parseWhiteAddresses } from '../../../../lib/engine/access/source-address.js';

test.each([
  ['10.1.2.3', ['10.1.2.3'], ['10.1.2.4']],
  ['10.1.2.*', ['10.1.2.0', '10.1.2.255'], ['10.1.3.0']],
  ['10.1.*.*', ['10.1.9.9'], ['10.2.0.0']],
  ['10.1.2.5-9', ['10.1.2.5', '10.1.2.9'], ['10.1.2.4', '10.1.2.10']],
  ['10.1.2.{3,7}', ['10.1.2.3', '10.1.2.7'], ['10.1.2.5']],
  ['10.1.2.3, 10.9.0.0/16', ['10.1.2.3', '10.9.200.1'], ['10.8.0.1']],
  ['*', ['1.2.3.4', 'fd00::1'], []],
  ['fd00::/16', ['fd00:1::2'], ['fd01::']],
])('white address %s', (pattern, inside, outside) => {
  const isWhite = (host: string): boolean => parseWhiteAddresses(pattern).some((range) => isInside(host, range));
  expect(inside.filter(isWhite)).toEqual(inside);
  expect(outside.filter(isWhite)).toEqual([]);
});

test.each(['10.1.2', '10.1.2.256', '10.1.2.x', '10.1.2.{', 'localhost', '10.0.0.0/33'])('%s is none', (pattern) => {
  expect(() => parseWhiteAddresses(pattern)).toThrow('is no address');
});

test.each(['0.0.0.0/0', '::/0', '10.1.2.3/32', '10.1.2.3/31', 'fd00::5/128'])('%s is a network', (text) => {
  expect(parseNetwork(text)).toBeDefined();
});

test('a network is of one family', () => {
  const all = parseNetwork('0.0.0.0/0');
  expect(all && isInside('fd00::1', all)).toBe(false);
  expect(all && isInside('not an address', all)).toBe(false);
});
