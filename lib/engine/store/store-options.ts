import { ConfigurationError } from '../common/errors.js';
import { resolveSettings, type SettingsTable } from '../common/settings.js';
import { CONSUME_QUEUE_ENTRY_BYTES } from './consume-queue-format.js';

export type FlushDiskType = 'ASYNC_FLUSH' | 'SYNC_FLUSH';

/**
 * Settings of a store, under Apache's names and with its defaults where the meaning is Apache's.
 * Times are milliseconds, sizes are bytes, unless the name or its line says otherwise.
 * Source: Apache 5.3 MessageStoreConfig.
 */
export interface StoreOptions {
  /** The directory that holds everything. */
  storePathRootDir: string;
  /** SYNC_FLUSH answers when a message is on the disk, ASYNC_FLUSH when the operating system has it. */
  flushDiskType: FlushDiskType;
  /** How long a SYNC_FLUSH message waits before it is answered FLUSH_DISK_TIMEOUT (it is stored all the same). */
  syncFlushTimeout: number;
  /** Of each file. The files of a directory must all have it. */
  mappedFileSizeCommitLog: number;
  /** Of each file; rounded up to whole entries of 20 bytes. */
  mappedFileSizeConsumeQueue: number;

  /** ASYNC_FLUSH: pause between two looks at what is to be flushed. */
  flushIntervalCommitLog: number;
  /** ASYNC_FLUSH: fewer dirty pages (4096 bytes) than this wait for the thorough interval. */
  flushCommitLogLeastPages: number;
  flushCommitLogThoroughInterval: number;
  flushIntervalConsumeQueue: number;
  flushConsumeQueueLeastPages: number;
  /** Also the interval of the checkpoint, which bounds how much log a recovery reads. */
  flushConsumeQueueThoroughInterval: number;
  /** Ours: a checkpoint is also made when so much log has been dispatched since the last one. */
  checkpointBytes: number;

  /** Whether messages can be found by key. */
  messageIndexEnable: boolean;
  /** Slots and entries of an index file. The files of a directory must all have them. */
  maxHashSlotNum: number;
  maxIndexNum: number;

  /** Whether a recovery checks the CRC of every body it reads. */
  checkCRCOnRecover: boolean;
  /**
   * Hours that a file of the log is kept after its last change. Default: 72, Apache's own too
   * (MessageStoreConfig); the conf/broker.conf that Apache ships says 48.
   */
  fileReservedTime: number;
  /** Hours of the day (local time, separated by `;`) at which files that are older are removed. */
  deleteWhen: string;
  /** Pause between two looks at what is to be removed and how full the disk is. */
  cleanResourceInterval: number;
  /** Most files that one look removes, and the pause between two. */
  deleteFileBatchMax: number;
  deleteCommitLogFilesInterval: number;
  /** Percent of the partition: above it expired files are removed at any hour. */
  diskMaxUsedSpaceRatio: number;
  /** … files are removed before they expire, if cleanFileForciblyEnable. */
  diskSpaceCleanForciblyRatio: number;
  /** … messages are refused. */
  diskSpaceWarningLevelRatio: number;
  /** Default false (Apache: true): what was acknowledged is kept as long as was promised. */
  cleanFileForciblyEnable: boolean;
  /** Ours: with so much space the three ratios don't count. */
  enoughFreeDiskBytes: number;

  /** Most of one get() whose messages are near the end of the log. */
  maxTransferBytesOnMessageInMemory: number;
  maxTransferCountOnMessageInMemory: number;
  /** Most of one get() whose messages are further back. */
  maxTransferBytesOnMessageInDisk: number;
  maxTransferCountOnMessageInDisk: number;
  /** Ours (Apache takes 40 % of the memory): how near the end is near, see the four above. */
  inMemoryBytes: number;

  /** Ours: memory for recently appended and recently read bytes of the log. */
  readCacheBytes: number;
  /** Ours: bytes taken but not yet written; beyond it a put is answered OS_PAGE_CACHE_BUSY. */
  maxUnwrittenBytes: number;
  /** Ours: how many files are kept open. */
  maxOpenFiles: number;
}

export const defaultStoreOptions: Readonly<StoreOptions> = Object.freeze({
  storePathRootDir: 'store',
  flushDiskType: 'ASYNC_FLUSH',
  syncFlushTimeout: 5000,
  mappedFileSizeCommitLog: 1024 * 1024 * 1024,
  mappedFileSizeConsumeQueue: 300_000 * CONSUME_QUEUE_ENTRY_BYTES,
  flushIntervalCommitLog: 500,
  flushCommitLogLeastPages: 4,
  flushCommitLogThoroughInterval: 10_000,
  flushIntervalConsumeQueue: 1000,
  flushConsumeQueueLeastPages: 2,
  flushConsumeQueueThoroughInterval: 60_000,
  checkpointBytes: 256 * 1024 * 1024,
  messageIndexEnable: true,
  maxHashSlotNum: 5_000_000,
  maxIndexNum: 20_000_000,
  checkCRCOnRecover: true,
  fileReservedTime: 72,
  deleteWhen: '04',
  cleanResourceInterval: 10_000,
  deleteFileBatchMax: 10,
  deleteCommitLogFilesInterval: 100,
  diskMaxUsedSpaceRatio: 75,
  diskSpaceCleanForciblyRatio: 85,
  diskSpaceWarningLevelRatio: 90,
  cleanFileForciblyEnable: false,
  enoughFreeDiskBytes: 8 * 1024 * 1024 * 1024,
  maxTransferBytesOnMessageInMemory: 256 * 1024,
  maxTransferCountOnMessageInMemory: 32,
  maxTransferBytesOnMessageInDisk: 64 * 1024,
  maxTransferCountOnMessageInDisk: 8,
  inMemoryBytes: 4 * 1024 * 1024 * 1024,
  readCacheBytes: 32 * 1024 * 1024,
  maxUnwrittenBytes: 64 * 1024 * 1024,
  maxOpenFiles: 512,
});

const limits: SettingsTable<StoreOptions>['limits'] = {
  syncFlushTimeout: [1, 2 ** 31 - 1],
  mappedFileSizeCommitLog: [4096, 2 ** 31 - 1],
  mappedFileSizeConsumeQueue: [CONSUME_QUEUE_ENTRY_BYTES, 2 ** 31 - 1],
  flushIntervalCommitLog: [1, 2 ** 31 - 1],
  flushIntervalConsumeQueue: [1, 2 ** 31 - 1],
  checkpointBytes: [1, 2 ** 40],
  maxHashSlotNum: [1, 100_000_000],
  cleanResourceInterval: [1, 2 ** 31 - 1],
  deleteFileBatchMax: [1, 2 ** 31 - 1],
  diskMaxUsedSpaceRatio: [1, 100],
  diskSpaceCleanForciblyRatio: [1, 100],
  diskSpaceWarningLevelRatio: [1, 100],
  enoughFreeDiskBytes: [0, 2 ** 50],
  maxIndexNum: [2, 100_000_000],
  maxTransferCountOnMessageInMemory: [1, 2 ** 31 - 1],
  maxTransferCountOnMessageInDisk: [1, 2 ** 31 - 1],
  inMemoryBytes: [0, 2 ** 50],
  readCacheBytes: [1024 * 1024, 2 ** 40],
  maxUnwrittenBytes: [64 * 1024, 2 ** 40],
  maxOpenFiles: [8, 2 ** 20],
};

export const storeSettings: SettingsTable<StoreOptions> = { owner: 'a store', defaults: defaultStoreOptions, limits };

/** @throws ConfigurationError see resolveSettings() */
export function resolveStoreOptions(given: Partial<StoreOptions> = {}): Readonly<StoreOptions> {
  const options = resolveSettings(storeSettings, given);
  const { flushDiskType, deleteWhen, mappedFileSizeConsumeQueue } = options;
  if (!['ASYNC_FLUSH', 'SYNC_FLUSH'].includes(flushDiskType)) {
    throw new ConfigurationError('flushDiskType', `must be ASYNC_FLUSH or SYNC_FLUSH, but is '${flushDiskType}'`);
  }
  if (!deleteWhen.split(';').every((hour) => /^([01]?\d|2[0-3])$/.test(hour.trim()))) {
    throw new ConfigurationError('deleteWhen', `must be hours from 00 to 23 separated by ';', but is '${deleteWhen}'`);
  }
  const entries = Math.ceil(mappedFileSizeConsumeQueue / CONSUME_QUEUE_ENTRY_BYTES);
  return Object.freeze({ ...options, mappedFileSizeConsumeQueue: entries * CONSUME_QUEUE_ENTRY_BYTES });
}
