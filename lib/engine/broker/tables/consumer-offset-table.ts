import type { FastjsonInput, FastjsonValue } from '../../common/fastjson.js';
import { integersOf, objectOf } from '../../common/json-fields.js';
import { getOrCreate } from '../../common/get-or-create.js';
import { nextVersion, readDataVersion, type DataVersion } from '../../protocol/bodies/data-version.js';
import type { Clock } from '../../ports/clock.js';

/** Progress of one group on one topic, by queue id. */
interface Progress {
  readonly committed: Map<number, number>;
  /** How far it has pulled; kept in memory only. */
  readonly pulled: Map<number, number>;
  /** Where its next pulls are sent back to; kept in memory only. */
  readonly reset: Map<number, number>;
}

/**
 * How far each group has consumed each queue.
 * Source: Apache 5.3 ConsumerOffsetManager.
 */
export class ConsumerOffsetTable {
  private readonly groups = new Map<string, Map<string, Progress>>();
  private version: DataVersion;
  private commits = 0;
  private isChanged = false;

  constructor(
    private readonly options: { consumerOffsetUpdateVersionStep: number },
    private readonly clock: Clock,
  ) {
    this.version = { stateVersion: 0, timestamp: clock.now(), counter: 0 };
  }

  get dataVersion(): DataVersion {
    return this.version;
  }

  /** Takes any offset, also one below the stored one: consumers may go back. */
  commit(group: string, topic: string, queueId: number, queueOffset: number): void {
    this.progressOf(group, topic).committed.set(queueId, queueOffset);
    this.isChanged = true;
    if (++this.commits % this.options.consumerOffsetUpdateVersionStep === 0) {
      this.version = nextVersion(this.version, this.clock.now());
    }
  }

  /** A reset that waits for its consumer, else what was committed; undefined for neither. */
  query(group: string, topic: string, queueId: number): number | undefined {
    const progress = this.groups.get(group)?.get(topic);
    return progress?.reset.get(queueId) ?? progress?.committed.get(queueId);
  }

  recordPull(group: string, topic: string, queueId: number, queueOffset: number): void {
    this.progressOf(group, topic).pulled.set(queueId, queueOffset);
  }

  queryPulled(group: string, topic: string, queueId: number): number | undefined {
    return this.groups.get(group)?.get(topic)?.pulled.get(queueId) ?? this.query(group, topic, queueId);
  }

  /** The group's next pull of the queue is sent to `queueOffset`; until then commits are to be ignored. */
  reset(group: string, topic: string, queueId: number, queueOffset: number): void {
    this.progressOf(group, topic).reset.set(queueId, queueOffset);
    this.commit(group, topic, queueId, queueOffset);
  }

  hasReset(group: string, topic: string, queueId: number): boolean {
    return this.groups.get(group)?.get(topic)?.reset.has(queueId) === true;
  }

  takeReset(group: string, topic: string, queueId: number): number | undefined {
    const reset = this.groups.get(group)?.get(topic)?.reset;
    if (reset === undefined || reset.size === 0) return undefined;
    const queueOffset = reset.get(queueId);
    reset.delete(queueId);
    return queueOffset;
  }

  topicsOf(group: string): string[] {
    const topics = this.groups.get(group) ?? new Map<string, Progress>();
    return [...topics].filter(([, { committed }]) => committed.size > 0).map(([topic]) => topic);
  }

  groupsOf(topic: string): string[] {
    const groups: string[] = [];
    for (const [group, topics] of this.groups) {
      if ((topics.get(topic)?.committed.size ?? 0) > 0) groups.push(group);
    }
    return groups;
  }

  /** Committed offsets of all queues of a topic. */
  committedOf(group: string, topic: string): ReadonlyMap<number, number> {
    return this.groups.get(group)?.get(topic)?.committed ?? new Map<number, number>();
  }

  /** Gives `toGroup` the committed offsets of `fromGroup`. */
  clone(fromGroup: string, toGroup: string, topic: string): void {
    const { committed } = this.progressOf(toGroup, topic);
    committed.clear();
    for (const [queueId, queueOffset] of this.committedOf(fromGroup, topic)) committed.set(queueId, queueOffset);
    this.isChanged = true;
  }

  deleteGroup(group: string): void {
    this.isChanged = this.groups.delete(group) || this.isChanged;
  }

  deleteTopic(topic: string): void {
    for (const [group, topics] of this.groups) {
      if (!topics.delete(topic)) continue;
      this.isChanged = true;
      if (topics.size === 0) this.groups.delete(group);
    }
  }

  /** True once after something to be stored has changed. */
  takeChanged(): boolean {
    const changed = this.isChanged;
    this.isChanged = false;
    return changed;
  }

  encode(): FastjsonInput {
    const groupTopicMap = new Map<string, string[]>();
    const offsetTable: Record<string, Map<number, number>> = {};
    for (const [group, topics] of this.groups) {
      for (const [topic, { committed }] of topics) {
        if (committed.size === 0) continue;
        getOrCreate(groupTopicMap, group, () => []).push(topic);
        offsetTable[`${topic}@${group}`] = committed;
      }
    }
    return { dataVersion: this.version, groupTopicMap, offsetTable };
  }

  /** `groupTopicMap` is for people; it is not read. @throws ProtocolError */
  decode(content: FastjsonValue): void {
    const { dataVersion, offsetTable } = objectOf(content, 'consumerOffset.json');
    for (const [key, offsets] of Object.entries(objectOf(offsetTable ?? {}, 'offsetTable'))) {
      const [topic, group] = key.split('@');
      const { committed } = this.progressOf(group, topic);
      for (const [queueId, queueOffset] of integersOf(offsets, key)) committed.set(Number(queueId), queueOffset);
    }
    this.version = readDataVersion(dataVersion ?? {});
  }

  private progressOf(group: string, topic: string): Progress {
    const topics = getOrCreate(this.groups, group, () => new Map<string, Progress>());
    return getOrCreate(topics, topic, newProgress);
  }
}

function newProgress(): Progress {
  return { committed: new Map(), pulled: new Map(), reset: new Map() };
}
