import type { StoreOptions } from '../../lib/engine/store/store-options.js';

export const WRITER_TOPIC = 'Crash';
export const WRITER_QUEUES = [0, 1, 2, 3];

/** Small files and frequent checkpoints, so that a crash meets every kind of work. */
export const writerOptions: Partial<StoreOptions> = {
  mappedFileSizeCommitLog: 1024 * 1024,
  mappedFileSizeConsumeQueue: 20 * 1000,
  maxHashSlotNum: 1000,
  maxIndexNum: 4000,
  flushIntervalConsumeQueue: 20,
  flushConsumeQueueThoroughInterval: 100,
  flushIntervalCommitLog: 20,
};
