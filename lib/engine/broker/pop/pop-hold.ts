import { getOrCreate } from '../../common/get-or-create.js';
import { Service } from '../../common/lifecycle.js';
import type { Clock } from '../../ports/clock.js';
import type { MessageStore } from '../../store/message-store.js';

/** Source: Apache 5.3 BrokerConfig#maxPopPollingSize, popPollingSize. */
const MAX_WAITING = 100_000;
const MAX_WAITING_OF_A_GROUP = 1024;

export interface PopToHold {
  group: string;
  /** The topic and its group's retry topics: an arrival in any of them ends the wait. */
  topics: readonly string[];
  timeoutMs: number;
}

/** A wait that begins before its pop looks, so that no arrival slips between. */
export interface PopWait {
  /** Resolves when something may be there, the time is up, or end() was called. */
  readonly over: Promise<void>;
  readonly isOver: boolean;
  end(): void;
}

/**
 * Pops that wait for a message.
 * Source: Apache 5.3 PopLongPollingService.
 */
export class PopHold extends Service {
  private readonly byTopic = new Map<string, Map<string, Set<PopWait>>>();
  private count = 0;

  constructor(
    store: Pick<MessageStore, 'onArrival'>,
    private readonly clock: Clock,
  ) {
    super();
    store.onArrival(({ topic }) => this.wake(topic));
  }

  protected onStart(): Promise<void> {
    return Promise.resolve();
  }

  protected onStop(): Promise<void> {
    for (const groups of [...this.byTopic.values()]) {
      for (const waits of [...groups.values()]) for (const wait of [...waits]) wait.end();
    }
    return Promise.resolve();
  }

  /** @returns undefined when too many wait already */
  hold({ group, topics, timeoutMs }: PopToHold): PopWait | undefined {
    if (this.count >= MAX_WAITING || this.waitingOf(group, topics[0]) >= MAX_WAITING_OF_A_GROUP) return undefined;
    let resolve: () => void = () => undefined;
    const wait = {
      over: new Promise<void>((done) => (resolve = done)),
      isOver: false,
      end: () => {
        if (wait.isOver) return;
        wait.isOver = true;
        timer.cancel();
        for (const topic of topics) this.forget(topic, group, wait);
        this.count--;
        resolve();
      },
    };
    const timer = this.clock.schedule(timeoutMs, () => wait.end());
    for (const topic of topics) {
      const groups = getOrCreate(this.byTopic, topic, () => new Map<string, Set<PopWait>>());
      getOrCreate(groups, group, () => new Set<PopWait>()).add(wait);
    }
    this.count++;
    return wait;
  }

  /** Lets one pop of each group look. */
  wake(topic: string): void {
    const groups = this.byTopic.get(topic);
    if (groups === undefined) return;
    for (const waits of [...groups.values()]) {
      const [first] = waits;
      first?.end();
    }
  }

  waitingOf(group: string, topic: string): number {
    return this.byTopic.get(topic)?.get(group)?.size ?? 0;
  }

  private forget(topic: string, group: string, wait: PopWait): void {
    const groups = this.byTopic.get(topic);
    const ofGroup = groups?.get(group);
    ofGroup?.delete(wait);
    if (ofGroup?.size === 0) groups?.delete(group);
    if (groups?.size === 0) this.byTopic.delete(topic);
  }
}
