import { ClosedError, StoreFailedError } from '../common/errors.js';
import { Service } from '../common/lifecycle.js';
import type { HostAddress } from '../message/host-address.js';
import type { Clock } from '../ports/clock.js';
import type { FileLock, FileSystem } from '../ports/file-system.js';
import type { Logger } from '../ports/logger.js';
import { Checkpointer } from './checkpointer.js';
import { ConsumeQueueTable } from './consume-queue-table.js';
import { DescriptorWait } from './descriptor-wait.js';
import { Dispatcher } from './dispatcher.js';
import { FailStopFileSystem } from './fail-stop-file-system.js';
import { IndexStore } from './index-store.js';
import { LogFileQueue } from './log-file-queue.js';
import { MessageGetter } from './message-getter.js';
import { MessagePutter, refused } from './message-putter.js';
import type {
  Arrival,
  GetQuery,
  GetResult,
  MessageStore,
  MessageToStore,
  PutResult,
  QueryResult,
} from './message-store.js';
import { OpenFiles } from './open-files.js';
import { RecordReader } from './record-reader.js';
import { recover, type Recovered } from './recovery.js';
import type { StoreFigures } from './store-figures.js';
import { lockStore } from './store-lock.js';
import { Retention } from './retention.js';
import { resolveStoreOptions, type StoreOptions } from './store-options.js';
import { StorePaths } from './store-paths.js';
import { TimeSearch } from './time-search.js';

export interface StoreDependencies {
  clock: Clock;
  fileSystem: FileSystem;
  logger: Logger;
  /** What records carry as the address of their broker; asked for each. */
  storeHost: () => HostAddress;
  /** Delay of each level, level 1 first; see messageDelayLevel. Default: Apache's 18. */
  delayLevelsMs?: readonly number[];
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const APACHE_DELAY_LEVELS_MS = [
  ...[1, 5, 10, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2].map((hours) => hours * HOUR),
];

/** What exists once the store has been recovered. */
interface Parts {
  putter: MessagePutter;
  dispatcher: Dispatcher;
  checkpointer: Checkpointer;
  records: RecordReader;
  getter: MessageGetter;
  times: TimeSearch;
  retention: Retention;
}

/** The store in files, in Apache's format. What a caller may rely on is said at MessageStore. */
export class DiskMessageStore extends Service implements MessageStore {
  readonly options: Readonly<StoreOptions>;
  private readonly paths: StorePaths;
  private readonly openFiles: OpenFiles;
  private readonly files: LogFileQueue;
  private readonly queues: ConsumeQueueTable;
  private readonly index?: IndexStore;
  /** The given one, watched for an fsync that fails. */
  private readonly fileSystem: FileSystem;
  private readonly delayLevelsMs: readonly number[];
  private readonly arrivalListeners: ((arrival: Arrival) => void)[] = [];
  private readonly failureListeners: ((failure: StoreFailedError) => void)[] = [];
  private lock?: FileLock;
  private parts?: Parts;
  private failure?: StoreFailedError;

  /** @throws ConfigurationError an option that is unknown or out of its limits */
  constructor(
    options: Partial<StoreOptions>,
    private readonly dependencies: StoreDependencies,
  ) {
    super();
    this.options = resolveStoreOptions(options);
    const { clock, logger } = dependencies;
    const onNoneLeft = (cause: unknown): void =>
      logger.warn('no file can be opened for lack of descriptors; messages wait until there are some', { cause });
    const patient = new DescriptorWait(dependencies.fileSystem, { clock, onNoneLeft });
    const fileSystem = new FailStopFileSystem(patient, (cause) => this.fail(cause));
    this.fileSystem = fileSystem;
    this.paths = new StorePaths(this.options.storePathRootDir);
    this.openFiles = new OpenFiles(fileSystem, this.options.maxOpenFiles);
    const { mappedFileSizeCommitLog, mappedFileSizeConsumeQueue } = this.options;
    this.files = new LogFileQueue(this.paths.commitLog, mappedFileSizeCommitLog, fileSystem, this.openFiles);
    this.queues = new ConsumeQueueTable(this.paths, mappedFileSizeConsumeQueue, fileSystem, this.openFiles);
    if (this.options.messageIndexEnable) this.index = this.buildIndex();
    this.delayLevelsMs = dependencies.delayLevelsMs ?? APACHE_DELAY_LEVELS_MS;
  }

  get isWriteable(): boolean {
    if (!this.isRunning || this.failure || !this.parts) return false;
    return this.parts.putter.log.isWriteable && !this.parts.retention.isDiskFull;
  }

  put(message: MessageToStore): Promise<PutResult> {
    return this.putBatch([message]);
  }

  putBatch(messages: readonly MessageToStore[]): Promise<PutResult> {
    if (!this.parts || !this.isWriteable) return Promise.resolve(refused('SERVICE_NOT_AVAILABLE', this.refusal()));
    return this.parts.putter.put(messages);
  }

  async get(query: GetQuery): Promise<GetResult> {
    return this.running().getter.get(this.queues.get(query.topic, query.queueId), query);
  }

  async getByPhysicalOffset(physicalOffset: number): Promise<Buffer | undefined> {
    const { dispatcher, records } = this.running();
    return physicalOffset < dispatcher.dispatchedOffset ? records.readAt(physicalOffset) : undefined;
  }

  maxQueueOffset(topic: string, queueId: number): number {
    return this.queues.get(topic, queueId)?.maxOffset ?? 0;
  }

  minQueueOffset(topic: string, queueId: number): number {
    return this.queues.get(topic, queueId)?.minOffset ?? 0;
  }

  async offsetByTimestamp(
    topic: string,
    queueId: number,
    timestamp: number,
    boundary: 'lower' | 'upper' = 'lower',
  ): Promise<number> {
    const queue = this.queues.get(topic, queueId);
    const { times } = this.running();
    return queue ? times.offsetByTimestamp(queue, timestamp, boundary) : 0;
  }

  earliestStoreTimestamp(topic: string, queueId: number): Promise<number> {
    return this.storeTimestampAt(topic, queueId, this.minQueueOffset(topic, queueId));
  }

  async storeTimestampAt(topic: string, queueId: number, queueOffset: number): Promise<number> {
    const queue = this.queues.get(topic, queueId);
    const { times } = this.running();
    return queue ? times.storeTimestampAt(queue, queueOffset) : -1;
  }

  minPhysicalOffset(): number {
    return this.running().putter.log.minOffset;
  }

  maxPhysicalOffset(): number {
    return this.running().putter.log.appendedOffset;
  }

  flushedPhysicalOffset(): number {
    return this.running().putter.log.flushedOffset;
  }

  figures(): StoreFigures {
    const { putter, records } = this.parts ?? this.running(); // also of a store that its disk has stopped
    const { log } = putter;
    return {
      isWriteable: this.isWriteable,
      failure: this.failure,
      minPhysicalOffset: log.minOffset,
      maxPhysicalOffset: log.appendedOffset,
      flushedPhysicalOffset: log.flushedOffset,
      unflushedMs: log.flushes.unflushedMs,
      flushes: log.flushes.durations.buckets(),
      readCache: records.cacheFigures,
    };
  }

  async query(
    topic: string,
    key: string,
    maxCount: number,
    beginTimestamp: number,
    endTimestamp: number,
  ): Promise<QueryResult> {
    const { records, putter } = this.running();
    const found = await this.index?.query(topic, key, maxCount, beginTimestamp, endTimestamp);
    const offsets = (found?.physicalOffsets ?? []).filter((offset) => offset >= putter.log.minOffset);
    const read = await Promise.all(offsets.map((offset) => records.readAt(offset)));
    return {
      records: read.filter((record) => record !== undefined),
      indexLastUpdateTimestamp: found?.lastTimestamp ?? 0,
      indexLastUpdatePhysicalOffset: found?.lastPhysicalOffset ?? 0,
    };
  }

  async deleteTopic(topic: string): Promise<void> {
    const { checkpointer } = this.running();
    await this.queues.delete(topic);
    await checkpointer.saveNow(); // else a recovery would find the queues missing, and rebuild them
  }

  /** Removes the log's files that are older than fileReservedTime, now and not at the hour of deleteWhen. */
  async removeExpiredFiles(): Promise<void> {
    await this.running().retention.removeExpired({ evenIfYoung: false });
  }

  onArrival(listener: (arrival: Arrival) => void): void {
    this.arrivalListeners.push(listener);
  }

  onFailure(listener: (failure: StoreFailedError) => void): void {
    this.failureListeners.push(listener);
  }

  protected async onStart(): Promise<void> {
    const { logger, clock } = this.dependencies;
    const { paths, options, fileSystem } = this;
    this.lock = await lockStore(this.dependencies.fileSystem, paths);
    const wasStoppedCleanly = (await fileSystem.status(paths.abort)) === undefined;
    if (!wasStoppedCleanly) await this.syncNames();
    const begun = clock.monotonic();
    const recovered = await recover({
      paths,
      options,
      fileSystem,
      logger,
      delayLevelsMs: this.delayLevelsMs,
      files: this.files,
      queues: this.queues,
      index: this.index,
      wasStoppedCleanly,
      writeAbortFile: () => this.writeAbortFile(),
    });
    await this.writeAbortFile();
    this.parts = this.build(recovered);
    this.parts.retention.start();
    this.parts.checkpointer.noteDispatched(); // what recovery has done is worth a checkpoint
    logger.info('store opened', {
      directory: paths.root,
      wasStoppedCleanly,
      maxPhysicalOffset: recovered.endOffset,
      tookMs: Math.round(clock.monotonic() - begun),
    });
  }

  protected async onStop(): Promise<void> {
    try {
      if (this.parts) await this.close(this.parts);
    } finally {
      await this.openFiles.closeAll();
      await this.lock?.release();
    }
  }

  private async close({ putter, checkpointer, dispatcher, retention }: Parts): Promise<void> {
    const { fileSystem } = this;
    await retention.stop();
    await putter.stop();
    if (!this.failure) await checkpointer.saveNow();
    await checkpointer.stop();
    if (this.failure || dispatcher.dispatchedOffset < putter.log.appendedOffset) return; // the next start recovers
    await fileSystem.remove(this.paths.abort);
    await fileSystem.syncDirectory(this.paths.root);
  }

  /**
   * A process that was killed may have left names unsynced: that of the abort file, without which what
   * recovery cuts is not known as cut, and removals of log files, which a power cut would undo.
   */
  private async syncNames(): Promise<void> {
    for (const directory of [this.paths.root, this.paths.commitLog])
      if (await this.fileSystem.status(directory)) await this.fileSystem.syncDirectory(directory);
  }

  /** While it is there, the store counts as not stopped. */
  private async writeAbortFile(): Promise<void> {
    const { fileSystem } = this;
    const file = await fileSystem.open(this.paths.abort, { create: true });
    try {
      await file.truncate(0);
      await file.write([Buffer.from(String(process.pid))], 0);
      await file.datasync();
    } finally {
      await file.close();
    }
    await fileSystem.syncDirectory(this.paths.root);
  }

  private build({ endOffset, checkpoint, lastStoreTimestamp }: Recovered): Parts {
    const { clock, logger } = this.dependencies;
    const { paths, queues, files, index, fileSystem, delayLevelsMs } = this;
    // One half of the memory for the log's tail, one for what is read from the files.
    const options = { ...this.options, readCacheBytes: this.options.readCacheBytes / 2 };
    const dispatcher = new Dispatcher(endOffset, lastStoreTimestamp, index, (request) => this.notifyArrival(request));
    const putter = new MessagePutter(
      {
        options,
        clock,
        files,
        queues,
        dispatcher,
        delayLevelsMs,
        storeHost: this.dependencies.storeHost,
        onDispatched: () => checkpointer.noteDispatched(),
        onDiskFull: (cause) => logger.warn('the disk is full; messages are refused until there is space', { cause }),
        onFailed: (cause) => this.fail(cause),
      },
      endOffset,
    );
    const { log } = putter;
    const records = new RecordReader(log, files, options.readCacheBytes, logger);
    const checkpointer = new Checkpointer(
      { paths, options, clock, fileSystem, logger, log, queues, index, dispatcher },
      checkpoint,
    );
    const getter = new MessageGetter(log, records, options);
    const times = new TimeSearch(records);
    const retention = new Retention({
      options,
      clock,
      fileSystem,
      logger,
      files,
      queues,
      index,
      records,
      checkpointer,
    });
    return { putter, dispatcher, checkpointer, records, getter, times, retention };
  }

  private buildIndex(): IndexStore {
    const { clock, logger } = this.dependencies;
    return new IndexStore({
      directory: this.paths.index,
      size: { slots: this.options.maxHashSlotNum, entries: this.options.maxIndexNum },
      clock,
      fileSystem: this.fileSystem,
      openFiles: this.openFiles,
      logger,
    });
  }

  private notifyArrival(arrival: Arrival): void {
    for (const listener of this.arrivalListeners) {
      try {
        listener(arrival);
      } catch (error) {
        this.dependencies.logger.error('a listener for arriving messages failed', { error, topic: arrival.topic });
      }
    }
  }

  /** Fail-stop: what the disk holds now is known only after it has been read again. */
  private fail(cause: unknown): void {
    if (this.failure) return;
    this.failure = new StoreFailedError(
      `the disk under ${this.paths.root} failed, so the store has stopped; check the disk, then start again`,
      { cause },
    );
    this.dependencies.logger.error('the disk failed; the store has stopped', { cause });
    this.parts?.putter.log.fail(cause);
    for (const listener of this.failureListeners) listener(this.failure);
  }

  /** @throws ClosedError, StoreFailedError */
  private running(): Parts {
    if (this.failure) throw this.failure;
    if (!this.parts || !this.isRunning) throw new ClosedError('the store is not running; start() it first');
    return this.parts;
  }

  private refusal(): string {
    if (this.failure) return this.failure.message;
    return this.isRunning ? 'the disk is full; try again when there is space' : 'the store is not running';
  }
}
