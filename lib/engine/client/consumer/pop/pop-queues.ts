import { sleep } from '../../../common/sleep.js';
import { messageQueueKey, type MessageQueue } from '../../../message/message-queue.js';
import type { ClientInstance } from '../../client-instance.js';
import type { ConsumeStatistics } from '../consume-statistics.js';
import type { Dispatch } from '../dispatch.js';
import { ProcessQueue } from '../process-queue.js';
import type { ParsedSubscription } from '../subscription.js';
import type { PopClient } from './pop-client.js';
import type { PopSettlement } from './pop-settlement.js';

export interface PopQueuesOptions {
  readonly client: ClientInstance;
  readonly group: string;
  readonly pops: PopClient;
  readonly settlement: PopSettlement;
  readonly subscriptions: ReadonlyMap<string, ParsedSubscription>;
  readonly dispatch: Dispatch;
  readonly statistics: ConsumeStatistics;
  readonly popBatchNums: number;
  readonly popInvisibleTimeMs: number;
  /** Messages that wait for the listener, or for its outcome, before popping pauses. */
  readonly popThresholdForQueue: number;
  readonly isPaused: () => boolean;
}

/** Sources: Apache 5.3 DefaultMQPushConsumerImpl#popMessage, its constants of the same meaning. */
const POLL_TIME_MS = 15_000;
const FAILURE_PAUSE_MS = 1000;

/** The queues this consumer pops; queue id -1 stands for all of a broker. Others may pop them as well. */
export class PopQueues {
  private readonly queues = new Map<string, ProcessQueue>();
  private readonly loops = new Set<Promise<void>>();
  private closed = false;

  constructor(private readonly options: PopQueuesOptions) {}

  get all(): readonly ProcessQueue[] {
    return [...this.queues.values()];
  }

  /** Makes the queues of `topic` that are popped these. What is popped already is still consumed here. */
  assign(topic: string, assigned: readonly MessageQueue[]): void {
    const wanted = new Set(assigned.map(messageQueueKey));
    for (const owned of this.all) {
      if (owned.queue.topic !== topic || wanted.has(owned.key)) continue;
      this.queues.delete(owned.key);
      owned.stopPulling();
    }
    for (const queue of assigned) {
      if (this.closed || this.queues.has(messageQueueKey(queue))) continue;
      const owned = new ProcessQueue(queue, 0);
      this.queues.set(owned.key, owned);
      const loop = this.popLoop(owned).finally(() => this.loops.delete(loop));
      this.loops.add(loop);
    }
  }

  /** Pops no more. */
  halt(): void {
    this.closed = true;
    for (const owned of this.all) owned.stopPulling();
  }

  /** After the dispatch is idle: what was not consumed is anybody's, and brokers have heard of what was. */
  async close(): Promise<void> {
    this.halt();
    await Promise.all(this.loops);
    const { settlement } = this.options;
    await Promise.all(this.all.map((owned) => settlement.release(owned.open())));
    await settlement.settled();
  }

  private async popLoop(owned: ProcessQueue): Promise<void> {
    const { client, group, isPaused, popThresholdForQueue } = this.options;
    const mustWait = (): boolean => isPaused() || owned.count >= popThresholdForQueue;
    let failures = 0;
    while (!owned.pullSignal.aborted) {
      try {
        if (mustWait()) await owned.until(() => owned.pullSignal.aborted || !mustWait());
        if (owned.pullSignal.aborted) return;
        await this.popOnce(owned);
        failures = 0;
      } catch (error) {
        if (owned.pullSignal.aborted) return;
        failures++;
        if (failures === 1) client.logger.warn('pop failed; trying again', { group, queue: owned.queue, error });
        client.routes.refreshSoon(owned.queue.topic);
        await sleep(client.clock, FAILURE_PAUSE_MS, owned.pullSignal).catch(() => undefined); // aborted: the loop ends
      }
    }
  }

  private async popOnce(owned: ProcessQueue): Promise<void> {
    const { client, pops, subscriptions, dispatch, statistics, popBatchNums, popInvisibleTimeMs } = this.options;
    const subscription = subscriptions.get(owned.queue.topic);
    if (!subscription) return;
    owned.lastPullTimestamp = client.clock.now();
    const begunAt = client.clock.monotonic();
    const messages = await pops.pop(owned.queue, subscription, {
      maxMessages: popBatchNums,
      invisibleTimeMs: popInvisibleTimeMs,
      pollTimeMs: POLL_TIME_MS,
      signal: owned.pullSignal,
    });
    if (messages.length === 0) return;
    statistics.pulled(owned.queue.topic, begunAt, messages.length);
    dispatch.accept(owned, owned.accept(messages, 0));
  }
}
