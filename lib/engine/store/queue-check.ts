import type { FileSystem } from '../ports/file-system.js';
import { CONSUME_QUEUE_ENTRY_BYTES as ENTRY_BYTES, isBlank, isEntry, readEntry } from './consume-queue-format.js';
import { hasQueueEntry, type DispatchRequest } from './dispatch-request.js';
import { flawsOf, type StoreLayout, type StoreProblem } from './inspect.js';
import { LogFileQueue } from './log-file-queue.js';
import { isLostRecord } from './lost-record.js';

/** Entries of a queue read at once. */
const PORTION = 256;

interface CheckedQueue {
  readonly topic: string;
  readonly queueId: number;
  readonly files: LogFileQueue;
  /** Queue offset of the next record of this queue. */
  next?: number;
  /** The portion that was read last. */
  bytes: Buffer;
  from: number;
  /** Records whose entry is missing or other than it must be. */
  wrong: number;
  firstWrong?: number;
}

/** Holds the consume queues against the log, record by record. */
export class QueueCheck {
  private readonly queues = new Map<string, CheckedQueue>();
  private entries = 0;
  /** A repair has given records up, so that numbers may be missing. */
  private hasLostRecords = false;
  /** Records that wait for their queue's files to be read. */
  private waiting: DispatchRequest[] = [];

  constructor(
    private readonly fileSystem: FileSystem,
    private readonly layout: StoreLayout,
    private readonly report: (problem: StoreProblem) => void,
  ) {}

  get queueCount(): number {
    return this.queues.size;
  }

  get entryCount(): number {
    return this.entries;
  }

  /** Queues with entries that are missing or wrong. */
  get wrongQueues(): { topic: string; queueId: number }[] {
    const wrong = [...this.queues.values()].filter((queue) => queue.firstWrong !== undefined);
    return wrong.map(({ topic, queueId }) => ({ topic, queueId }));
  }

  add(request: DispatchRequest): void {
    if (isLostRecord(request)) this.hasLostRecords = true;
    if (hasQueueEntry(request.sysFlag)) this.waiting.push(request);
  }

  /** Looks at the records that were added. */
  async settle(): Promise<void> {
    const requests = this.waiting;
    this.waiting = [];
    for (const request of requests) await this.check(request);
  }

  /** @param endOffset where the log ends: entries behind it stand for nothing */
  async finish(endOffset: number): Promise<void> {
    await this.settle();
    for (const [name, queue] of this.queues) {
      const { files, wrong, firstWrong, next = 0 } = queue;
      if (files.isEmpty) {
        const what = `queue ${name} has no files: its topic was deleted, or they are lost`;
        this.report({ severity: 'warning', file: files.directory, what });
      } else if (firstWrong !== undefined) {
        const what = `${wrong} entries of queue ${name} are missing or wrong; they can be rebuilt from the log`;
        this.warn(files, firstWrong, what);
      }
      const extra = await this.entryAt(queue, next);
      if (extra && isEntry(extra) && !isBlank(extra) && extra.physicalOffset >= endOffset) {
        this.warn(files, next, `queue ${name} has an entry for ${extra.physicalOffset}, where the log has ended`);
      }
    }
  }

  private async check(request: DispatchRequest): Promise<void> {
    const name = `${request.topic}/${request.queueId}`;
    const queue = this.queues.get(name) ?? (await this.open(name, request));
    const { queueOffset } = request;
    if (queue.next !== undefined && queueOffset !== queue.next && queueOffset !== 0) {
      this.report({
        severity: this.hasLostRecords ? 'warning' : 'error',
        file: this.layout.log.pathOf(this.layout.log.startOf(request.physicalOffset)),
        position: request.physicalOffset - this.layout.log.startOf(request.physicalOffset),
        what: `the record says it is number ${queueOffset} of queue ${name}, but number ${queue.next} comes next`,
      });
    }
    queue.next = queueOffset + 1;
    const entry = await this.entryAt(queue, queueOffset);
    this.entries++;
    const isRight =
      entry?.physicalOffset === request.physicalOffset &&
      entry.size === request.size &&
      (entry.tagsCode === request.tagsCode || request.topic.startsWith('SCHEDULE_TOPIC_'));
    if (isRight) return;
    queue.wrong++;
    queue.firstWrong ??= queueOffset;
  }

  private async open(name: string, { topic, queueId }: DispatchRequest): Promise<CheckedQueue> {
    const { paths, consumeQueueFileBytes, openFiles } = this.layout;
    const files = new LogFileQueue(paths.queue(topic, queueId), consumeQueueFileBytes, this.fileSystem, openFiles);
    const queue: CheckedQueue = { topic, queueId, files, bytes: Buffer.alloc(0), from: 0, wrong: 0 };
    this.queues.set(name, queue);
    await files.look();
    for await (const flaw of flawsOf(this.fileSystem, files)) this.report({ severity: 'warning', ...flaw });
    return queue;
  }

  private async entryAt(queue: CheckedQueue, queueOffset: number): Promise<ReturnType<typeof readEntry> | undefined> {
    const count = queue.bytes.length / ENTRY_BYTES;
    if (queueOffset < queue.from || queueOffset >= queue.from + count) {
      const bytes = Buffer.allocUnsafe(PORTION * ENTRY_BYTES);
      const read = await queue.files.read(bytes, queueOffset * ENTRY_BYTES);
      queue.bytes = bytes.subarray(0, read - (read % ENTRY_BYTES));
      queue.from = queueOffset;
    }
    const position = (queueOffset - queue.from) * ENTRY_BYTES;
    return position < queue.bytes.length ? readEntry(queue.bytes, position) : undefined;
  }

  private warn(files: LogFileQueue, queueOffset: number, what: string): void {
    const start = files.startOf(queueOffset * ENTRY_BYTES);
    const position = queueOffset * ENTRY_BYTES - start;
    this.report({ severity: 'warning', file: files.pathOf(start), position, what });
  }
}
