import { CorruptRecordError } from '../common/errors.js';
import { readInt64 } from '../common/byte-reader.js';
import type { FileSystem } from '../ports/file-system.js';
import type { Logger } from '../ports/logger.js';
import { durableUntil, readCheckpoint, type Checkpoint } from './checkpoint.js';
import type { ConsumeQueue } from './consume-queue.js';
import type { ConsumeQueueTable } from './consume-queue-table.js';
import type { IndexStore } from './index-store.js';
import { dispatchRequestOf, hasQueueEntry, type DispatchRequest } from './dispatch-request.js';
import type { LogFileQueue } from './log-file-queue.js';
import { scanLog, type ScanEnd } from './log-scanner.js';
import { readQueueManifest, writeQueueManifest, type QueueManifest } from './queue-manifest.js';
import { checkRecord } from './record-check.js';
import type { StoreOptions } from './store-options.js';
import { isTopicFolder, type StorePaths } from './store-paths.js';

export interface RecoveryInput {
  paths: StorePaths;
  options: StoreOptions;
  fileSystem: FileSystem;
  logger: Logger;
  delayLevelsMs: readonly number[];
  files: LogFileQueue;
  queues: ConsumeQueueTable;
  /** Undefined: none is kept. */
  index?: IndexStore;
  /** No abort file was left. */
  wasStoppedCleanly: boolean;
  /** Makes the store count as not stopped, durably. */
  writeAbortFile: () => Promise<void>;
}

export interface Recovered {
  /** Where the log goes on; everything behind it is zeros. */
  endOffset: number;
  checkpoint: Checkpoint;
  /** Of the last record, or the checkpoint's. */
  lastStoreTimestamp: number;
}

/**
 * Brings the store to an exact prefix of what was written: the log is read from the last point that
 * is known to be whole to the first record that isn't; what is behind is cleared, and the queues
 * get what they miss. A record that is damaged although it had been flushed is no end but an error.
 * Source: Apache 5.3 CommitLog#recoverNormally, #recoverAbnormally.
 */
export async function recover(input: RecoveryInput): Promise<Recovered> {
  return new Recovery(input).run();
}

class Recovery {
  private lastStoreTimestamp = 0;

  constructor(private readonly input: RecoveryInput) {}

  async run(): Promise<Recovered> {
    const { paths, fileSystem, files, queues, wasStoppedCleanly, writeAbortFile } = this.input;
    const checkpoint = await readCheckpoint(fileSystem, paths.checkpoint);
    this.lastStoreTimestamp = checkpoint.physicMsgTimestamp;
    const manifest = await readQueueManifest(fileSystem, paths.queueManifest, checkpoint);
    await files.load(wasStoppedCleanly);
    if (manifest) this.checkLogIsThere(manifest);

    const queuesFrom = manifest
      ? await this.loadQueuesFrom(manifest, checkpoint)
      : await this.loadQueuesFromFiles(checkpoint);
    const indexFrom = await this.loadIndex(manifest, checkpoint, queuesFrom);
    const end = await this.scan(Math.min(queuesFrom, indexFrom), Infinity, (request) => this.dispatch(request));
    if (!wasStoppedCleanly || end.damage !== undefined) {
      // A log file that a crash leaves cut, in a store that counts as stopped, would be refused.
      if (wasStoppedCleanly) await writeAbortFile();
      await this.cutLog(end, manifest ? Math.max(manifest.flushedOffset, checkpoint.flushedOffset) : 0);
      await this.makeDurable(queuesFrom, end.offset);
    }
    if (!manifest) await queues.truncateToLog(end.offset);
    if (manifest?.startOffset !== files.startOffset) await queues.correctMinOffsets(files.startOffset);
    return { endOffset: end.offset, checkpoint, lastStoreTimestamp: this.lastStoreTimestamp };
  }

  /** @returns where to read the log from */
  private async loadQueuesFrom(manifest: QueueManifest, checkpoint: Checkpoint): Promise<number> {
    const { queues, files, logger, wasStoppedCleanly } = this.input;
    const lost = new Set<ConsumeQueue>();
    for (const { topic, queueId, isLost, ...state } of manifest.queues) {
      const queue = queues.add(topic, queueId, state);
      if (isLost) lost.add(queue);
    }
    for (const queue of await queues.loadFiles(wasStoppedCleanly)) lost.add(queue);
    if (lost.size > 0) {
      logger.warn('consume queues are lost; they are rebuilt from the commit log', { queues: lost.size });
      await this.noteLost(lost, manifest, checkpoint);
      await this.rebuild(lost, manifest.dispatchedOffset);
    }
    if (!wasStoppedCleanly) await queues.clearTails();
    return Math.max(files.startOffset, manifest.dispatchedOffset);
  }

  /** Else a crash while they are written again would leave files in which the manifest still trusts. */
  private async noteLost(
    lost: ReadonlySet<ConsumeQueue>,
    manifest: QueueManifest,
    checkpoint: Checkpoint,
  ): Promise<void> {
    const { fileSystem, paths } = this.input;
    const names = new Set([...lost].map(({ topic, queueId }) => `${topic} ${queueId}`));
    const entries = manifest.queues.map((entry) => ({
      ...entry,
      isLost: names.has(`${entry.topic} ${entry.queueId}`),
    }));
    await writeQueueManifest(fileSystem, paths.queueManifest, { ...manifest, queues: entries }, checkpoint);
  }

  /** @returns where to read the log from */
  private async loadIndex(
    manifest: QueueManifest | undefined,
    checkpoint: Checkpoint,
    queuesFrom: number,
  ): Promise<number> {
    const { index, files, wasStoppedCleanly } = this.input;
    if (!index) return queuesFrom;
    if (manifest?.index !== undefined) {
      const isThere = await index.load(manifest.index, Infinity, wasStoppedCleanly);
      return isThere ? queuesFrom : files.startOffset;
    }
    const trustedUntil = wasStoppedCleanly ? Infinity : checkpoint.indexMsgTimestamp;
    await index.load(undefined, trustedUntil, wasStoppedCleanly);
    return wasStoppedCleanly && index.endOffset >= 0 ? queuesFrom : Math.max(files.startOffset, index.endOffset);
  }

  private async rebuild(lost: ReadonlySet<ConsumeQueue>, to: number): Promise<void> {
    const { queues, files } = this.input;
    const fresh = new Map<ConsumeQueue, number>();
    for (const queue of lost) {
      await queue.files.destroy();
      fresh.set(queues.add(queue.topic, queue.queueId), queue.maxOffset);
    }
    const end = await this.scan(files.startOffset, to, (request) => {
      const queue = queues.get(request.topic, request.queueId);
      if (queue && fresh.has(queue)) this.enqueue(request);
    });
    if (end.damage !== undefined) throw this.corrupt(end);
    // Offsets never go back, also when retention has taken the last messages of a queue.
    for (const [queue, maxOffset] of fresh) if (queue.maxOffset < maxOffset) queue.startAt(maxOffset);
  }

  /** Without a manifest, as Apache does it. @returns where to read the log from */
  private async loadQueuesFromFiles(checkpoint: Checkpoint): Promise<number> {
    const { queues, files, logger, wasStoppedCleanly } = this.input;
    await queues.discover();
    const lost = await queues.loadFiles(wasStoppedCleanly);
    for (const queue of lost) {
      logger.warn('a consume queue misses files; it is rebuilt from the commit log', {
        topic: queue.topic,
        queueId: queue.queueId,
      });
      await queue.files.destroy();
      queues.add(queue.topic, queue.queueId);
    }
    await queues.loadBounds();
    if (!wasStoppedCleanly) {
      const from = lost.length > 0 ? files.startOffset : await this.lastFileStartedBefore(durableUntil(checkpoint));
      // What is read again is entered again: of its entries a crash may have left some, or some of records that are gone.
      await queues.truncateToLog(from);
      await queues.clearTails();
      return from;
    }
    if (lost.length > 0) return files.startOffset;
    let end = files.startOffset;
    for (const queue of queues.all()) end = Math.max(end, queue.maxPhysicalOffset);
    return Math.max(files.startOffset, Math.min(files.startOf(end), files.endOffset));
  }

  /** Source: Apache 5.3 CommitLog#isMappedFileMatchedRecover. */
  private async lastFileStartedBefore(timestamp: number): Promise<number> {
    const { files } = this.input;
    for (const start of [...files.fileStarts].reverse()) {
      const head = Buffer.alloc(64 * 1024);
      await files.read(head.subarray(0, Math.min(head.length, files.fileSize)), start);
      const place = { physicalOffset: start, positionInFile: 0, left: files.fileSize };
      const check = checkRecord(head, 0, place, { checkCrc: false });
      if (check.kind === 'record' && readInt64(head, check.layout.storeTimestampAt) <= timestamp) return start;
    }
    return files.startOffset;
  }

  private scan(from: number, to: number, take: (request: DispatchRequest) => void): Promise<ScanEnd> {
    const { files, options, delayLevelsMs } = this.input;
    return scanLog(files, from, to, { checkCrc: options.checkCRCOnRecover }, (bytes, position, _offset, layout) => {
      take(dispatchRequestOf(bytes, position, layout, delayLevelsMs));
    });
  }

  private dispatch(request: DispatchRequest): void {
    this.lastStoreTimestamp = request.storeTimestamp;
    this.input.index?.addAgain(request);
    this.enqueue(request);
  }

  private enqueue(request: DispatchRequest): void {
    const { queues, logger } = this.input;
    if (!hasQueueEntry(request.sysFlag)) return;
    const { topic, queueId, queueOffset, physicalOffset, size, tagsCode } = request;
    if (!isTopicFolder(topic)) {
      logger.error('a record has a topic that is no name for a folder; it is in no queue', { topic, physicalOffset });
      return;
    }
    const queue = queues.getOrCreate(topic, queueId);
    if (physicalOffset + size > queue.maxPhysicalOffset) queue.append(queueOffset, { physicalOffset, size, tagsCode });
  }

  private async cutLog(end: ScanEnd, flushedOffset: number): Promise<void> {
    const { files, logger } = this.input;
    if (end.offset < flushedOffset) throw this.corrupt(end);
    if (end.damage !== undefined) {
      const file = files.pathOf(files.startOf(end.offset));
      logger.warn('the log ends in a record that was never completed; it is cut there', {
        file,
        position: end.offset - files.startOf(end.offset),
        reason: end.damage,
      });
    }
    await files.clearFrom(end.offset, { durable: true });
  }

  /** What is visible now must not be lost to a power cut, though a killed process left it unsynced. */
  private async makeDurable(from: number, to: number): Promise<void> {
    const { files, fileSystem, paths } = this.input;
    await files.datasync(from, to);
    if (files.isEmpty) return;
    await fileSystem.syncDirectory(files.directory);
    await fileSystem.syncDirectory(paths.root);
  }

  private checkLogIsThere({ flushedOffset }: QueueManifest): void {
    const { files, paths } = this.input;
    if (flushedOffset <= files.endOffset) return;
    throw new CorruptRecordError(
      `the log was flushed up to ${flushedOffset}, but its files end earlier; restore them from a copy, ` +
        `or remove ${paths.queueManifest} to go on with what is there`,
      files.directory,
      files.endOffset,
    );
  }

  private corrupt(end: ScanEnd): CorruptRecordError {
    const { files, paths } = this.input;
    const start = files.startOf(end.offset);
    return new CorruptRecordError(
      `a record that had been flushed is damaged: ${end.damage ?? 'nothing is there'}; ` +
        `'rocketmq store repair ${paths.root}' shows what can be saved`,
      files.pathOf(start),
      end.offset - start,
    );
  }
}
