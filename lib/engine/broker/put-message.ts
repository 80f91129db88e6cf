import { delayLevelOf } from '../message/message.js';
import { isRetryTopic, MAX_RETRY_TOPIC_LENGTH, MAX_TOPIC_LENGTH } from '../message/topic-names.js';
import type { Clock } from '../ports/clock.js';
import type { MessageStore, MessageToStore, PutResult, PutStatus } from '../store/message-store.js';
import type { BrokerOptions } from './broker-options.js';
import { parseDelayLevels } from './delay-levels.js';
import { mayBeDelayed, parkDelayed } from './schedule-transform.js';
import { parkTimer, withoutTimer, type TimerOptions } from './timer-transform.js';

export type PutMessageOptions = TimerOptions &
  Pick<BrokerOptions, 'messageDelayLevel' | 'maxMessageSize' | 'maxPutBytesInFlight' | 'maxPendingTimerMessages'>;

/**
 * The one door to the store: checks a message, parks it when it is to be delivered later, and
 * bounds what is taken but not yet stored.
 * Source: Apache 5.3 HookUtils.
 */
export class PutMessage {
  private readonly delays: readonly number[];
  private bytesInFlight = 0;

  constructor(
    private readonly store: MessageStore,
    private readonly clock: Clock,
    private readonly options: PutMessageOptions,
    /** Messages that wait for a time of their own. */
    private readonly waitingTimers: { readonly size: number },
  ) {
    this.delays = parseDelayLevels(options.messageDelayLevel);
  }

  /** Stores a message, or parks it if its properties ask for a delay. */
  put(message: MessageToStore): Promise<PutResult> {
    const parked = this.park(message);
    return 'status' in parked ? Promise.resolve(parked) : this.putNow(parked);
  }

  /** @returns what is to be stored instead of a message that asks for a delay; a result when it is refused */
  park(message: MessageToStore): MessageToStore | PutResult {
    if (!mayBeDelayed(message)) return message;
    const now = this.clock.now();
    if (delayLevelOf(message.properties) > 0) return parkDelayed(withoutTimer(message), this.delays, now);
    const parked = parkTimer(message, this.options, now);
    const isTooMany = parked !== message && this.waitingTimers.size >= this.options.maxPendingTimerMessages;
    return isTooMany && !('status' in parked) ? timersFull(this.options.maxPendingTimerMessages) : parked;
  }

  /** Stores a message as it is: one whose time has come, or a half message. */
  putNow(message: MessageToStore): Promise<PutResult> {
    const refusal = this.refusal(message);
    if (refusal !== undefined) return Promise.resolve(refusal);
    return this.counted(message.body.length, this.store.put(message));
  }

  /** Stores all, side by side in one queue, or none. Batches are never delayed. */
  putBatch(messages: readonly MessageToStore[]): Promise<PutResult> {
    let bytes = 0;
    for (const message of messages) {
      const refusal = this.refusal(message);
      if (refusal !== undefined) return Promise.resolve(refusal);
      bytes += message.body.length;
    }
    if (bytes > this.options.maxMessageSize) return Promise.resolve(refused('MESSAGE_ILLEGAL'));
    return this.counted(bytes, this.store.putBatch(messages));
  }

  private refusal({ topic, body }: MessageToStore): PutResult | undefined {
    if (!this.store.isWriteable) return refused('SERVICE_NOT_AVAILABLE');
    const longestTopic = isRetryTopic(topic) ? MAX_RETRY_TOPIC_LENGTH : MAX_TOPIC_LENGTH;
    if (topic.length > longestTopic || body.length > this.options.maxMessageSize) return refused('MESSAGE_ILLEGAL');
    // One message always gets in, however large it is and small the budget.
    const isOver = this.bytesInFlight > 0 && this.bytesInFlight + body.length > this.options.maxPutBytesInFlight;
    return isOver ? refused('OS_PAGE_CACHE_BUSY') : undefined;
  }

  private counted(bytes: number, stored: Promise<PutResult>): Promise<PutResult> {
    this.bytesInFlight += bytes;
    const release = (): void => {
      this.bytesInFlight -= bytes;
    };
    // Only looks on: whoever asked for it hears of a failure.
    void stored.then(release, release);
    return stored;
  }
}

function timersFull(most: number): PutResult {
  const remark = `timer message is under flow control, max num limit is ${most}; send it again when others are delivered`;
  return { status: 'UNKNOWN_ERROR', remark, appended: [] };
}

function refused(status: PutStatus): PutResult {
  return { status, appended: [] };
}

export function isStored({ status }: PutResult): boolean {
  return (
    status === 'PUT_OK' ||
    status === 'FLUSH_DISK_TIMEOUT' ||
    status === 'FLUSH_SLAVE_TIMEOUT' ||
    status === 'SLAVE_NOT_AVAILABLE'
  );
}
