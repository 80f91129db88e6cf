import { Service } from '../common/lifecycle.js';
import { decodeRecord } from '../message/message-codec.js';
import type { MessageRecord } from '../message/message.js';
import { SystemTopic } from '../message/topic-names.js';
import type { Cancellable, Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { MessageStore } from '../store/message-store.js';
import { parseDelayLevels } from './delay-levels.js';
import { DeliveredBefore } from './delivered-before.js';
import { copyOf, realQueueOf } from './half-message.js';
import { isStored, type PutMessage } from './put-message.js';
import { queueIdOfDelayLevel } from './schedule-transform.js';
import type { DelayOffsetTable } from './tables/delay-offset-table.js';

/** How many messages are on their way to their topic at a time, for each level. */
const PAGE = 256;
/** Pause before what could not be stored is tried again. Source: Apache 5.3 ScheduleMessageService#DELAY_FOR_A_WHILE. */
const RETRY_MS = 100;
/** Pause after a failure nobody expected. Source: Apache 5.3 ScheduleMessageService#DELAY_FOR_A_PERIOD. */
const FAILURE_PAUSE_MS = 10_000;

export interface ScheduleMessageParts {
  options: { messageDelayLevel: string };
  store: MessageStore;
  putMessage: PutMessage;
  progress: DelayOffsetTable;
  clock: Clock;
  log: Logger;
}

/** One delay level: a queue whose messages fall due in their order. */
interface Level {
  readonly level: number;
  readonly delayMs: number;
  /** Until when it sleeps; absent: it runs, or its queue is empty. */
  timer?: Cancellable;
  running?: Promise<void>;
  /** Something arrived while it ran. */
  hasArrival: boolean;
  /** Offsets that were stored although one before them was not. */
  readonly ahead: Set<number>;
}

/**
 * Delivers parked messages to their topic and queue when their time has come, to the millisecond
 * and in the order of each level.
 * Source: Apache 5.3 ScheduleMessageService.
 */
export class ScheduleMessage extends Service {
  private readonly levels: readonly Level[];
  private deliveredBefore!: DeliveredBefore;

  constructor(private readonly parts: ScheduleMessageParts) {
    super();
    this.levels = parseDelayLevels(parts.options.messageDelayLevel).map((delayMs, index) => ({
      level: index + 1,
      delayMs,
      hasArrival: false,
      ahead: new Set(),
    }));
    parts.store.onArrival(({ topic, queueId }) => {
      if (topic !== SystemTopic.schedule || !this.isRunning) return;
      const level = this.levels.at(queueId);
      if (level !== undefined) this.wake(level);
    });
  }

  protected onStart(): Promise<void> {
    const { store, clock, progress } = this.parts;
    this.deliveredBefore = new DeliveredBefore(store, clock.now());
    for (const { level } of this.levels) {
      const queueId = queueIdOfDelayLevel(level);
      const [min, max] = [
        store.minQueueOffset(SystemTopic.schedule, queueId),
        store.maxQueueOffset(SystemTopic.schedule, queueId),
      ];
      progress.set(level, Math.max(min, Math.min(progress.get(level), max)));
    }
    for (const level of this.levels) this.planIn(level, 0);
    return Promise.resolve();
  }

  protected async onStop(): Promise<void> {
    for (const level of this.levels) level.timer?.cancel();
    for (const { running } of this.levels) await running;
  }

  lookAgain(): void {
    for (const level of this.levels) {
      if (level.timer === undefined) continue;
      level.timer.cancel();
      this.planIn(level, 0);
    }
  }

  /** An arrival needs no look when the queue's first message is being waited for. */
  private wake(level: Level): void {
    if (level.running !== undefined) level.hasArrival = true;
    else if (level.timer === undefined) this.planIn(level, 0);
  }

  private planIn(level: Level, delayMs: number): void {
    level.timer = this.parts.clock.schedule(delayMs, () => {
      level.timer = undefined;
      level.running = this.run(level);
    });
  }

  private async run(level: Level): Promise<void> {
    let pauseMs: number | undefined;
    try {
      do {
        level.hasArrival = false;
        pauseMs = await this.deliverDue(level);
      } while (pauseMs === undefined && level.hasArrival && !this.isStopping);
    } catch (error) {
      this.parts.log.error('delayed messages could not be delivered; trying again', { level: level.level, error });
      pauseMs = FAILURE_PAUSE_MS;
    }
    level.running = undefined;
    if (pauseMs !== undefined && !this.isStopping) this.planIn(level, pauseMs);
  }

  /** @returns when to look again; undefined: the queue is empty */
  private async deliverDue(level: Level): Promise<number | undefined> {
    const { store, clock, progress } = this.parts;
    const queueId = queueIdOfDelayLevel(level.level);
    while (!this.isStopping) {
      const queueOffset = progress.get(level.level);
      const page = await store.get({ topic: SystemTopic.schedule, queueId, queueOffset, maxCount: PAGE });
      if (page.records.length === 0) {
        if (page.nextBeginOffset <= queueOffset) return undefined;
        progress.set(level.level, page.nextBeginOffset); // what lay between is gone with its file
        continue;
      }
      const now = clock.now();
      const records = page.records.map((bytes) => decodeRecord(bytes));
      const firstWaiting = records.findIndex((record) => dueAt(record, level, now) > now);
      const due = firstWaiting < 0 ? records : records.slice(0, firstWaiting);
      if (!(await this.deliver(level, due))) return RETRY_MS;
      if (firstWaiting >= 0) return dueAt(records[firstWaiting], level, now) - now;
    }
    return undefined;
  }

  /** @returns whether all were stored; else progress ends before the first that was not */
  private async deliver(level: Level, due: readonly MessageRecord[]): Promise<boolean> {
    const outcomes = await Promise.all(await this.startDeliveries(level, due));
    const failed = outcomes.indexOf(false);
    due.forEach(({ queueOffset }, index) => {
      if (failed < 0 || index < failed) level.ahead.delete(queueOffset);
      else if (outcomes[index]) level.ahead.add(queueOffset);
    });
    if (due.length > 0) {
      const next = failed < 0 ? due[due.length - 1].queueOffset + 1 : due[failed].queueOffset;
      this.parts.progress.set(level.level, next);
    }
    return failed < 0;
  }

  /** Their order in the log is the order in which they are handed to the store. */
  private async startDeliveries(level: Level, due: readonly MessageRecord[]): Promise<Promise<boolean>[]> {
    const isSettled: boolean[] = [];
    for (const parked of due) {
      const since = parked.storeTimestamp + level.delayMs;
      isSettled.push(level.ahead.has(parked.queueOffset) || (await this.deliveredBefore.take(parked, since)));
    }
    return due.map((parked, index) => (isSettled[index] ? Promise.resolve(true) : this.deliverOne(parked)));
  }

  private async deliverOne(parked: MessageRecord): Promise<boolean> {
    const real = realQueueOf(parked);
    if (real === undefined || real.topic === SystemTopic.half) {
      this.parts.log.error('a delayed message has no topic to go to; it is left out', {
        physicalOffset: parked.physicalOffset,
        realTopic: real?.topic,
      });
      return true;
    }
    return isStored(await this.parts.putMessage.putNow({ ...copyOf(parked), ...real }));
  }
}

/** A clock that was set back must not keep a message for longer than its level says. */
function dueAt({ storeTimestamp }: MessageRecord, { delayMs }: Level, now: number): number {
  const due = storeTimestamp + delayMs;
  return due > now + delayMs ? now : due;
}
