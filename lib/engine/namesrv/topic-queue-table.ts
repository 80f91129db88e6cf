import { getOrCreate } from '../common/get-or-create.js';
import { Permission, type QueueData } from '../protocol/bodies/topic-route-data.js';

const READ_WRITE = Permission.read | Permission.write;

/** Which topic has which queues on which broker. */
export class TopicQueueTable {
  /** Topic, then broker name. */
  private readonly topics = new Map<string, Map<string, QueueData>>();

  names(): string[] {
    return [...this.topics.keys()];
  }

  namesOnBroker(brokerName: string): string[] {
    return this.names().filter((topic) => this.has(topic, brokerName));
  }

  /** Topics whose topicSysFlag, on the first broker that has them, passes the test. */
  namesByFlag(test: (topicSysFlag: number) => boolean): string[] {
    return this.names().filter((topic) => {
      const [first] = this.get(topic);
      return test(first.topicSysFlag);
    });
  }

  /** Empty when there is no such topic. */
  get(topic: string): QueueData[] {
    return [...(this.topics.get(topic)?.values() ?? [])];
  }

  has(topic: string, brokerName: string): boolean {
    return this.topics.get(topic)?.has(brokerName) ?? false;
  }

  put(topic: string, data: QueueData): void {
    getOrCreate(this.topics, topic, () => new Map<string, QueueData>()).set(data.brokerName, data);
  }

  delete(topic: string): void {
    this.topics.delete(topic);
  }

  /** A topic that is on no broker any more is forgotten. */
  deleteOnBroker(topic: string, brokerName: string): void {
    const byBroker = this.topics.get(topic);
    byBroker?.delete(brokerName);
    if (byBroker?.size === 0) this.topics.delete(topic);
  }

  deleteBroker(brokerName: string): void {
    for (const topic of this.names()) this.deleteOnBroker(topic, brokerName);
  }

  /** @returns how many topics the broker has */
  wipeWritePermission(brokerName: string): number {
    return this.changePermissions(brokerName, (perm) => perm & ~Permission.write);
  }

  /** As Apache: reading comes with it. @returns how many topics the broker has */
  addWritePermission(brokerName: string): number {
    return this.changePermissions(brokerName, () => READ_WRITE);
  }

  private changePermissions(brokerName: string, change: (perm: number) => number): number {
    let changed = 0;
    for (const byBroker of this.topics.values()) {
      const data = byBroker.get(brokerName);
      if (data === undefined) continue;
      byBroker.set(brokerName, { ...data, perm: change(data.perm) });
      changed++;
    }
    return changed;
  }
}
