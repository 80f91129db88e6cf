import { ConfigurationError, nearestName } from '../engine/index.js';
import type { ConsumerGroup, ConsumerGroupState } from './consumer-group.js';
import type { EngineHost } from './engine-host.js';
import type { RocketMqServer } from './rocketmq.server.js';
import { listenerId } from './subscription-plan.js';

/** A listener as it is at the moment. */
export interface ListenerStatus {
  /** `id` of the listener, default Class.method. */
  id: string;
  group: string;
  topics: readonly string[];
  /** Tags or SQL92 expression. */
  expression: string;
  state: ConsumerGroupState;
}

/**
 * Listeners at runtime. A listener is named by its id or its consumer group; since a group has one
 * consumer, what is done to one listener is done to all of its group.
 */
export class ListenerRegistry {
  constructor(
    private readonly server: RocketMqServer,
    private readonly host: EngineHost,
  ) {}

  list(): ListenerStatus[] {
    return this.server.consumerGroups.flatMap((group) =>
      group.plan.listeners.map(({ definition }) => ({
        id: listenerId(definition),
        group: group.plan.group,
        topics: definition.topics,
        expression: definition.selector.expression,
        state: group.state,
      })),
    );
  }

  /** Starts consuming, for listeners with `autoStartup: false` or after stop(). */
  async start(idOrGroup: string): Promise<void> {
    const group = this.find(idOrGroup);
    await group.start(await this.host.ready());
  }

  /** Leaves the group once the handlers have ended; other members take over its queues. */
  stop(idOrGroup: string): Promise<void> {
    return this.find(idOrGroup).stop();
  }

  /** Fetches nothing more, but keeps its queues. */
  pause(idOrGroup: string): void {
    this.find(idOrGroup).pause();
  }

  resume(idOrGroup: string): void {
    this.find(idOrGroup).resume();
  }

  /** How many handlers of the group run at a time; handlers under way are waited for. */
  async setConcurrency(idOrGroup: string, concurrency: number): Promise<void> {
    if (!Number.isInteger(concurrency) || concurrency < 1)
      throw new ConfigurationError('concurrency', `must be a whole number from 1 on, not ${concurrency}`);
    const group = this.find(idOrGroup);
    await group.setConcurrency(concurrency, await this.host.ready());
  }

  private find(idOrGroup: string): ConsumerGroup {
    const groups = this.server.consumerGroups;
    const ids = ({ plan }: ConsumerGroup): string[] => [
      plan.group,
      ...plan.listeners.map(({ definition }) => listenerId(definition)),
    ];
    const found = groups.find((group) => ids(group).includes(idOrGroup));
    if (found !== undefined) return found;
    const nearest = nearestName(idOrGroup, groups.flatMap(ids));
    throw new ConfigurationError(
      'listener',
      `no listener or group is named '${idOrGroup}'${nearest === undefined ? '; see list()' : `; did you mean '${nearest}'?`}`,
    );
  }
}
