import type { HostAddress } from '../message/host-address.js';
import { MAX_PROPERTIES_BYTES } from '../message/message-codec.js';
import { encodeProperties, type Properties } from '../message/properties-codec.js';
import { PropertyName } from '../message/property-names.js';
import { isInt32, memoryOf, numbersFit, RecordWriter } from '../message/record-writer.js';
import { tagsCode } from '../message/tags.js';
import type { Clock } from '../ports/clock.js';
import { AppendedMessage } from './appended-message.js';
import { Acknowledgements } from './acknowledgements.js';
import { CommitLog, type CommitLogEvents } from './commit-log.js';
import type { ConsumeQueueTable } from './consume-queue-table.js';
import type { ConsumeQueue } from './consume-queue.js';
import { deliverTimeOf, hasQueueEntry } from './dispatch-request.js';
import type { Dispatcher } from './dispatcher.js';
import type { LogFileQueue } from './log-file-queue.js';
import type { MessageToStore, PutResult, PutStatus } from './message-store.js';
import type { StoreOptions } from './store-options.js';
import { isTopicFolder } from './store-paths.js';
import type { Room } from './tail-buffer.js';

export interface MessagePutterDependencies {
  options: StoreOptions;
  clock: Clock;
  files: LogFileQueue;
  queues: ConsumeQueueTable;
  dispatcher: Dispatcher;
  delayLevelsMs: readonly number[];
  storeHost: () => HostAddress;
  /** Something has become visible. */
  onDispatched: () => void;
  onDiskFull: (cause: unknown) => void;
  onFailed: (cause: unknown) => void;
}

/** See record-check.ts: properties that held it would look torn. Shorter ones fit in a record anyway. */
const ZERO_SECTOR = '\0'.repeat(512);

const NO_ROOM: Room = { physicalOffset: 0, memory: memoryOf(Buffer.alloc(0)), position: 0, limit: 0 };

/**
 * The one way into the log. Queue offsets are given out in the order of the calls, and records lie
 * in the log in that order; a call does all this before it returns. The promise settles when the
 * log has got as far as the configuration promises.
 * Source: Apache 5.3 CommitLog#asyncPutMessage.
 */
export class MessagePutter implements CommitLogEvents {
  readonly log: CommitLog;
  /** Puts that wait for the operating system, and for the disk. */
  private readonly writtenPuts: Acknowledgements;
  private readonly flushedPuts: Acknowledgements;
  private readonly isSync: boolean;
  private readonly writer = new RecordWriter();

  /** @param endOffset where the log goes on */
  constructor(
    private readonly dependencies: MessagePutterDependencies,
    endOffset: number,
  ) {
    const { options, clock, files } = dependencies;
    this.isSync = options.flushDiskType === 'SYNC_FLUSH';
    this.writtenPuts = new Acknowledgements(clock);
    this.flushedPuts = new Acknowledgements(clock, options.syncFlushTimeout);
    this.log = new CommitLog(files, endOffset, options, clock, this);
  }

  /** Stores all, side by side in one queue, or none. */
  put(messages: readonly MessageToStore[]): Promise<PutResult> {
    const queue = this.queueFor(messages);
    if ('status' in queue) return Promise.resolve(queue);
    const appended = new Array<AppendedMessage>(messages.length);
    // Almost always there is room at hand; else what is found out is how much is needed.
    const atHand = this.log.free() ?? NO_ROOM;
    const refusal = this.write(messages, queue, atHand, appended);
    const size = this.writer.position - atHand.position;
    const isWhole = this.writer.position <= atHand.limit;
    const problem = refusal ?? this.spaceProblem(size);
    if (problem) return Promise.resolve(problem);
    const room = this.log.append(size);
    if (!isWhole) this.write(messages, queue, room, appended);
    for (const message of appended) {
      if (hasQueueEntry(message.sysFlag)) queue.nextOffset++;
      this.dependencies.dispatcher.add(message);
    }
    const waits = this.isSync && waitsForFlush(messages[0]);
    return (waits ? this.flushedPuts : this.writtenPuts).wait(room.physicalOffset + size, {
      status: 'PUT_OK',
      appended,
    });
  }

  async stop(): Promise<void> {
    await this.log.stop();
    this.writtenPuts.stop();
    this.flushedPuts.stop();
  }

  onWritten(offset: number): void {
    if (!this.isSync) this.dispatchUpTo(offset);
    this.writtenPuts.release(offset);
  }

  onFlushed(offset: number): void {
    if (!this.isSync) return;
    this.dispatchUpTo(offset);
    this.flushedPuts.release(offset);
  }

  onRolledBack(offset: number, cause: unknown): void {
    this.dependencies.dispatcher.rollBack(offset);
    this.refuseBehind(
      offset,
      'SERVICE_NOT_AVAILABLE',
      'the disk is full; nothing was stored, try again when there is space',
    );
    this.dependencies.onDiskFull(cause);
  }

  onFailed(cause: unknown): void {
    this.refuseBehind(
      -1,
      'UNKNOWN_ERROR',
      `the disk failed (${String(cause)}); whether the message was stored is unknown`,
    );
    this.dependencies.onFailed(cause);
  }

  private dispatchUpTo(offset: number): void {
    this.dependencies.dispatcher.dispatchUpTo(offset);
    this.dependencies.onDispatched();
  }

  private refuseBehind(offset: number, status: PutStatus, remark: string): void {
    for (const puts of [this.writtenPuts, this.flushedPuts]) puts.refuseBehind(offset, refused(status, remark));
  }

  /** The queue that all are for, or why they are not stored. */
  private queueFor(messages: readonly MessageToStore[]): ConsumeQueue | PutResult {
    if (messages.length === 0) return refused('MESSAGE_ILLEGAL', 'there is no message');
    const { topic, queueId } = messages[0];
    for (let i = 1; i < messages.length; i++) {
      if (messages[i].topic !== topic || messages[i].queueId !== queueId) {
        return refused('MESSAGE_ILLEGAL', 'a batch is of one topic and queue');
      }
    }
    const queue = this.queueOf(topic, queueId);
    return typeof queue === 'string' ? refused('MESSAGE_ILLEGAL', queue) : queue;
  }

  /** Writes as much of their records as there is room for, or says why they are not stored. */
  private write(
    messages: readonly MessageToStore[],
    queue: ConsumeQueue,
    room: Room,
    appended: AppendedMessage[],
  ): PutResult | undefined {
    const { writer } = this;
    const storeHost = this.dependencies.storeHost();
    const storeTimestamp = this.dependencies.clock.now();
    let { nextOffset } = queue;
    writer.begin(room.memory, room.position, room.limit);
    for (let i = 0; i < messages.length; i++) {
      const message = messages[i];
      if (!numbersFit(message)) return numbersProblem(message);
      const start = writer.position;
      const physicalOffset = room.physicalOffset + (start - room.position);
      const queueOffset = hasQueueEntry(message.sysFlag) ? nextOffset++ : 0;
      writer.write(message, storeHost, queueOffset, physicalOffset, storeTimestamp);
      const problem = propertiesProblem(message.properties, writer.propertiesLength);
      if (problem) return problem;
      appended[i] = new AppendedMessage(
        queue,
        queueOffset,
        physicalOffset,
        writer.position - start,
        storeTimestamp,
        this.tagsCodeOf(message, storeTimestamp),
        message.sysFlag,
        message.properties,
        storeHost,
      );
    }
    return undefined;
  }

  /** The queue, or what is wrong with its name. */
  private queueOf(topic: string, queueId: number): ConsumeQueue | string {
    const { queues } = this.dependencies;
    const queue = queues.get(topic, queueId);
    if (queue) return queue;
    if (!isTopicFolder(topic)) {
      return 'the topic is empty, too long or holds characters other than letters, digits, % | _ -';
    }
    if (!isInt32(queueId) || queueId < 0) return `the queue id ${queueId} is not from 0 to 2147483647`;
    return queues.getOrCreate(topic, queueId);
  }

  private spaceProblem(size: number): PutResult | undefined {
    const { options } = this.dependencies;
    if (size > this.log.maxRecordBytes) {
      return refused('MESSAGE_ILLEGAL', `${size} bytes don't fit in a file of ${options.mappedFileSizeCommitLog}`);
    }
    const unwritten = this.log.appendedOffset - (this.isSync ? this.log.flushedOffset : this.log.writtenOffset);
    if (unwritten === 0 || unwritten + size <= options.maxUnwrittenBytes) return undefined;
    return refused('OS_PAGE_CACHE_BUSY', `${unwritten} bytes wait for the disk; send more slowly`);
  }

  private tagsCodeOf({ topic, properties, tagsCode: given }: MessageToStore, storeTimestamp: number): number {
    const deliverTime = deliverTimeOf(topic, properties, storeTimestamp, this.dependencies.delayLevelsMs);
    return deliverTime ?? given ?? tagsCode(properties.get(PropertyName.tags));
  }
}

function propertiesProblem(properties: Properties, length: number): PutResult | undefined {
  if (length < ZERO_SECTOR.length) return undefined;
  if (length > MAX_PROPERTIES_BYTES) {
    const remark = `the properties take ${length} bytes; at most ${MAX_PROPERTIES_BYTES} can be stored`;
    return refused('PROPERTIES_SIZE_EXCEEDED', remark);
  }
  return encodeProperties(properties).includes(ZERO_SECTOR)
    ? refused('MESSAGE_ILLEGAL', 'a property holds 512 zero characters, which look like a lost sector')
    : undefined;
}

function numbersProblem(message: MessageToStore): PutResult {
  const { flag, sysFlag, reconsumeTimes, bornTimestamp, preparedTransactionOffset, bornHost } = message;
  const fields = { flag, sysFlag, reconsumeTimes, bornTimestamp, preparedTransactionOffset, port: bornHost.port };
  return refused('MESSAGE_ILLEGAL', `a number does not fit its field: ${JSON.stringify(fields)}`);
}

export function refused(status: PutStatus, remark: string): PutResult {
  return { status, remark, appended: [] };
}

function waitsForFlush({ waitsForFlush, properties }: MessageToStore): boolean {
  return waitsForFlush === true || properties.get(PropertyName.waitStoreOk) !== 'false';
}
