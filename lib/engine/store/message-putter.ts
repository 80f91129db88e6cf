import type { HostAddress } from '../message/host-address.js';
import { encodeRecord, MAX_PROPERTIES_BYTES, stampRecord } from '../message/message-codec.js';
import { encodeOffsetMessageId } from '../message/message-id.js';
import { encodeProperties } from '../message/properties-codec.js';
import { PropertyName } from '../message/property-names.js';
import { tagsCode } from '../message/tags.js';
import type { Clock } from '../ports/clock.js';
import { Acknowledgements } from './acknowledgements.js';
import { CommitLog, type CommitLogEvents } from './commit-log.js';
import type { ConsumeQueueTable } from './consume-queue-table.js';
import type { ConsumeQueue } from './consume-queue.js';
import { deliverTimeOf, hasQueueEntry } from './dispatch-request.js';
import type { Dispatcher } from './dispatcher.js';
import type { LogFileQueue } from './log-file-queue.js';
import type { AppendedRecord, MessageToStore, PutResult, PutStatus } from './message-store.js';
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

/** See record-check.ts: properties that held it would look torn. */
const ZERO_SECTOR = '\0'.repeat(512);

interface EncodedMessages {
  records: Buffer[];
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
    const encoded = this.encode(messages);
    if ('status' in encoded) return Promise.resolve(encoded);
    const { topic, queueId, properties } = messages[0];
    const queue = this.dependencies.queues.getOrCreate(topic, queueId);
    const { physicalOffset, bytes } = this.log.append(encoded.size);
    const storeTimestamp = this.dependencies.clock.now();
    const { storeHost } = encoded;
    const appended: AppendedRecord[] = [];
    let position = 0;
    messages.forEach((message, index) => {
      const record = encoded.records[index];
      const at = { queueOffset: 0, physicalOffset: physicalOffset + position, storeTimestamp };
      if (hasQueueEntry(message.sysFlag)) at.queueOffset = queue.nextOffset++;
      stampRecord(record, at);
      bytes.set(record, position);
      position += record.length;
      this.note(queue, message, at, record.length);
      const offsetMessageId = encodeOffsetMessageId(storeHost, at.physicalOffset);
      appended.push({ ...at, size: record.length, offsetMessageId });
    });
    const waits = this.isSync && properties.get(PropertyName.waitStoreOk) !== 'false';
    const result: PutResult = { status: 'PUT_OK', appended };
    return (waits ? this.flushedPuts : this.writtenPuts).wait(physicalOffset + encoded.size, result);
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

  /** The records, or why they are not stored. */
  private encode(messages: readonly MessageToStore[]): EncodedMessages | PutResult {
    const { options } = this.dependencies;
    const storeHost = this.dependencies.storeHost();
    const records: Buffer[] = [];
    let size = 0;
    for (const message of messages) {
      const { topic, queueId } = message;
      if (topic !== messages[0].topic || queueId !== messages[0].queueId) {
        return refused('MESSAGE_ILLEGAL', 'a batch is of one topic and queue');
      }
      const properties = encodeProperties(message.properties);
      const propertiesBytes = Buffer.byteLength(properties);
      if (propertiesBytes > MAX_PROPERTIES_BYTES) {
        const remark = `the properties take ${propertiesBytes} bytes; at most ${MAX_PROPERTIES_BYTES} can be stored`;
        return refused('PROPERTIES_SIZE_EXCEEDED', remark);
      }
      if (properties.includes(ZERO_SECTOR)) {
        return refused('MESSAGE_ILLEGAL', 'a property holds 512 zero characters, which look like a lost sector');
      }
      const record = encodeRecord({ ...message, properties, storeHost });
      records.push(record);
      size += record.length;
    }
    if (size === 0) return refused('MESSAGE_ILLEGAL', 'there is no message');
    if (!isTopicFolder(messages[0].topic)) {
      return refused(
        'MESSAGE_ILLEGAL',
        'the topic is empty, too long or holds characters other than letters, digits, % | _ -',
      );
    }
    if (!Number.isInteger(messages[0].queueId) || messages[0].queueId < 0) {
      return refused('MESSAGE_ILLEGAL', `the queue id ${messages[0].queueId} is negative`);
    }
    if (size > this.log.maxRecordBytes) {
      return refused('MESSAGE_ILLEGAL', `${size} bytes don't fit in a file of ${options.mappedFileSizeCommitLog}`);
    }
    const unwritten = this.log.appendedOffset - (this.isSync ? this.log.flushedOffset : this.log.writtenOffset);
    if (unwritten > 0 && unwritten + size > options.maxUnwrittenBytes) {
      return refused('OS_PAGE_CACHE_BUSY', `${unwritten} bytes wait for the disk; send more slowly`);
    }
    return { records, size, storeHost };
  }

  private note(
    queue: ConsumeQueue,
    message: MessageToStore,
    at: { queueOffset: number; physicalOffset: number; storeTimestamp: number },
    size: number,
  ): void {
    const { topic, queueId, properties, sysFlag } = message;
    const code =
      deliverTimeOf(topic, properties, at.storeTimestamp, this.dependencies.delayLevelsMs) ??
      message.tagsCode ??
      tagsCode(properties.get(PropertyName.tags));
    this.dependencies.dispatcher.add(queue, { topic, queueId, ...at, size, tagsCode: code, properties, sysFlag });
  }
}

export function refused(status: PutStatus, remark: string): PutResult {
  return { status, remark, appended: [] };
}
