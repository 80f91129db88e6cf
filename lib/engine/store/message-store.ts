import type { MessageToEncode } from '../message/message-codec.js';
import type { Properties } from '../message/properties-codec.js';
import type { StoreFigures } from './store-figures.js';

/** A message on its way into the log. The store adds queue offset, physical offset and store timestamp. */
export interface MessageToStore extends MessageToEncode {
  /** Code kept in the consume queue; default: tagsCode(TAGS). SCHEDULE_TOPIC_XXXX keeps the deliver time there. */
  tagsCode?: number;
  /** Under SYNC_FLUSH the put waits for the flush even if the property WAIT says otherwise. */
  waitsForFlush?: true;
}

/** Source: Apache 5.3 PutMessageStatus. The first four mean: stored. */
export type PutStatus =
  | 'PUT_OK'
  | 'FLUSH_DISK_TIMEOUT'
  | 'FLUSH_SLAVE_TIMEOUT'
  | 'SLAVE_NOT_AVAILABLE'
  | 'SERVICE_NOT_AVAILABLE'
  | 'MESSAGE_ILLEGAL'
  | 'PROPERTIES_SIZE_EXCEEDED'
  | 'OS_PAGE_CACHE_BUSY'
  | 'UNKNOWN_ERROR';

export interface PutResult {
  status: PutStatus;
  /** Why it was not stored, for the answer's remark. */
  remark?: string;
  /** One entry per stored message, in order; empty when nothing was stored. */
  appended: readonly AppendedRecord[];
}

export interface AppendedRecord {
  queueOffset: number;
  physicalOffset: number;
  size: number;
  storeTimestamp: number;
  /** Offset message id. */
  offsetMessageId: string;
}

/** Source: Apache 5.3 GetMessageStatus. */
export type GetStatus =
  | 'FOUND'
  | 'NO_MATCHED_MESSAGE'
  | 'MESSAGE_WAS_REMOVING'
  | 'OFFSET_FOUND_NULL'
  | 'OFFSET_OVERFLOW_BADLY'
  | 'OFFSET_OVERFLOW_ONE'
  | 'OFFSET_TOO_SMALL'
  | 'NO_MATCHED_LOGIC_QUEUE'
  | 'NO_MESSAGE_IN_QUEUE';

export interface MessageFilter {
  /** Cheap test on the consume queue's entry. */
  matchesTagsCode(tagsCode: number): boolean;
  /** Test on the record's properties, called only when present and the first one passed. */
  matchesProperties?(properties: Properties): boolean;
}

export interface GetQuery {
  topic: string;
  queueId: number;
  queueOffset: number;
  maxCount: number;
  /** Bytes of records; at least one message is returned all the same. Default: as Apache (256 KiB hot, 64 KiB cold). */
  maxBytes?: number;
  filter?: MessageFilter;
}

export interface GetResult {
  status: GetStatus;
  nextBeginOffset: number;
  minOffset: number;
  maxOffset: number;
  /** The stored records, each whole, in order. */
  records: readonly Buffer[];
}

/** A record that has become visible in its consume queue. */
export interface Arrival {
  topic: string;
  queueId: number;
  queueOffset: number;
  physicalOffset: number;
  size: number;
  tagsCode: number;
  storeTimestamp: number;
  properties: Properties;
}

export interface QueryResult {
  records: readonly Buffer[];
  indexLastUpdateTimestamp: number;
  indexLastUpdatePhysicalOffset: number;
}

/**
 * The room's door: commit log, consume queues and index behind one face.
 * Every promise of put() settles as the configuration promises: with ASYNC_FLUSH after the bytes
 * are with the operating system, with SYNC_FLUSH after they are on the disk. Nothing is visible
 * to get() or reported by onArrival() before that.
 */
export interface MessageStore {
  start(): Promise<void>;
  stop(): Promise<void>;

  put(message: MessageToStore): Promise<PutResult>;
  /** All of one topic and queue; stored side by side, or not at all. */
  putBatch(messages: readonly MessageToStore[]): Promise<PutResult>;

  get(query: GetQuery): Promise<GetResult>;
  /** The record that starts at `physicalOffset`; undefined when there is none. */
  getByPhysicalOffset(physicalOffset: number): Promise<Buffer | undefined>;
  /** By KEYS or UNIQ_KEY: the newest `maxCount`, in the order of the log. Times are store timestamps, inclusive. */
  query(
    topic: string,
    key: string,
    maxCount: number,
    beginTimestamp: number,
    endTimestamp: number,
  ): Promise<QueryResult>;

  /** Offset behind the last visible message; 0 for a queue without messages. */
  maxQueueOffset(topic: string, queueId: number): number;
  minQueueOffset(topic: string, queueId: number): number;
  offsetByTimestamp(topic: string, queueId: number, timestamp: number, boundary?: 'lower' | 'upper'): Promise<number>;
  /** Store timestamp of a queue's first message; -1 when there is none. */
  earliestStoreTimestamp(topic: string, queueId: number): Promise<number>;
  storeTimestampAt(topic: string, queueId: number, queueOffset: number): Promise<number>;

  /** Physical offsets of the log's first and next byte. */
  minPhysicalOffset(): number;
  maxPhysicalOffset(): number;
  flushedPhysicalOffset(): number;

  /** Forgets the queues of a deleted topic. */
  deleteTopic(topic: string): Promise<void>;
  /** Removes the files that have been kept long enough now, without waiting for the hour of deleteWhen. */
  removeExpiredFiles(): Promise<void>;
  /** Called for each record, in the order of the log, when get() can see it. */
  onArrival(listener: (arrival: Arrival) => void): void;
  /** False while writes are refused (disk full, failed, stopping). */
  readonly isWriteable: boolean;
  /** For reports; while the store runs. */
  figures(): StoreFigures;
}
