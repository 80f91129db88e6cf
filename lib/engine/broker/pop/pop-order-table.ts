import { getOrCreate } from '../../common/get-or-create.js';
import type { Clock } from '../../ports/clock.js';

/** Messages of one queue that an orderly consumer has in hand. */
interface OrderedPop {
  attemptId: string | undefined;
  popTime: number;
  visibleAt: number;
  readonly offsets: readonly number[];
  readonly acked: Set<number>;
  /** Of single messages whose time was changed: until when nobody gets the queue. */
  readonly visibleAtOf: Map<number, number>;
  /** How often each was popped before. */
  readonly counts: ReadonlyMap<number, number>;
}

/**
 * Which queues are blocked for which group because messages popped in order are not acknowledged
 * yet. In memory: after a restart they are handed out again at once, still in order.
 * Source: Apache 5.3 ConsumerOrderInfoManager.
 */
export class PopOrderTable {
  private readonly groups = new Map<string, Map<string, OrderedPop>>();

  constructor(private readonly clock: Clock) {}

  /** @param attemptId a repeated request of the same attempt is let through */
  isBlocked(group: string, topic: string, queueId: number, attemptId?: string): boolean {
    const pop = this.find(group, topic, queueId);
    if (pop === undefined || (attemptId !== undefined && pop.attemptId === attemptId)) return false;
    const now = this.clock.now();
    return pop.offsets.some((offset) => !pop.acked.has(offset) && (pop.visibleAtOf.get(offset) ?? pop.visibleAt) > now);
  }

  /** @returns how often each of the messages was popped before, undefined: this is the first pop of the queue */
  popped(
    group: string,
    topic: string,
    queueId: number,
    pop: { attemptId?: string; popTime: number; invisibleTime: number; offsets: readonly number[] },
  ): ReadonlyMap<number, number> {
    const before = this.find(group, topic, queueId);
    const counts = new Map<number, number>();
    for (const offset of pop.offsets) {
      const wasPopped = before?.offsets.includes(offset) === true && !before.acked.has(offset);
      if (wasPopped) counts.set(offset, (before.counts.get(offset) ?? 0) + 1);
    }
    getOrCreate(this.groups, group, () => new Map<string, OrderedPop>()).set(`${topic}@${queueId}`, {
      attemptId: pop.attemptId,
      popTime: pop.popTime,
      visibleAt: pop.popTime + pop.invisibleTime,
      offsets: pop.offsets,
      acked: new Set(),
      visibleAtOf: new Map(),
      counts,
    });
    return counts;
  }

  /**
   * @returns the offset the group is to go on from, undefined: the handle is of an older pop
   */
  ack(group: string, topic: string, queueId: number, popTime: number, offset: number): number | undefined {
    const pop = this.find(group, topic, queueId);
    if (pop?.popTime !== popTime || !pop.offsets.includes(offset)) return undefined;
    pop.acked.add(offset);
    const firstOpen = pop.offsets.find((one) => !pop.acked.has(one));
    return firstOpen ?? pop.offsets[pop.offsets.length - 1] + 1;
  }

  /** False: the handle is of an older pop. */
  changeVisibleAt(
    group: string,
    topic: string,
    queueId: number,
    popTime: number,
    offset: number,
    visibleAt: number,
  ): boolean {
    const pop = this.find(group, topic, queueId);
    if (pop?.popTime !== popTime || !pop.offsets.includes(offset)) return false;
    pop.visibleAtOf.set(offset, visibleAt);
    return true;
  }

  private find(group: string, topic: string, queueId: number): OrderedPop | undefined {
    return this.groups.get(group)?.get(`${topic}@${queueId}`);
  }
}
