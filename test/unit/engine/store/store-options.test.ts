import { ConfigurationError } from '../../../../lib/engine/common/errors.js';
import { defaultStoreOptions, resolveStoreOptions } from '../../../../lib/engine/store/store-options.js';

it("has Apache's defaults where it has Apache's names", () => {
  expect(defaultStoreOptions).toMatchObject({
    flushDiskType: 'ASYNC_FLUSH',
    mappedFileSizeCommitLog: 1_073_741_824,
    mappedFileSizeConsumeQueue: 6_000_000,
    flushIntervalCommitLog: 500,
    flushCommitLogLeastPages: 4,
    syncFlushTimeout: 5000,
    deleteWhen: '04',
    fileReservedTime: 72,
    maxHashSlotNum: 5_000_000,
    maxIndexNum: 20_000_000,
  });
  expect(resolveStoreOptions()).toEqual(defaultStoreOptions);
});

it('rounds the size of a consume queue file up to whole entries', () => {
  expect(resolveStoreOptions({ mappedFileSizeConsumeQueue: 1001 }).mappedFileSizeConsumeQueue).toBe(1020);
});

it.each([
  [{ flushDisktype: 'SYNC_FLUSH' }, /did you mean flushDiskType/],
  [{ flushDiskType: 'SOMETIMES' }, /ASYNC_FLUSH or SYNC_FLUSH/],
  [{ mappedFileSizeCommitLog: 100 }, /from 4096/],
  [{ mappedFileSizeCommitLog: '1g' }, /must be an integer from 4096 to 2147483647/],
  [{ readCacheBytes: 1.5 }, /integer/],
  [{ storePathRootDir: '' }, /must not be empty/],
  [{ deleteWhen: '24' }, /hours from 00 to 23/],
  [{ deleteWhen: '4 o clock' }, /hours from 00 to 23/],
])('refuses %j', (given, message) => {
  expect(() => resolveStoreOptions(given as never)).toThrow(ConfigurationError);
  expect(() => resolveStoreOptions(given as never)).toThrow(message);
});
