import type { StoreFigures } from '../../lib/engine/store/store-figures.js';
import { type HostAddress } from '../../lib/engine/message/host-address.js';
import { decodeRecord, MAX_PROPERTIES_BYTES, stampRecord } from '../../lib/engine/message/message-codec.js';
import { encodeRecord } from '../../lib/engine/message/record-writer.js';
import { encodeOffsetMessageId } from '../../lib/engine/message/message-id.js';
import { splitKeys, type MessageRecord } from '../../lib/engine/message/message.js';
import { encodeProperties } from '../../lib/engine/message/properties-codec.js';
import { PropertyName } from '../../lib/engine/message/property-names.js';
import { tagsCode } from '../../lib/engine/message/tags.js';
import type { Clock } from '../../lib/engine/ports/clock.js';
import type {
  AppendedRecord,
  Arrival,
  GetQuery,
  GetResult,
  GetStatus,
  MessageStore,
  MessageToStore,
  PutResult,
  PutStatus,
  QueryResult,
} from '../../lib/engine/store/message-store.js';

interface Stored {
  bytes: Buffer;
  record: MessageRecord;
  tagsCode: number;
}

/** What outlives a broker: the records, in real bytes. */
export class MemoryLog {
  readonly records: Stored[] = [];
  readonly byPhysicalOffset = new Map<number, Stored>();
  readonly queues = new Map<string, Stored[]>();
  /** Next queue offset by queue; ahead of `queues` while records are not visible yet. */
  readonly nextOffsets = new Map<string, number>();
  end = 0;
}

/**
 * A MessageStore in memory that keeps real records and answers as the real one does. A put becomes
 * visible, and is answered, a moment later. Several may follow each other on one MemoryLog, each as
 * the store of one run of a broker.
 */
export class MemoryMessageStore implements MessageStore {
  isWriteable = true;
  /** Answers the next puts of the topic instead of storing them. */
  failure?: (message: MessageToStore) => PutStatus | undefined;
  private readonly listeners: ((arrival: Arrival) => void)[] = [];
  private isKilled = false;

  constructor(
    private readonly clock: Clock,
    readonly log = new MemoryLog(),
    private readonly storeHost: HostAddress = { host: '127.0.0.1', port: 10911 },
  ) {}

  async start(): Promise<void> {}

  async stop(): Promise<void> {
    this.isWriteable = false;
  }

  /** From now on nothing is stored or answered: the process is gone. */
  kill(): void {
    this.isKilled = true;
  }

  put(message: MessageToStore): Promise<PutResult> {
    return this.putBatch([message]);
  }

  async putBatch(messages: readonly MessageToStore[]): Promise<PutResult> {
    if (this.isKilled) return new Promise(() => undefined);
    const status = this.failure?.(messages[0]);
    if (status !== undefined) return { status, appended: [] };
    if (messages.some(({ properties }) => Buffer.byteLength(encodeProperties(properties)) > MAX_PROPERTIES_BYTES)) {
      return { status: 'PROPERTIES_SIZE_EXCEEDED', appended: [] };
    }
    const stored = messages.map((message) => this.append(message));
    await Promise.resolve();
    if (this.isKilled) return new Promise(() => undefined); // stored, but nobody hears of it
    for (const one of stored) this.show(one);
    return { status: 'PUT_OK', appended: stored.map((one) => this.appendedRecord(one)) };
  }

  async get(query: GetQuery): Promise<GetResult> {
    const { topic, queueId, queueOffset, maxCount, filter } = query;
    const queue = this.log.queues.get(queueKey(topic, queueId)) ?? [];
    const minOffset = this.minQueueOffset(topic, queueId);
    const maxOffset = queue.length;
    const result = (status: GetStatus, nextBeginOffset: number, records: Buffer[] = []): GetResult => ({
      status,
      nextBeginOffset,
      minOffset,
      maxOffset,
      records,
    });
    if (maxOffset === 0) return result('NO_MESSAGE_IN_QUEUE', 0);
    if (queueOffset < minOffset) return result('OFFSET_TOO_SMALL', minOffset);
    if (queueOffset === maxOffset) return result('OFFSET_OVERFLOW_ONE', queueOffset);
    if (queueOffset > maxOffset) return result('OFFSET_OVERFLOW_BADLY', maxOffset);
    const records: Buffer[] = [];
    let next = queueOffset;
    let bytes = 0;
    while (next < maxOffset && records.length < maxCount && next - queueOffset < 800) {
      const { bytes: record, tagsCode: code, record: decoded } = queue[next];
      const isMatching =
        filter === undefined ||
        (filter.matchesTagsCode(code) && (filter.matchesProperties?.(decoded.properties) ?? true));
      if (isMatching) {
        if (records.length > 0 && bytes + record.length > (query.maxBytes ?? 256 * 1024)) break;
        records.push(record);
        bytes += record.length;
      }
      next++;
    }
    return result(records.length > 0 ? 'FOUND' : 'NO_MATCHED_MESSAGE', next, records);
  }

  async getByPhysicalOffset(physicalOffset: number): Promise<Buffer | undefined> {
    return this.log.byPhysicalOffset.get(physicalOffset)?.bytes;
  }

  async query(topic: string, key: string, maxCount: number, begin: number, end: number): Promise<QueryResult> {
    const records = this.log.records.filter(({ record }) => {
      if (record.topic !== topic || record.storeTimestamp < begin || record.storeTimestamp > end) return false;
      const { properties } = record;
      return properties.get(PropertyName.uniqKey) === key || splitKeys(properties.get(PropertyName.keys)).includes(key);
    });
    const newestFirst = records.map(({ bytes }) => bytes).reverse();
    const last = this.log.records.at(-1)?.record;
    return {
      records: newestFirst.slice(0, maxCount),
      indexLastUpdateTimestamp: last?.storeTimestamp ?? 0,
      indexLastUpdatePhysicalOffset: last?.physicalOffset ?? 0,
    };
  }

  maxQueueOffset(topic: string, queueId: number): number {
    return this.log.queues.get(queueKey(topic, queueId))?.length ?? 0;
  }

  minQueueOffset(_topic: string, _queueId: number): number {
    return 0;
  }

  async offsetByTimestamp(
    topic: string,
    queueId: number,
    timestamp: number,
    boundary: 'lower' | 'upper' = 'lower',
  ): Promise<number> {
    const times = (this.log.queues.get(queueKey(topic, queueId)) ?? []).map(({ record }) => record.storeTimestamp);
    if (boundary === 'upper') return Math.max(0, times.filter((time) => time <= timestamp).length - 1);
    const first = times.findIndex((time) => time >= timestamp);
    return first < 0 ? times.length : first;
  }

  async earliestStoreTimestamp(topic: string, queueId: number): Promise<number> {
    return this.storeTimestampAt(topic, queueId, 0);
  }

  async storeTimestampAt(topic: string, queueId: number, queueOffset: number): Promise<number> {
    return this.log.queues.get(queueKey(topic, queueId))?.[queueOffset]?.record.storeTimestamp ?? -1;
  }

  minPhysicalOffset(): number {
    return 0;
  }

  maxPhysicalOffset(): number {
    return this.log.end;
  }

  flushedPhysicalOffset(): number {
    return this.log.end;
  }

  async deleteTopic(topic: string): Promise<void> {
    for (const key of [...this.log.queues.keys()]) {
      if (!key.startsWith(`${topic}@`)) continue;
      this.log.queues.delete(key);
      this.log.nextOffsets.delete(key);
    }
  }

  /** It has no files. */
  async removeExpiredFiles(): Promise<void> {}

  onArrival(listener: (arrival: Arrival) => void): void {
    this.listeners.push(listener);
  }

  /** All visible records of a queue, decoded. */
  recordsOf(topic: string, queueId = 0): MessageRecord[] {
    return (this.log.queues.get(queueKey(topic, queueId)) ?? []).map(({ bytes }) => decodeRecord(bytes));
  }

  figures(): StoreFigures {
    return {
      isWriteable: this.isWriteable,
      minPhysicalOffset: this.minPhysicalOffset(),
      maxPhysicalOffset: this.maxPhysicalOffset(),
      flushedPhysicalOffset: this.flushedPhysicalOffset(),
      unflushedMs: 0,
      flushes: [],
      readCache: { bytes: 0, maxBytes: 0, hits: 0, misses: 0 },
    };
  }

  private append(message: MessageToStore): Stored {
    const key = queueKey(message.topic, message.queueId);
    const bytes = encodeRecord({ ...message, storeHost: this.storeHost });
    const queueOffset = this.log.nextOffsets.get(key) ?? 0;
    stampRecord(bytes, { queueOffset, physicalOffset: this.log.end, storeTimestamp: this.clock.now() });
    const stored = {
      bytes,
      record: decodeRecord(bytes),
      tagsCode: message.tagsCode ?? tagsCode(message.properties.get(PropertyName.tags)),
    };
    this.log.nextOffsets.set(key, queueOffset + 1);
    this.log.byPhysicalOffset.set(this.log.end, stored);
    this.log.records.push(stored);
    this.log.end += bytes.length;
    return stored;
  }

  private show({ bytes, record, tagsCode: code }: Stored): void {
    const { topic, queueId, queueOffset, physicalOffset, storeTimestamp, properties } = record;
    const key = queueKey(topic, queueId);
    const queue = this.log.queues.get(key) ?? [];
    queue.push({ bytes, record, tagsCode: code });
    this.log.queues.set(key, queue);
    const arrival = { topic, queueId, queueOffset, physicalOffset, storeTimestamp, properties };
    for (const listener of this.listeners) listener({ ...arrival, size: bytes.length, tagsCode: code });
  }

  private appendedRecord({ bytes, record }: Stored): AppendedRecord {
    const { queueOffset, physicalOffset, storeTimestamp } = record;
    const offsetMessageId = encodeOffsetMessageId(this.storeHost, physicalOffset);
    return { queueOffset, physicalOffset, size: bytes.length, storeTimestamp, offsetMessageId };
  }
}

function queueKey(topic: string, queueId: number): string {
  return `${topic}@${queueId}`;
}
