import { Service } from '../common/lifecycle.js';
import { decodeRecord } from '../message/message-codec.js';
import type { MessageRecord } from '../message/message.js';
import type { Properties } from '../message/properties-codec.js';
import { PropertyName } from '../message/property-names.js';
import { SystemTopic } from '../message/topic-names.js';
import type { Cancellable, Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { MessageStore } from '../store/message-store.js';
import { DeliveredBefore } from './delivered-before.js';
import { copyOf, realQueueOf } from './half-message.js';
import { isStored, type PutMessage } from './put-message.js';
import { lookUpRecord } from './record-lookup.js';
import type { TimerProgress } from './tables/timer-progress.js';
import type { PendingTimer, TimerHeap } from './timer-heap.js';
import { dueTimeOf } from './timer-transform.js';

/** How many messages are on their way to their topic at a time. */
const PAGE = 256;
const RETRY_MS = 100;
const FAILURE_PAUSE_MS = 10_000;
const FORGET_INTERVAL_MS = 60_000;

export interface TimerMessageParts {
  options: { timerPrecisionMs: number };
  store: MessageStore;
  putMessage: PutMessage;
  progress: TimerProgress;
  /** Empty. */
  heap: TimerHeap;
  clock: Clock;
  log: Logger;
}

/** What the queue of the wheel says about one of its messages. */
interface Parked {
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly storeTimestamp: number;
  readonly properties: Properties;
}

/**
 * Delivers messages at the time they ask for. They wait in the log, in the topic of Apache's timing
 * wheel; here is only when each is due and where it lies. A start reads them again from the first
 * that may not be done.
 * Source: Apache 5.3 TimerMessageStore, by what it does.
 */
export class TimerMessage extends Service {
  /** Queue offset by physical offset, in the queue's order: the first is the first not done. */
  private readonly waiting = new Map<number, number>();
  /** Of recalled messages: `topic+UNIQ_KEY`, until when it is to be remembered. */
  private readonly recalled = new Map<string, number>();
  private deliveredBefore!: DeliveredBefore;
  /** Behind the last message entered: in the queue, and in the log. */
  private nextQueueOffset = 0;
  private logOffset = 0;
  private forgetRecalledAt = 0;
  private timer?: Cancellable;
  private timerDueAt = Infinity;
  private running?: Promise<void>;

  constructor(private readonly parts: TimerMessageParts) {
    super();
    parts.store.onArrival((arrival) => {
      if (arrival.topic !== SystemTopic.wheelTimer || !this.isRunning) return;
      this.enter(arrival);
      this.plan();
    });
  }

  protected async onStart(): Promise<void> {
    const { store, clock } = this.parts;
    const progress = this.parts.progress.state;
    this.deliveredBefore = new DeliveredBefore(store, clock.now());
    let queueOffset = Math.max(progress.queueOffset, store.minQueueOffset(SystemTopic.wheelTimer, 0));
    [this.nextQueueOffset, this.logOffset] = [queueOffset, progress.logOffset];
    const end = store.maxQueueOffset(SystemTopic.wheelTimer, 0);
    while (queueOffset < end) {
      const page = await store.get({ topic: SystemTopic.wheelTimer, queueId: 0, queueOffset, maxCount: PAGE });
      for (const bytes of page.records) this.enter(decodeRecord(bytes));
      if (page.nextBeginOffset <= queueOffset) break;
      queueOffset = page.nextBeginOffset;
    }
    this.plan();
  }

  protected async onStop(): Promise<void> {
    this.timer?.cancel();
    await this.running;
    this.recordProgress(this.parts.progress.state.deliveredUntil);
  }

  lookAgain(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.plan();
  }

  private enter(parked: Parked): void {
    const { timerPrecisionMs } = this.parts.options;
    this.nextQueueOffset = parked.queueOffset + 1;
    this.logOffset = parked.physicalOffset + 1;
    const dueAt = dueTimeOf(parked.properties, parked.storeTimestamp, timerPrecisionMs);
    if (dueAt === undefined) return;
    const recalls = parked.properties.get(PropertyName.timerDeleteUniqKey);
    if (recalls !== undefined) {
      this.recalled.set(recalls, dueAt + 3 * timerPrecisionMs);
      return;
    }
    if (this.isDoneBefore(parked, dueAt)) return;
    this.waiting.set(parked.physicalOffset, parked.queueOffset);
    this.parts.heap.push({ dueAt, physicalOffset: parked.physicalOffset });
  }

  private isDoneBefore({ physicalOffset }: Parked, dueAt: number): boolean {
    const { logOffset, deliveredUntil } = this.parts.progress.state;
    return physicalOffset < logOffset && dueAt <= deliveredUntil;
  }

  /** Sleeps until the first message is due. */
  private plan(pauseMs = 0): void {
    const { nextDueAt } = this.parts.heap;
    if (this.running !== undefined || this.isStopping || nextDueAt === undefined) return;
    if (this.timer !== undefined && this.timerDueAt <= nextDueAt && pauseMs === 0) return;
    this.timer?.cancel();
    this.timerDueAt = nextDueAt;
    this.timer = this.parts.clock.schedule(Math.max(pauseMs, nextDueAt - this.parts.clock.now()), () => {
      this.timer = undefined;
      this.running = this.run();
    });
  }

  private async run(): Promise<void> {
    let pauseMs = 0;
    try {
      while (!this.isStopping && pauseMs === 0) {
        const due = this.takeDue();
        if (due.length === 0) break;
        const failed = await this.deliverOrKeep(due);
        for (const pending of failed) this.parts.heap.push(pending);
        this.recordProgress(due[due.length - 1].dueAt);
        if (failed.length > 0) pauseMs = RETRY_MS;
      }
    } catch (error) {
      this.parts.log.error('messages could not be delivered at their time; trying again', { error });
      pauseMs = FAILURE_PAUSE_MS;
    }
    this.running = undefined;
    this.plan(pauseMs);
  }

  private takeDue(): PendingTimer[] {
    const now = this.parts.clock.now();
    const due: PendingTimer[] = [];
    while (due.length < PAGE && (this.parts.heap.nextDueAt ?? Infinity) <= now) {
      const next = this.parts.heap.pop();
      if (next !== undefined) due.push(next);
    }
    return due;
  }

  /** None gets lost when something fails that nobody expected; some may be delivered again. */
  private async deliverOrKeep(due: readonly PendingTimer[]): Promise<PendingTimer[]> {
    try {
      return await this.deliver(due);
    } catch (error) {
      for (const pending of due) this.parts.heap.push(pending);
      throw error;
    }
  }

  /** @returns those that could not be stored */
  private async deliver(due: readonly PendingTimer[]): Promise<PendingTimer[]> {
    const { store } = this.parts;
    const records = await Promise.all(due.map(({ physicalOffset }) => lookUpRecord(store, physicalOffset)));
    const isSettled: boolean[] = [];
    for (const [index, record] of records.entries()) {
      isSettled.push(record === undefined || (await this.isSettled(record, due[index].dueAt)));
    }
    // Handed to the store in one go: their order in the log is that of their times.
    const outcomes = await Promise.all(
      records.map(async (record, index) => isSettled[index] || record === undefined || this.deliverOne(record)),
    );
    due.forEach(({ physicalOffset }, index) => outcomes[index] && this.waiting.delete(physicalOffset));
    return due.filter((_, index) => !outcomes[index]);
  }

  /** It was recalled, or an earlier run has delivered it. */
  private async isSettled(record: MessageRecord, dueAt: number): Promise<boolean> {
    const key = `${realQueueOf(record)?.topic ?? ''}+${record.properties.get(PropertyName.uniqKey) ?? ''}`;
    if (this.recalled.delete(key)) return true;
    return this.deliveredBefore.take(record, dueAt);
  }

  private async deliverOne(record: MessageRecord): Promise<boolean> {
    const real = realQueueOf(record);
    if (real === undefined || real.topic === SystemTopic.half || real.topic === SystemTopic.wheelTimer) {
      this.parts.log.error('a message has its time but no topic to go to; it is left out', {
        physicalOffset: record.physicalOffset,
        realTopic: real?.topic,
      });
      return true;
    }
    const properties = new Map(record.properties)
      .set(PropertyName.timerEnqueueMs, String(record.storeTimestamp))
      .set(PropertyName.timerDequeueMs, String(this.parts.clock.now()));
    return isStored(await this.parts.putMessage.putNow({ ...copyOf(record), ...real, properties }));
  }

  private recordProgress(deliveredUntil: number): void {
    const { nextDueAt = Infinity } = this.parts.heap; // what could not be stored is back in it
    const [firstWaiting] = this.waiting.values();
    this.parts.progress.set({
      deliveredUntil: Math.min(deliveredUntil, nextDueAt - 1),
      logOffset: this.logOffset,
      queueOffset: firstWaiting ?? this.nextQueueOffset,
    });
    this.forgetRecalled();
  }

  /** A recall is needed no longer once its message is gone. */
  private forgetRecalled(): void {
    const now = this.parts.clock.now();
    if (now < this.forgetRecalledAt) return;
    this.forgetRecalledAt = now + FORGET_INTERVAL_MS;
    for (const [key, until] of this.recalled) if (until < now) this.recalled.delete(key);
  }
}
