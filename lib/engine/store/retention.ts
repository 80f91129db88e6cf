import { PeriodicTask } from '../common/periodic-task.js';
import { sleep } from '../common/sleep.js';
import type { Clock } from '../ports/clock.js';
import type { FileSystem } from '../ports/file-system.js';
import type { Logger } from '../ports/logger.js';
import type { Checkpointer } from './checkpointer.js';
import type { ConsumeQueueTable } from './consume-queue-table.js';
import { isTimeToDelete, judgeDiskUse, type DiskUse } from './disk-use.js';
import type { IndexStore } from './index-store.js';
import type { LogFileQueue } from './log-file-queue.js';
import type { RecordReader } from './record-reader.js';
import type { StoreOptions } from './store-options.js';

const HOUR_MS = 3_600_000;
const FIRST_LOOK_MS = 60_000;
/** A full disk is looked at more often, so that messages are taken again soon after there is space. */
const FULL_DISK_LOOK_MS = 1000;

export interface RetentionDependencies {
  options: StoreOptions;
  clock: Clock;
  fileSystem: FileSystem;
  logger: Logger;
  files: LogFileQueue;
  queues: ConsumeQueueTable;
  index?: IndexStore;
  records: RecordReader;
  checkpointer: Checkpointer;
}

/**
 * Removes the oldest files of the log when they have been kept long enough, and what consume queues
 * and index say of them; watches how full the disk is. The last file always stays.
 * Source: Apache 5.3 DefaultMessageStore.CleanCommitLogService, .CleanConsumeQueueService.
 */
export class Retention {
  private readonly task: PeriodicTask;
  private readonly stopping = new AbortController();
  private diskUse: DiskUse = 'fine';

  constructor(private readonly dependencies: RetentionDependencies) {
    const { clock, options, logger } = dependencies;
    this.task = new PeriodicTask({
      isUpkeep: true,
      clock,
      initialDelayMs: FIRST_LOOK_MS,
      intervalMs: options.cleanResourceInterval,
      run: () => this.round(),
      onError: (error) => {
        if (!this.stopping.signal.aborted) logger.error('old files could not be removed', { error });
      },
    });
  }

  /** True while the disk is so full that no message is taken. */
  get isDiskFull(): boolean {
    return this.diskUse === 'full';
  }

  start(): void {
    this.task.start();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.task.stop();
  }

  /**
   * Removes the files that are due, whatever the hour. @returns how many
   * @param options.evenIfYoung also those that have not been kept long enough
   */
  async removeExpired(options: { evenIfYoung: boolean }): Promise<number> {
    const { options: settings, files, fileSystem, clock } = this.dependencies;
    let removed = 0;
    while (files.fileStarts.length > 1 && removed < settings.deleteFileBatchMax) {
      const start = files.startOffset;
      const modifiedAt = (await fileSystem.status(files.pathOf(start)))?.modifiedAt ?? 0;
      const isOld = modifiedAt + settings.fileReservedTime * HOUR_MS <= clock.now();
      const isWritten = start + files.fileSize <= this.dependencies.checkpointer.offset;
      if (!isWritten || !(isOld || options.evenIfYoung)) break;
      if (removed > 0) await sleep(clock, settings.deleteCommitLogFilesInterval, this.stopping.signal);
      await files.removeFirst();
      removed++;
    }
    if (removed > 0) await this.forget();
    return removed;
  }

  private async round(): Promise<void> {
    const { options, clock, logger } = this.dependencies;
    await this.lookAtDisk();
    const isForced = options.cleanFileForciblyEnable && (this.diskUse === 'deleteNow' || this.diskUse === 'full');
    if (this.diskUse === 'fine' && !isTimeToDelete(options.deleteWhen, clock.now())) return;
    const removed = await this.removeExpired({ evenIfYoung: isForced });
    if (removed > 0) logger.info('old files of the log were removed', { files: removed, diskUse: this.diskUse });
    if (removed > 0 && this.isDiskFull) await this.lookAtDisk();
    while (this.isDiskFull) {
      await sleep(clock, FULL_DISK_LOOK_MS, this.stopping.signal);
      await this.lookAtDisk();
    }
  }

  private async lookAtDisk(): Promise<void> {
    const { options, fileSystem, logger } = this.dependencies;
    const before = this.diskUse;
    this.diskUse = judgeDiskUse(await fileSystem.space(options.storePathRootDir), options);
    if (this.isDiskFull === (before === 'full')) return;
    if (this.isDiskFull) logger.error('the disk is almost full; messages are refused until there is space');
    else logger.info('there is space on the disk again; messages are taken');
  }

  /** Queues and index let go of what the log no longer has. */
  private async forget(): Promise<void> {
    const { files, queues, index, records, checkpointer } = this.dependencies;
    records.forgetBefore(files.startOffset);
    await queues.correctMinOffsets(files.startOffset);
    await checkpointer.saveNow(); // a manifest may not speak of queue files that are gone
    await queues.removeOldFiles();
    await index?.removeBefore(files.startOffset);
  }
}
