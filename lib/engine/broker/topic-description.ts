import type { TopicConfig } from '../protocol/bodies/topic-config.js';
import { Permission } from '../protocol/bodies/topic-route-data.js';

/** A topic in the words of Apache's remarks. Source: Apache 5.3 TopicConfig#toString. */
export function describeTopic(topic: TopicConfig): string {
  const attributes = Object.entries(topic.attributes).map(([name, value]) => `${name}=${value}`);
  return (
    `TopicConfig [topicName=${topic.topicName}, readQueueNums=${topic.readQueueNums}, ` +
    `writeQueueNums=${topic.writeQueueNums}, perm=${describePermission(topic.perm)}, ` +
    `topicFilterType=${topic.topicFilterType}, topicSysFlag=${topic.topicSysFlag}, order=${String(topic.order)}, ` +
    `attributes={${attributes.join(', ')}}]`
  );
}

/** `RW-`, `R--`, … Source: Apache 5.3 PermName#perm2String. */
export function describePermission(perm: number): string {
  const letter = (bit: number, name: string): string => ((perm & bit) !== 0 ? name : '-');
  return letter(Permission.read, 'R') + letter(Permission.write, 'W') + letter(Permission.inherit, 'X');
}
