import { StoreFailedError } from '../common/errors.js';
import type { Cancellable, Clock } from '../ports/clock.js';
import type { FileSystem } from '../ports/file-system.js';
import type { Logger } from '../ports/logger.js';
import { noteFlushed, writeCheckpoint, type Checkpoint } from './checkpoint.js';
import type { CommitLog } from './commit-log.js';
import type { ConsumeQueueTable } from './consume-queue-table.js';
import type { Dispatcher } from './dispatcher.js';
import type { IndexStore } from './index-store.js';
import { writeQueueManifest } from './queue-manifest.js';
import type { StoreOptions } from './store-options.js';
import type { StorePaths } from './store-paths.js';

const PAGE_BYTES = 4096;

export interface CheckpointerDependencies {
  paths: StorePaths;
  options: StoreOptions;
  clock: Clock;
  fileSystem: FileSystem;
  logger: Logger;
  log: CommitLog;
  queues: ConsumeQueueTable;
  dispatcher: Dispatcher;
  /** Undefined: none is kept. */
  index?: IndexStore;
}

/**
 * Writes consume queues and index now and then, and from time to time makes a checkpoint: all that has been
 * dispatched is on the disk, and a recovery need not read what lies in front of it. Nothing depends
 * on when this happens but how long a recovery takes.
 * Source: Apache 5.3 DefaultMessageStore.FlushConsumeQueueService.
 */
export class Checkpointer {
  private timer?: Cancellable;
  private round: Promise<void> = Promise.resolve();
  private isRunning = false;
  private isStopped = false;
  private hasChanged = false;
  private checkpointedAt: number;
  private checkpointedOffset: number;

  constructor(
    private readonly dependencies: CheckpointerDependencies,
    private readonly checkpoint: Checkpoint,
  ) {
    this.checkpointedAt = dependencies.clock.monotonic();
    this.checkpointedOffset = dependencies.dispatcher.dispatchedOffset;
  }

  /** Log in front of it is in the last checkpoint. */
  get offset(): number {
    return this.checkpointedOffset;
  }

  /** Tells that something was dispatched. */
  noteDispatched(): void {
    this.hasChanged = true;
    const { dispatcher, options } = this.dependencies;
    const isLong = dispatcher.dispatchedOffset - this.checkpointedOffset >= options.checkpointBytes;
    if (isLong && !this.isRunning) this.run(() => this.save());
    else this.watch();
  }

  /** Resolves when all that is dispatched now is in a checkpoint. */
  saveNow(): Promise<void> {
    const saved = this.round.then(() => this.save());
    this.round = saved.catch(() => undefined); // reported to the caller
    return saved;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.timer?.cancel();
    await this.round;
  }

  private watch(): void {
    const { clock, options } = this.dependencies;
    if (this.timer || this.isStopped) return;
    this.timer = clock.schedule(options.flushIntervalConsumeQueue, () => {
      this.timer = undefined;
      const isDue = clock.monotonic() - this.checkpointedAt >= options.flushConsumeQueueThoroughInterval;
      this.run(() => (isDue ? this.save() : this.write()));
      if (this.hasChanged) this.watch();
    });
  }

  private run(work: () => Promise<void>): void {
    if (this.isRunning || this.isStopped) return;
    this.isRunning = true;
    this.round = this.round
      .then(work)
      .catch((error: unknown) => {
        this.dependencies.logger.error('consume queues could not be written; a recovery would take longer', { error });
        this.hasChanged = true; // the next round tries again
        this.watch();
      })
      .finally(() => (this.isRunning = false));
  }

  private async write(): Promise<void> {
    const { queues, index, options } = this.dependencies;
    await queues.write(Math.max(1, options.flushConsumeQueueLeastPages * PAGE_BYTES));
    await index?.write();
    await this.noteFlushed();
  }

  /** So that a recovery can tell a flushed record that is damaged from one that was never completed. */
  private async noteFlushed(): Promise<void> {
    const { log, fileSystem, paths } = this.dependencies;
    const { flushedOffset } = log;
    if (flushedOffset === this.checkpoint.flushedOffset) return;
    await noteFlushed(fileSystem, paths.checkpoint, flushedOffset);
    this.checkpoint.flushedOffset = flushedOffset;
  }

  private async save(): Promise<void> {
    const { queues, index, log, dispatcher, fileSystem, paths, clock } = this.dependencies;
    this.checkpointedAt = clock.monotonic();
    this.hasChanged = false;
    const dispatchedOffset = dispatcher.dispatchedOffset;
    const storeTimestamp = dispatcher.storeTimestamp;
    const states = [...queues.all()].map(({ topic, queueId, state }) => ({ topic, queueId, ...state }));
    const indexState = index && (index.state ?? null);
    // First the log: no checkpoint may speak of a record that a power cut can still take.
    await log.flushAll();
    if (log.flushedOffset < dispatchedOffset) throw new StoreFailedError('the log could not be flushed');
    await queues.sync();
    await index?.sync();
    Object.assign(this.checkpoint, {
      physicMsgTimestamp: storeTimestamp,
      logicsMsgTimestamp: storeTimestamp,
      indexMsgTimestamp: index?.completeUntil ?? this.checkpoint.indexMsgTimestamp,
      flushedOffset: log.flushedOffset,
    });
    const manifest = {
      startOffset: log.minOffset,
      dispatchedOffset,
      flushedOffset: this.checkpoint.flushedOffset,
      queues: states,
      index: indexState,
    };
    await writeQueueManifest(fileSystem, paths.queueManifest, manifest, this.checkpoint);
    await writeCheckpoint(fileSystem, paths.checkpoint, this.checkpoint);
    this.checkpointedOffset = dispatchedOffset;
  }
}
