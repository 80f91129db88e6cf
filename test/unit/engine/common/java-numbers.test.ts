import { crc32 } from '../../../../lib/engine/common/crc32.js';
import { javaHash } from '../../../../lib/engine/common/java-hash.js';

// Produced by Apache RocketMQ 5.3.3.
test.each([
  ['', 0],
  ['TagA', 2598919],
  ['TagB', 2598920],
  ['d', 100],
  ['TagZZZZZZ', -367331910],
  ['\u6807\u7b7e', 857175],
])('the hash of %j is Java’s %d', (text, hash) => {
  expect(javaHash(text)).toBe(hash);
});

test('the checksum is CRC-32 without its top bit', () => {
  expect(crc32(Buffer.from('hello'))).toBe(0x3610a686);
  expect(crc32(Buffer.from('16,'))).toBe(0x612cab23);
  expect(crc32(Buffer.alloc(0))).toBe(0);
  expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926 & 0x7fffffff);
});
