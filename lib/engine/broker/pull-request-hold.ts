import { getOrCreate } from '../common/get-or-create.js';
import { Service } from '../common/lifecycle.js';
import { PeriodicTask } from '../common/periodic-task.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Channel } from '../remoting/channel.js';
import type { Arrival, MessageFilter, MessageStore } from '../store/message-store.js';

/** How often held pulls are looked at for their timeout. Source: Apache 5.3 PullRequestHoldService#run. */
const SWEEP_INTERVAL_MS = 5000;

export interface PullToHold {
  topic: string;
  queueId: number;
  /** The offset that has nothing yet. */
  queueOffset: number;
  filter?: MessageFilter;
  timeoutMs: number;
  channel: Channel;
}

interface HeldPull extends PullToHold {
  /** Monotonic, in milliseconds. */
  expiresAt: number;
  release: () => void;
}

/**
 * Pulls that wait for a message. An arrival looks only at those of its own queue.
 * Source: Apache 5.3 PullRequestHoldService.
 */
export class PullRequestHold extends Service {
  private readonly held = new Map<string, Map<number, HeldPull[]>>();
  private readonly sweeps: PeriodicTask;

  constructor(
    private readonly store: Pick<MessageStore, 'maxQueueOffset' | 'onArrival'>,
    private readonly clock: Clock,
    log: Logger,
    /** Of each look at the timeouts; Apache's shortPollingTimeMills when long polling is off. */
    intervalMs: number = SWEEP_INTERVAL_MS,
  ) {
    super();
    this.sweeps = new PeriodicTask({
      isUpkeep: true,
      clock,
      intervalMs,
      run: () => this.sweep(),
      onError: (error) => log.error('held pulls could not be looked at', { error }),
    });
    store.onArrival((arrival) => this.wakeFor(arrival));
  }

  protected onStart(): Promise<void> {
    this.sweeps.start();
    return Promise.resolve();
  }

  /** Lets all go, so that each is answered before the server closes. */
  protected async onStop(): Promise<void> {
    await this.sweeps.stop();
    this.releaseWhere(() => true);
  }

  /** Resolves when a message that may match has arrived, the time is up, or the broker stops. */
  hold(pull: PullToHold): Promise<void> {
    // Something may have arrived since the store was asked.
    if (this.isStopping || this.store.maxQueueOffset(pull.topic, pull.queueId) > pull.queueOffset) {
      return Promise.resolve();
    }
    return new Promise((release) => {
      this.queueOf(pull).push({ ...pull, expiresAt: this.clock.monotonic() + pull.timeoutMs, release });
    });
  }

  /** Lets the pulls of a queue look anew: something else than a message may be there for them. */
  wakeQueue(topic: string, queueId: number): void {
    const queues = this.held.get(topic);
    const pulls = queues?.get(queueId);
    if (queues === undefined || pulls === undefined) return;
    this.removeQueue(topic, queues, queueId);
    for (const { release } of pulls) release();
  }

  private queueOf({ topic, queueId }: PullToHold): HeldPull[] {
    const queues = getOrCreate(this.held, topic, () => new Map<number, HeldPull[]>());
    return getOrCreate(queues, queueId, () => []);
  }

  private wakeFor(arrival: Arrival): void {
    const queues = this.held.get(arrival.topic);
    const pulls = queues?.get(arrival.queueId);
    if (queues === undefined || pulls === undefined) return;
    const waiting = pulls.filter((pull) => {
      if (arrival.queueOffset < pull.queueOffset || !matches(pull.filter, arrival)) return true;
      pull.release();
      return false;
    });
    if (waiting.length === pulls.length) return;
    if (waiting.length > 0) queues.set(arrival.queueId, waiting);
    else this.removeQueue(arrival.topic, queues, arrival.queueId);
  }

  private sweep(): void {
    const now = this.clock.monotonic();
    this.releaseWhere(({ expiresAt, channel }) => now >= expiresAt || !channel.isOpen);
  }

  private releaseWhere(isOver: (pull: HeldPull) => boolean): void {
    for (const [topic, queues] of this.held) {
      for (const [queueId, pulls] of queues) {
        const over = pulls.filter(isOver);
        if (over.length === 0) continue;
        if (over.length === pulls.length) this.removeQueue(topic, queues, queueId);
        else
          queues.set(
            queueId,
            pulls.filter((pull) => !over.includes(pull)),
          );
        for (const { release } of over) release();
      }
    }
  }

  private removeQueue(topic: string, queues: Map<number, HeldPull[]>, queueId: number): void {
    queues.delete(queueId);
    if (queues.size === 0) this.held.delete(topic);
  }
}

function matches(filter: MessageFilter | undefined, { tagsCode, properties }: Arrival): boolean {
  if (filter === undefined) return true;
  return filter.matchesTagsCode(tagsCode) && (filter.matchesProperties?.(properties) ?? true);
}
