import type { HostAddress } from '../message/host-address.js';
import { MAX_PROPERTIES_BYTES, measureRecord, writeRecord, type MeasuredRecord } from '../message/message-codec.js';
import { encodeProperties } from '../message/properties-codec.js';
import { PropertyName } from '../message/property-names.js';
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

interface MeasuredMessages {
  queue: ConsumeQueue;
  records: MeasuredRecord[];
  size: number;
  storeHost: HostAddress;
}

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
    const measured = this.measure(messages);
    if ('status' in measured) return Promise.resolve(measured);
    const { queue, records, size, storeHost } = measured;
    const { physicalOffset, bytes, position } = this.log.append(size);
    const storeTimestamp = this.dependencies.clock.now();
    const appended = new Array<AppendedMessage>(records.length);
    let at = 0;
    for (let i = 0; i < records.length; i++) {
      const message = messages[i];
      const { totalSize } = records[i];
      const stored = new AppendedMessage(
        queue,
        hasQueueEntry(message.sysFlag) ? queue.nextOffset++ : 0,
        physicalOffset + at,
        totalSize,
        storeTimestamp,
        this.tagsCodeOf(message, storeTimestamp),
        message.sysFlag,
        message.properties,
        storeHost,
      );
      writeRecord(bytes, position + at, records[i], stored);
      at += totalSize;
      this.dependencies.dispatcher.add(stored);
      appended[i] = stored;
    }
    const waits = this.isSync && waitsForFlush(messages[0]);
    const result: PutResult = { status: 'PUT_OK', appended };
    return (waits ? this.flushedPuts : this.writtenPuts).wait(physicalOffset + size, result);
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

  /** The records' sizes, or why they are not stored. */
  private measure(messages: readonly MessageToStore[]): MeasuredMessages | PutResult {
    if (messages.length === 0) return refused('MESSAGE_ILLEGAL', 'there is no message');
    const { topic, queueId } = messages[0];
    const queue = this.queueOf(topic, queueId);
    if (typeof queue === 'string') return refused('MESSAGE_ILLEGAL', queue);
    const storeHost = this.dependencies.storeHost();
    const records = new Array<MeasuredRecord>(messages.length);
    let size = 0;
    for (let i = 0; i < messages.length; i++) {
      const message = messages[i];
      if (message.topic !== topic || message.queueId !== queueId) {
        return refused('MESSAGE_ILLEGAL', 'a batch is of one topic and queue');
      }
      const record = measureRecord(message, storeHost);
      const problem = propertiesProblem(record) ?? numbersProblem(message);
      if (problem) return problem;
      records[i] = record;
      size += record.totalSize;
    }
    return this.spaceProblem(size) ?? { queue, records, size, storeHost };
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

function propertiesProblem({ message, propertiesLength }: MeasuredRecord): PutResult | undefined {
  if (propertiesLength < ZERO_SECTOR.length) return undefined;
  if (propertiesLength > MAX_PROPERTIES_BYTES) {
    const remark = `the properties take ${propertiesLength} bytes; at most ${MAX_PROPERTIES_BYTES} can be stored`;
    return refused('PROPERTIES_SIZE_EXCEEDED', remark);
  }
  return encodeProperties(message.properties).includes(ZERO_SECTOR)
    ? refused('MESSAGE_ILLEGAL', 'a property holds 512 zero characters, which look like a lost sector')
    : undefined;
}

/** What a record could not hold has to be refused before it has its place. */
function numbersProblem(message: MessageToStore): PutResult | undefined {
  const { flag, sysFlag, reconsumeTimes, bornTimestamp, preparedTransactionOffset, bornHost } = message;
  const areInt32 = isInt32(flag) && isInt32(sysFlag) && isInt32(reconsumeTimes) && isInt32(bornHost.port);
  const areInt64 = Number.isSafeInteger(bornTimestamp) && Number.isSafeInteger(preparedTransactionOffset);
  if (areInt32 && areInt64) return undefined;
  const fields = { flag, sysFlag, reconsumeTimes, bornTimestamp, preparedTransactionOffset, port: bornHost.port };
  return refused('MESSAGE_ILLEGAL', `a number does not fit its field: ${JSON.stringify(fields)}`);
}

function isInt32(value: number): boolean {
  return (value | 0) === value;
}

export function refused(status: PutStatus, remark: string): PutResult {
  return { status, remark, appended: [] };
}

function waitsForFlush({ waitsForFlush, properties }: MessageToStore): boolean {
  return waitsForFlush === true || properties.get(PropertyName.waitStoreOk) !== 'false';
}
