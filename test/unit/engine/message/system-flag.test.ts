import {
  compressionType,
  SystemFlag,
  transactionType,
  withTransactionType,
} from '../../../../lib/engine/message/system-flag.js';

test.each([
  [0, undefined],
  [0x300, undefined],
  [0x1, 'ZLIB'],
  [0x101, 'LZ4'],
  [0x201, 'ZSTD'],
  [0x301, 'ZLIB'],
])('sysFlag %i means compression %s', (sysFlag, type) => {
  expect(compressionType(sysFlag)).toBe(type);
});

test('the transaction bits change alone', () => {
  const half = 0x301 | SystemFlag.transactionPrepared;
  expect(transactionType(half)).toBe(SystemFlag.transactionPrepared);
  expect(withTransactionType(half, SystemFlag.transactionCommit)).toBe(0x301 | SystemFlag.transactionCommit);
  expect(withTransactionType(half, SystemFlag.transactionNone)).toBe(0x301);
});
