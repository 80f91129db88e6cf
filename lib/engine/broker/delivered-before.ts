import { getOrCreate } from '../common/get-or-create.js';
import { decodeRecord } from '../message/message-codec.js';
import type { MessageRecord } from '../message/message.js';
import { PropertyName } from '../message/property-names.js';
import type { MessageStore } from '../store/message-store.js';
import { realQueueOf } from './half-message.js';

const PAGE = 256;

/**
 * Finds out, after a start, which parked messages an earlier run has delivered already: how far it
 * came is stored every few seconds only, but each delivery is in the log, with the parked message's
 * properties. So a kill neither loses nor repeats any.
 */
export class DeliveredBefore {
  /** By real queue and level: how often each message was delivered since the first one asked for was due. */
  private readonly deliveries = new Map<string, Promise<Map<string, number>>>();
  private readonly startedAt: number;
  private readonly logEnd: number;

  /** @param now the start of this run */
  constructor(
    private readonly store: MessageStore,
    now: number,
  ) {
    this.startedAt = now;
    this.logEnd = store.maxPhysicalOffset();
  }

  /**
   * Each delivery answers for one parked message.
   * @param parked as it lies in its level's queue; the queue is to be gone through in order
   * @param dueAt when it was to be delivered, not before
   */
  async take(parked: MessageRecord, dueAt: number): Promise<boolean> {
    const real = realQueueOf(parked);
    if (real === undefined || parked.physicalOffset >= this.logEnd || dueAt > this.startedAt) return false;
    const key = `${real.topic}@${real.queueId}@${parked.queueId}`;
    const delivered = await getOrCreate(this.deliveries, key, () => this.read(real.topic, real.queueId, dueAt));
    const identity = identityOf(parked);
    const count = delivered.get(identity) ?? 0;
    if (count > 0) delivered.set(identity, count - 1);
    return count > 0;
  }

  private async read(topic: string, queueId: number, since: number): Promise<Map<string, number>> {
    const delivered = new Map<string, number>();
    const end = this.store.maxQueueOffset(topic, queueId);
    let queueOffset = await this.store.offsetByTimestamp(topic, queueId, since);
    while (queueOffset < end) {
      const { records, nextBeginOffset } = await this.store.get({ topic, queueId, queueOffset, maxCount: PAGE });
      for (const bytes of records) {
        const record = decodeRecord(bytes);
        if (record.physicalOffset >= this.logEnd) return delivered;
        if (!record.properties.has(PropertyName.realTopic)) continue; // it never was parked
        const identity = identityOf(record);
        delivered.set(identity, (delivered.get(identity) ?? 0) + 1);
      }
      if (nextBeginOffset <= queueOffset) break;
      queueOffset = nextBeginOffset;
    }
    return delivered;
  }
}

/** The same for a parked message and its delivery, another for each of a message's retries. */
function identityOf({ properties, reconsumeTimes, bornTimestamp, bodyCrc }: MessageRecord): string {
  const uniqKey = properties.get(PropertyName.uniqKey) ?? '';
  const level = properties.get(PropertyName.delayLevel) ?? '';
  return `${uniqKey} ${level} ${reconsumeTimes} ${bornTimestamp} ${bodyCrc}`;
}
