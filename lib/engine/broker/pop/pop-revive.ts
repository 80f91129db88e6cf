import { Service } from '../../common/lifecycle.js';
import { decodeRecord } from '../../message/message-codec.js';
import type { MessageRecord } from '../../message/message.js';
import { PropertyName } from '../../message/property-names.js';
import { isRetryTopic } from '../../message/topic-names.js';
import type { Cancellable, Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { MessageStore } from '../../store/message-store.js';
import { copyOf } from '../half-message.js';
import { isStored, type PutMessage } from '../put-message.js';
import type { ConsumerOffsetTable } from '../tables/consumer-offset-table.js';
import type { TopicTable } from '../tables/topic-table.js';
import { checkPointKey, decodeReviveRecord, visibleAgainAt, type CheckPoint } from './check-point.js';
import { popRetryTopic } from '../../message/pop-handle.js';

/** Whose offsets say how far the revive queues are done. Source: Apache 5.3 PopAckConstants#REVIVE_GROUP. */
export const REVIVE_GROUP = 'CID_RMQ_SYS_REVIVE_GROUP';
/** An acknowledgement in the last moment is still on its way so long. */
const GRACE_MS = 1000;
const PAGE = 256;
const RETRY_MS = 1000;

export interface PopReviveParts {
  options: { reviveQueueNum: number };
  /** The cluster's revive topic. */
  topic: string;
  store: MessageStore;
  putMessage: PutMessage;
  offsets: ConsumerOffsetTable;
  topics: TopicTable;
  /** Messages that wait for their time, acknowledgements among them. */
  timers: { readonly nextDueAt: number | undefined };
  clock: Clock;
  log: Logger;
}

interface ReviveQueue {
  readonly queueId: number;
  timer?: Cancellable;
  running?: Promise<void>;
  hasArrival: boolean;
}

interface Open {
  readonly point: CheckPoint;
  readonly queueOffset: number;
  readonly acked: Set<number>;
}

/**
 * Gives messages that were popped and not acknowledged in time to their group's retry topic. Check
 * points and acknowledgements come to the revive queues when their time is up; what a restart finds
 * behind the stored offsets is gone through again.
 * Source: Apache 5.3 PopReviveService.
 */
export class PopRevive extends Service {
  private readonly queues: readonly ReviveQueue[];

  constructor(private readonly parts: PopReviveParts) {
    super();
    const { options, store, topic } = parts;
    this.queues = Array.from({ length: options.reviveQueueNum }, (_, queueId) => ({ queueId, hasArrival: false }));
    store.onArrival((arrival) => {
      const queue = arrival.topic === topic && this.isRunning ? this.queues.at(arrival.queueId) : undefined;
      if (queue?.running !== undefined) queue.hasArrival = true;
      else if (queue !== undefined && queue.timer === undefined) this.planIn(queue, 0);
    });
  }

  protected onStart(): Promise<void> {
    for (const queue of this.queues) this.planIn(queue, 0);
    return Promise.resolve();
  }

  protected async onStop(): Promise<void> {
    for (const { timer } of this.queues) timer?.cancel();
    for (const { running } of this.queues) await running;
  }

  lookAgain(): void {
    for (const queue of this.queues) {
      if (queue.timer === undefined) continue;
      queue.timer.cancel();
      this.planIn(queue, 0);
    }
  }

  private planIn(queue: ReviveQueue, delayMs: number): void {
    queue.timer = this.parts.clock.schedule(delayMs, () => {
      queue.timer = undefined;
      queue.running = this.run(queue);
    });
  }

  private async run(queue: ReviveQueue): Promise<void> {
    let pauseMs: number | undefined;
    try {
      queue.hasArrival = false;
      pauseMs = await this.reviveDue(queue.queueId);
    } catch (error) {
      this.parts.log.error('popped messages could not be made visible again; trying again', { error });
      pauseMs = RETRY_MS;
    }
    queue.running = undefined;
    if (this.isStopping) return;
    if (pauseMs !== undefined || queue.hasArrival) this.planIn(queue, pauseMs ?? 0);
  }

  /** @returns when to look again; undefined: nothing is open */
  private async reviveDue(queueId: number): Promise<number | undefined> {
    const { topic, offsets, store } = this.parts;
    const begin = offsets.query(REVIVE_GROUP, topic, queueId) ?? store.minQueueOffset(topic, queueId);
    const { open, end } = await this.readOpen(queueId, begin);
    let next = end;
    let pauseMs: number | undefined;
    for (const one of open.values()) {
      const waitMs = this.waitFor(one.point);
      if (waitMs > 0 || !(await this.revive(one))) {
        [next, pauseMs] = [one.queueOffset, Math.max(waitMs, waitMs > 0 ? 1 : RETRY_MS)];
        break;
      }
    }
    if (next !== begin) offsets.commit(REVIVE_GROUP, topic, queueId, next);
    return pauseMs;
  }

  /** Check points in their order, with what acknowledges them. */
  private async readOpen(queueId: number, begin: number): Promise<{ open: Map<string, Open>; end: number }> {
    const { topic, store, log } = this.parts;
    const open = new Map<string, Open>();
    let queueOffset = begin;
    for (;;) {
      const page = await store.get({ topic, queueId, queueOffset, maxCount: PAGE });
      for (const bytes of page.records) {
        try {
          enter(open, decodeRecord(bytes));
        } catch (error) {
          log.error('a record of the revive topic cannot be read; it is left out', { error });
        }
      }
      if (page.records.length === 0 && page.nextBeginOffset <= queueOffset) return { open, end: queueOffset };
      queueOffset = page.nextBeginOffset;
    }
  }

  /** Until every acknowledgement that came in time has been delivered. */
  private waitFor(point: CheckPoint): number {
    const { clock, timers } = this.parts;
    const dueAt = visibleAgainAt(point);
    const waitMs = dueAt + GRACE_MS - clock.now();
    const isTimerBehind = timers.nextDueAt !== undefined && timers.nextDueAt <= dueAt;
    return Math.max(waitMs, isTimerBehind ? GRACE_MS : 0);
  }

  private async revive({ point, acked }: Open): Promise<boolean> {
    for (const diff of point.diffs) {
      const queueOffset = point.startOffset + diff;
      if (acked.has(queueOffset)) continue;
      const { topic, queueId } = point;
      const { records } = await this.parts.store.get({ topic, queueId, queueOffset, maxCount: 1 });
      // Deleted with its file, or its topic: there is nothing to give back.
      const record = records.length === 0 ? undefined : decodeRecord(records[0]);
      if (record?.queueOffset === queueOffset && !(await this.giveBack(point, record))) return false;
      acked.add(queueOffset);
    }
    return true;
  }

  private async giveBack({ topic, group, popTime }: CheckPoint, record: MessageRecord): Promise<boolean> {
    const properties = new Map(record.properties);
    if (!properties.has(PropertyName.firstPopTime)) properties.set(PropertyName.firstPopTime, String(popTime));
    const retry = isRetryTopic(topic) ? topic : popRetryTopic(topic, group);
    this.parts.topics.createIfAbsent(retry, 1);
    const result = await this.parts.putMessage.putNow({
      ...copyOf(record),
      topic: retry,
      queueId: 0,
      reconsumeTimes: record.reconsumeTimes + 1,
      properties,
    });
    return isStored(result);
  }
}

function enter(open: Map<string, Open>, record: MessageRecord): void {
  const revive = decodeReviveRecord(record);
  if (revive === undefined) return;
  if ('checkPoint' in revive) {
    const point = revive.checkPoint;
    open.set(checkPointKey(point), { point, queueOffset: record.queueOffset, acked: new Set() });
    return;
  }
  // Without its check point an acknowledgement came too late: the message is visible again.
  const known = open.get(checkPointKey(revive.ack));
  for (const offset of revive.ack.offsets) known?.acked.add(offset);
}
