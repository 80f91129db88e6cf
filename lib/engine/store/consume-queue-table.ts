import { dirname } from 'node:path';
import { CorruptRecordError } from '../common/errors.js';
import type { FileSystem } from '../ports/file-system.js';
import { ConsumeQueue, type ConsumeQueueState } from './consume-queue.js';
import { LogFileQueue } from './log-file-queue.js';
import type { OpenFiles } from './open-files.js';
import { isTopicFolder, type StorePaths } from './store-paths.js';

/** How many queues are looked at side by side at the start; the thread pool does four things at a time. */
const PARALLEL = 16;
/** How many are written and synced: two of the pool's threads are left for the log, which senders wait for. */
const PARALLEL_BESIDE_LOG = 2;

/** All consume queues of a store. */
export class ConsumeQueueTable {
  private readonly topics = new Map<string, Map<number, ConsumeQueue>>();
  private readonly unsyncedDirectories = new Set<string>();
  private work: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly paths: StorePaths,
    private readonly fileSize: number,
    private readonly fileSystem: FileSystem,
    private readonly openFiles: OpenFiles,
  ) {}

  get(topic: string, queueId: number): ConsumeQueue | undefined {
    return this.topics.get(topic)?.get(queueId);
  }

  getOrCreate(topic: string, queueId: number): ConsumeQueue {
    return this.get(topic, queueId) ?? this.add(topic, queueId);
  }

  *all(): Generator<ConsumeQueue> {
    for (const queues of this.topics.values()) yield* queues.values();
  }

  add(topic: string, queueId: number, state?: ConsumeQueueState): ConsumeQueue {
    const files = new LogFileQueue(this.paths.queue(topic, queueId), this.fileSize, this.fileSystem, this.openFiles);
    const queue = new ConsumeQueue(topic, queueId, files, state);
    let queues = this.topics.get(topic);
    if (!queues) this.topics.set(topic, (queues = new Map<number, ConsumeQueue>()));
    queues.set(queueId, queue);
    return queue;
  }

  /** Every queue that has a directory, with empty bounds. */
  async discover(): Promise<void> {
    const topics = await this.fileSystem.list(this.paths.consumeQueue);
    await inParallel(topics, async (topic) => {
      for (const name of await this.fileSystem.list(this.paths.topic(topic))) {
        if (/^\d{1,10}$/.test(name)) this.add(topic, Number(name));
      }
    });
  }

  /** Looks which files there are. @returns the queues whose files are not those their bounds need */
  async loadFiles(wasStoppedCleanly: boolean): Promise<ConsumeQueue[]> {
    const lost: ConsumeQueue[] = [];
    await inParallel([...this.all()], async (queue) => {
      try {
        await queue.files.load(wasStoppedCleanly);
        if (!queue.hasItsFiles) lost.push(queue);
      } catch (error) {
        if (!(error instanceof CorruptRecordError)) throw error;
        lost.push(queue);
      }
    });
    return lost;
  }

  loadBounds(): Promise<void> {
    return inParallel([...this.all()], async (queue) => {
      await queue.loadBounds();
      if (!queue.isSynced) this.noteNewNames(queue);
    });
  }

  correctMinOffsets(minPhysicalOffset: number): Promise<void> {
    return inParallel([...this.all()], (queue) => queue.correctMinOffset(minPhysicalOffset));
  }

  /** Removes the files whose entries are all in front of their queue's minOffset. */
  removeOldFiles(): Promise<void> {
    return this.exclusive(() => inParallel([...this.all()], (queue) => queue.removeOldFiles()));
  }

  /** Clears what files hold behind the queues' ends. */
  clearTails(): Promise<void> {
    return inParallel([...this.all()], (queue) => queue.clearTail());
  }

  /** Drops the entries of records that begin at `physicalOffset` or behind. */
  truncateToLog(physicalOffset: number): Promise<void> {
    return inParallel([...this.all()], (queue) => queue.truncateToLog(physicalOffset));
  }

  /** Writes the entries of all queues that have at least so many bytes to write. */
  write(leastBytes: number): Promise<void> {
    return this.exclusive(() =>
      this.writeQueues([...this.all()].filter((queue) => queue.unwrittenBytes >= leastBytes)),
    );
  }

  /** Puts every entry that is here now on the disk. */
  sync(): Promise<void> {
    return this.exclusive(async () => {
      const queues = [...this.all()].filter((queue) => !queue.isSynced);
      await this.writeQueues(queues);
      await inParallel(queues, (queue) => queue.sync(), PARALLEL_BESIDE_LOG);
      const directories = [...this.unsyncedDirectories];
      this.unsyncedDirectories.clear();
      await inParallel(directories, (directory) => this.fileSystem.syncDirectory(directory), PARALLEL_BESIDE_LOG);
    });
  }

  async delete(topic: string): Promise<void> {
    if (!isTopicFolder(topic)) return; // no message was ever stored there, and its path may lead anywhere
    const queues = [...(this.topics.get(topic)?.values() ?? [])];
    this.topics.delete(topic);
    return this.exclusive(async () => {
      for (const queue of queues) {
        this.unsyncedDirectories.delete(queue.files.directory);
        await queue.files.destroy();
      }
      const directory = this.paths.topic(topic);
      this.unsyncedDirectories.delete(directory);
      if ((await this.fileSystem.status(directory)) === undefined) return;
      if ((await this.fileSystem.list(directory)).length > 0) return; // of messages that have come since
      await this.fileSystem.remove(directory);
      await this.fileSystem.syncDirectory(this.paths.consumeQueue);
    });
  }

  private async writeQueues(queues: readonly ConsumeQueue[]): Promise<void> {
    const write = async (queue: ConsumeQueue): Promise<void> => {
      if (queue.unwrittenBytes > 0) await queue.write(() => this.noteNewNames(queue));
    };
    await inParallel(queues, write, PARALLEL_BESIDE_LOG);
  }

  private noteNewNames({ files: { directory } }: ConsumeQueue): void {
    const { consumeQueue, root } = this.paths;
    for (const changed of [directory, dirname(directory), consumeQueue, root]) this.unsyncedDirectories.add(changed);
  }

  /** One change of files at a time. */
  private exclusive(work: () => Promise<void>): Promise<void> {
    const done = this.work.then(work);
    this.work = done.catch(() => undefined); // reported to the caller
    return done;
  }
}

async function inParallel<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  parallel = PARALLEL,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await work(items[next++]);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker));
}
