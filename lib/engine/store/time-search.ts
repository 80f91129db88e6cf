import { readInt64 } from '../common/byte-reader.js';
import { isBlank } from './consume-queue-format.js';
import type { ConsumeQueue } from './consume-queue.js';
import type { RecordReader } from './record-reader.js';

/** Finds places in a queue by the store timestamps of its messages. */
export class TimeSearch {
  constructor(private readonly records: RecordReader) {}

  /** Store timestamp of the message at `queueOffset`; -1 when it is not there. */
  async storeTimestampAt(queue: ConsumeQueue, queueOffset: number): Promise<number> {
    if (queueOffset < queue.minOffset || queueOffset >= queue.maxOffset) return -1;
    const entry = await queue.entryAt(queueOffset);
    if (!entry || isBlank(entry)) return -1;
    const record = await this.records.read(entry.physicalOffset, entry.size);
    return typeof record === 'string' ? -1 : readInt64(record.bytes, record.layout.storeTimestampAt);
  }

  /**
   * `lower`: the first message stored at or after `timestamp`; behind the last when there is none.
   * `upper`: the last one stored at or before it; 0 when there is none.
   * Source: Apache 5.3 ConsumeQueue#binarySearchInQueueByTime.
   */
  async offsetByTimestamp(queue: ConsumeQueue, timestamp: number, boundary: 'lower' | 'upper'): Promise<number> {
    const { minOffset, maxOffset } = queue;
    if (minOffset === maxOffset) return 0;
    const firstBehind = await this.firstWhere(queue, (stored) =>
      boundary === 'lower' ? stored >= timestamp : stored > timestamp,
    );
    if (boundary === 'lower') return firstBehind;
    return firstBehind > minOffset ? firstBehind - 1 : 0;
  }

  private async firstWhere(queue: ConsumeQueue, matches: (storeTimestamp: number) => boolean): Promise<number> {
    let low = queue.minOffset;
    let high = queue.maxOffset;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const stored = await this.storeTimestampAt(queue, middle);
      if (stored >= 0 && matches(stored)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
