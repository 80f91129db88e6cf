import type { DiskSpace } from '../ports/file-system.js';
import type { StoreOptions } from './store-options.js';

/** What the filling of the disk asks for, from nothing to refusing messages. */
export type DiskUse = 'fine' | 'deleteExpired' | 'deleteNow' | 'full';

/**
 * Apache judges by the share of the partition that is used. On a large disk that share says little,
 * so it only counts when less than enoughFreeDiskBytes are free.
 * Source: Apache 5.3 DefaultMessageStore.CleanCommitLogService#isSpaceToDelete.
 */
export function judgeDiskUse(
  { totalBytes, freeBytes }: DiskSpace,
  options: Pick<
    StoreOptions,
    'diskMaxUsedSpaceRatio' | 'diskSpaceCleanForciblyRatio' | 'diskSpaceWarningLevelRatio' | 'enoughFreeDiskBytes'
  >,
): DiskUse {
  if (totalBytes <= 0 || freeBytes >= options.enoughFreeDiskBytes) return 'fine';
  const usedPercent = ((totalBytes - freeBytes) / totalBytes) * 100;
  if (usedPercent > options.diskSpaceWarningLevelRatio) return 'full';
  if (usedPercent > options.diskSpaceCleanForciblyRatio) return 'deleteNow';
  return usedPercent > options.diskMaxUsedSpaceRatio ? 'deleteExpired' : 'fine';
}

/** Whether it is one of the hours of `deleteWhen`, such as '04' or '04;16', in local time. */
export function isTimeToDelete(deleteWhen: string, now: number): boolean {
  const hour = new Date(now).getHours();
  return deleteWhen.split(';').some((text) => Number(text) === hour);
}
