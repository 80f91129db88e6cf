import { decodeProperties } from '../message/properties-codec.js';
import type { CommitLog } from './commit-log.js';
import {
  CONSUME_QUEUE_ENTRY_BYTES as ENTRY_BYTES,
  isBlank,
  readEntry,
  type ConsumeQueueEntry,
} from './consume-queue-format.js';
import type { ConsumeQueue } from './consume-queue.js';
import type { GetQuery, GetResult, GetStatus, MessageFilter } from './message-store.js';
import type { QueuePlace, RecordReader, RecordTest, StoredRecord } from './record-reader.js';
import type { StoreOptions } from './store-options.js';

/** Entries looked at by one get(), so that a filter that matches nothing doesn't keep it busy. */
const SCANNED_ENTRIES = 800;
/** Entries read at once. */
const PORTION = 64;

type GetLimits = Pick<
  StoreOptions,
  | 'maxTransferBytesOnMessageInMemory'
  | 'maxTransferCountOnMessageInMemory'
  | 'maxTransferBytesOnMessageInDisk'
  | 'maxTransferCountOnMessageInDisk'
  | 'inMemoryBytes'
>;

/** Reads messages by their place in a queue. Source: Apache 5.3 DefaultMessageStore#getMessage. */
export class MessageGetter {
  constructor(
    private readonly log: CommitLog,
    private readonly records: RecordReader,
    private readonly limits: GetLimits,
  ) {}

  async get(queue: ConsumeQueue | undefined, query: GetQuery): Promise<GetResult> {
    if (!queue) return nothing('NO_MATCHED_LOGIC_QUEUE', 0, 0, 0);
    const { minOffset, maxOffset } = queue;
    const { queueOffset } = query;
    const answer = (status: GetStatus, next: number): GetResult => nothing(status, next, minOffset, maxOffset);
    if (maxOffset === 0) return answer('NO_MESSAGE_IN_QUEUE', 0);
    if (queueOffset < minOffset) return answer('OFFSET_TOO_SMALL', minOffset);
    if (queueOffset === maxOffset) return answer('OFFSET_OVERFLOW_ONE', queueOffset);
    if (queueOffset > maxOffset) return answer('OFFSET_OVERFLOW_BADLY', maxOffset);
    return this.collect(queue, query, minOffset, maxOffset);
  }

  private async collect(
    queue: ConsumeQueue,
    query: GetQuery,
    minOffset: number,
    maxOffset: number,
  ): Promise<GetResult> {
    const records: Buffer[] = [];
    const isWanted = testOf(query.filter);
    const end = Math.min(maxOffset, query.queueOffset + Math.max(SCANNED_ENTRIES, query.maxCount));
    let status: GetStatus = 'NO_MATCHED_MESSAGE';
    let next = query.queueOffset;
    let bytes = 0;
    let isFull = false;
    while (next < end && !isFull) {
      const portion = await queue.someEntries(next, Math.min(PORTION, end - next));
      if (portion.length === 0) {
        if (records.length === 0) status = 'OFFSET_FOUND_NULL';
        next = records.length > 0 ? next : queue.nextFileOffset(next);
        break;
      }
      for (let position = 0; position < portion.length; position += ENTRY_BYTES, next++) {
        const entry = readEntry(portion, position);
        isFull = this.isFull(query, records.length, bytes, entry.size, entry.physicalOffset);
        if (isFull) break;
        if (isBlank(entry) || entry.physicalOffset < this.log.minOffset) {
          if (records.length === 0) status = 'MESSAGE_WAS_REMOVING';
          continue;
        }
        if (query.filter && !query.filter.matchesTagsCode(entry.tagsCode)) continue;
        const place = { topic: query.topic, queueId: query.queueId, queueOffset: next };
        let record = this.readNow(entry, place, isWanted);
        if (record === 'elsewhere') {
          const read = await this.records.read(entry.physicalOffset, entry.size, place, isWanted);
          record = typeof read === 'string' ? read : read.bytes;
        }
        if (record === 'gone' && records.length === 0) status = 'MESSAGE_WAS_REMOVING';
        if (typeof record === 'string') continue;
        records.push(record);
        bytes += record.length;
        status = 'FOUND';
      }
    }
    return { status, nextBeginOffset: next, minOffset, maxOffset, records };
  }

  private readNow(
    { physicalOffset, size }: ConsumeQueueEntry,
    place: QueuePlace,
    isWanted: RecordTest | undefined,
  ): Buffer | 'gone' | 'other' | 'elsewhere' {
    const recent = isWanted === undefined ? this.records.recent(physicalOffset, size) : undefined;
    if (recent) return recent;
    const record = this.records.readNow(physicalOffset, size, place, isWanted);
    return typeof record === 'string' ? record : record.bytes;
  }

  /** Source: Apache 5.3 DefaultMessageStore#isTheBatchFull. */
  private isFull(query: GetQuery, count: number, bytes: number, size: number, physicalOffset: number): boolean {
    if (count === 0) return false;
    const isNear = this.log.writtenOffset - physicalOffset <= this.limits.inMemoryBytes;
    const maxCount = isNear
      ? this.limits.maxTransferCountOnMessageInMemory
      : this.limits.maxTransferCountOnMessageInDisk;
    const maxBytes = isNear
      ? this.limits.maxTransferBytesOnMessageInMemory
      : this.limits.maxTransferBytesOnMessageInDisk;
    return count >= Math.min(query.maxCount, maxCount) || bytes + size > (query.maxBytes ?? maxBytes);
  }
}

function testOf(filter: MessageFilter | undefined): RecordTest | undefined {
  if (filter?.matchesProperties === undefined) return undefined;
  return (record) => filter.matchesProperties?.(propertiesOf(record)) === true;
}

function propertiesOf({ bytes, layout }: StoredRecord): ReturnType<typeof decodeProperties> {
  return decodeProperties(bytes.toString('utf8', layout.propertiesAt, layout.propertiesAt + layout.propertiesLength));
}

function nothing(status: GetStatus, nextBeginOffset: number, minOffset: number, maxOffset: number): GetResult {
  return { status, nextBeginOffset, minOffset, maxOffset, records: [] };
}
