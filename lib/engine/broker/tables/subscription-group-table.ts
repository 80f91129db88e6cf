import type { FastjsonValue } from '../../common/fastjson.js';
import { integersOf, objectOf } from '../../common/json-fields.js';
import { groupNameProblem, predefinedGroups } from '../../message/topic-names.js';
import { nextVersion, readDataVersion, type DataVersion } from '../../protocol/bodies/data-version.js';
import {
  newSubscriptionGroup,
  readSubscriptionGroupConfig,
  type SubscriptionGroupConfig,
  type SubscriptionGroupTable as Content,
} from '../../protocol/bodies/subscription-group-config.js';
import type { Clock } from '../../ports/clock.js';

/** The bit of a group's entry in `forbiddenTable` that forbids reading a topic. */
const READ_FORBIDDEN = 1 << 2;

/**
 * The consumer groups this broker knows and what they may do.
 * Source: Apache 5.3 SubscriptionGroupManager.
 */
export class SubscriptionGroupTable {
  private readonly groups = new Map<string, SubscriptionGroupConfig>();
  private readonly forbidden = new Map<string, Map<string, number>>();
  private readonly changeListeners: (() => void)[] = [];
  private version: DataVersion;

  constructor(
    private readonly options: { autoCreateSubscriptionGroup: boolean },
    private readonly clock: Clock,
  ) {
    this.version = { stateVersion: 0, timestamp: clock.now(), counter: 0 };
    for (const group of predefinedGroups) this.groups.set(group, newSubscriptionGroup(group));
  }

  get dataVersion(): DataVersion {
    return this.version;
  }

  onChange(listener: () => void): void {
    this.changeListeners.push(listener);
  }

  has(group: string): boolean {
    return this.groups.has(group);
  }

  get(group: string): SubscriptionGroupConfig | undefined {
    return this.groups.get(group);
  }

  /** The group's settings; it is created on first use where that is allowed and its name is good. */
  find(group: string): SubscriptionGroupConfig | undefined {
    const existing = this.groups.get(group);
    if (existing !== undefined || !this.options.autoCreateSubscriptionGroup) return existing;
    if (groupNameProblem(group) !== undefined) return undefined;
    return this.put(newSubscriptionGroup(group));
  }

  names(): IterableIterator<string> {
    return this.groups.keys();
  }

  /** Creates or replaces a group. */
  put(config: SubscriptionGroupConfig): SubscriptionGroupConfig {
    this.groups.set(config.groupName, config);
    this.changed();
    return config;
  }

  delete(group: string): boolean {
    if (!this.groups.delete(group)) return false;
    this.forbidden.delete(group);
    this.changed();
    return true;
  }

  isReadForbidden(group: string, topic: string): boolean {
    return ((this.forbidden.get(group)?.get(topic) ?? 0) & READ_FORBIDDEN) !== 0;
  }

  setReadForbidden(group: string, topic: string, isForbidden: boolean): void {
    const topics = this.forbidden.get(group) ?? new Map<string, number>();
    const bits = topics.get(topic) ?? 0;
    const changed = isForbidden ? bits | READ_FORBIDDEN : bits & ~READ_FORBIDDEN;
    if (changed === 0) topics.delete(topic);
    else topics.set(topic, changed);
    if (topics.size === 0) this.forbidden.delete(group);
    else this.forbidden.set(group, topics);
    this.changed();
  }

  /** Content of subscriptionGroup.json. */
  encode(): Content {
    const forbidden = [...this.forbidden].map(([group, topics]) => [group, Object.fromEntries(topics)] as const);
    return {
      dataVersion: this.version,
      forbiddenTable: Object.fromEntries(forbidden),
      subscriptionGroupTable: Object.fromEntries(this.groups),
    };
  }

  /** Takes over what the file holds; groups it doesn't mention stay. @throws ProtocolError */
  decode(content: FastjsonValue): void {
    const { dataVersion, forbiddenTable, subscriptionGroupTable } = objectOf(content, 'subscriptionGroup.json');
    for (const config of Object.values(objectOf(subscriptionGroupTable ?? {}, 'subscriptionGroupTable'))) {
      const group = readSubscriptionGroupConfig(config);
      this.groups.set(group.groupName, group);
    }
    for (const [group, topics] of Object.entries(objectOf(forbiddenTable ?? {}, 'forbiddenTable'))) {
      this.forbidden.set(group, integersOf(topics, 'forbiddenTable'));
    }
    this.version = readDataVersion(dataVersion ?? {});
  }

  private changed(): void {
    this.version = nextVersion(this.version, this.clock.now());
    for (const listener of this.changeListeners) listener();
  }
}
