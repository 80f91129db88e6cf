import { getOrCreate } from '../../common/get-or-create.js';
import type {
  ConsumeFromWhere,
  ConsumerData,
  ConsumeType,
  MessageModel,
  SubscriptionData,
} from '../../protocol/bodies/heartbeat-data.js';
import type { Clock } from '../../ports/clock.js';
import type { Channel } from '../../remoting/channel.js';
import { heardAgain, type ClientInfo } from './client-info.js';

/** A consumer group with at least one live connection. The last heartbeat decides its settings. */
export interface ConsumerGroup {
  readonly name: string;
  consumeType: ConsumeType;
  messageModel: MessageModel;
  consumeFromWhere: ConsumeFromWhere;
  readonly clients: Map<Channel, ClientInfo>;
  /** By topic. */
  readonly subscriptions: Map<string, SubscriptionData>;
}

/** What a pull told us about a group that sends no heartbeats. */
interface Compensation {
  readonly subscription: SubscriptionData;
  readonly since: number;
}

export interface ConsumerTableEvents {
  /** Members, or the set of topics, have changed in a way that its consumers are to be told. */
  onMembersChanged(group: ConsumerGroup): void;
}

/**
 * Who consumes, over which connection, and what.
 * Source: Apache 5.3 ConsumerManager, ConsumerGroupInfo.
 */
export class ConsumerTable {
  private readonly groups = new Map<string, ConsumerGroup>();
  private readonly compensations = new Map<string, Map<string, Compensation>>();

  constructor(
    private readonly options: { channelExpiredTimeout: number; subscriptionExpiredTimeout: number },
    private readonly clock: Clock,
    private readonly events: ConsumerTableEvents,
  ) {}

  get(group: string): ConsumerGroup | undefined {
    return this.groups.get(group);
  }

  all(): IterableIterator<ConsumerGroup> {
    return this.groups.values();
  }

  /** Also one that only a pull has told. */
  subscription(group: string, topic: string): SubscriptionData | undefined {
    return this.groups.get(group)?.subscriptions.get(topic) ?? this.compensations.get(group)?.get(topic)?.subscription;
  }

  findClient(group: string, clientId: string): ClientInfo | undefined {
    for (const client of this.groups.get(group)?.clients.values() ?? []) {
      if (client.clientId === clientId) return client;
    }
    return undefined;
  }

  /**
   * Takes in a heartbeat.
   * @param subscriptions undefined: the heartbeat left them out, they stay as they are
   * @param notify whether the group wants its members to be told of changes
   */
  register(
    data: RegisteredData,
    client: ClientInfo,
    subscriptions: readonly SubscriptionData[] | undefined,
    notify: boolean,
  ): void {
    const group = this.groupOf(data);
    const isNewClient = addClient(group, client);
    const isNewTopicSet = subscriptions !== undefined && updateSubscriptions(group, subscriptions);
    if ((isNewClient || isNewTopicSet) && notify) this.tellMembers(group);
  }

  unregister(groupName: string, channel: Channel, notify: boolean): void {
    const group = this.groups.get(groupName);
    if (group === undefined) return;
    group.clients.delete(channel);
    this.dropIfEmpty(group);
    if (notify) this.tellMembers(group);
  }

  /** The connection has closed: its consumers are gone. */
  removeChannel(channel: Channel): void {
    for (const group of [...this.groups.values()]) {
      if (!group.clients.delete(channel)) continue;
      this.dropIfEmpty(group);
      this.tellMembers(group);
    }
  }

  /** Remembers the subscription that a pull brought along. Source: Apache 5.3 ConsumerManager#compensateSubscribeData. */
  compensate(group: string, subscription: SubscriptionData): void {
    const topics = getOrCreate(this.compensations, group, () => new Map<string, Compensation>());
    topics.set(subscription.topic, { subscription, since: this.clock.monotonic() });
  }

  /** Forgets clients whose heartbeats have stopped, and closes their connections. */
  expire(): void {
    const now = this.clock.monotonic();
    for (const group of [...this.groups.values()]) {
      const silent = [...group.clients.values()].filter(
        ({ heardAt }) => now - heardAt > this.options.channelExpiredTimeout,
      );
      for (const { channel } of silent) {
        this.unregister(group.name, channel, true);
        channel.close();
      }
    }
    this.expireCompensations(now);
  }

  private expireCompensations(now: number): void {
    for (const [group, topics] of this.compensations) {
      for (const [topic, { since }] of topics) {
        if (now - since > this.options.subscriptionExpiredTimeout) topics.delete(topic);
      }
      if (topics.size === 0) this.compensations.delete(group);
    }
  }

  private groupOf({ groupName, consumeType, messageModel, consumeFromWhere }: RegisteredData): ConsumerGroup {
    const settings = { consumeType, messageModel, consumeFromWhere };
    const group = getOrCreate(this.groups, groupName, () => ({
      name: groupName,
      ...settings,
      clients: new Map<Channel, ClientInfo>(),
      subscriptions: new Map<string, SubscriptionData>(),
    }));
    return Object.assign(group, settings);
  }

  private dropIfEmpty(group: ConsumerGroup): void {
    if (group.clients.size > 0 || this.groups.get(group.name) !== group) return;
    this.groups.delete(group.name);
  }

  private tellMembers(group: ConsumerGroup): void {
    if (group.messageModel !== 'BROADCASTING') this.events.onMembersChanged(group);
  }
}

type RegisteredData = Omit<ConsumerData, 'subscriptionDataSet' | 'unitMode'>;

/** @returns whether the group has a member more */
function addClient(group: ConsumerGroup, client: ClientInfo): boolean {
  const known = group.clients.get(client.channel);
  if (known?.clientId === client.clientId) heardAgain(known, client);
  else group.clients.set(client.channel, client);
  return known === undefined;
}

/**
 * The newest version of each topic's subscription wins; topics that are not mentioned are gone.
 * @returns whether the set of topics is another one
 */
function updateSubscriptions(group: ConsumerGroup, subscriptions: readonly SubscriptionData[]): boolean {
  let isChanged = false;
  const topics = new Set<string>();
  for (const subscription of subscriptions) {
    topics.add(subscription.topic);
    const known = group.subscriptions.get(subscription.topic);
    if (known === undefined) isChanged = true;
    if (known === undefined || subscription.subVersion > known.subVersion) {
      group.subscriptions.set(subscription.topic, subscription);
    }
  }
  for (const topic of group.subscriptions.keys()) {
    if (topics.has(topic)) continue;
    group.subscriptions.delete(topic);
    isChanged = true;
  }
  return isChanged;
}
