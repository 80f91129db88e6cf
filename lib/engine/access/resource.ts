import { groupOfRetryTopic, isRetryTopic } from '../message/topic-names.js';

/** Source: Apache 5.3 ResourceType. */
export type ResourceType = 'Any' | 'Cluster' | 'Namespace' | 'Topic' | 'Group';

/** What a permission is about: one name, the names with a beginning, or all. Source: Apache 5.3 Resource. */
export interface Resource {
  readonly type: ResourceType;
  readonly pattern: 'LITERAL' | 'PREFIXED' | 'ANY';
  /** Empty for ANY. */
  readonly name: string;
}

const types: readonly ResourceType[] = ['Any', 'Cluster', 'Namespace', 'Topic', 'Group'];

export const everything: Resource = { type: 'Any', pattern: 'ANY', name: '' };

export function resource(type: ResourceType, name: string): Resource {
  return { type, pattern: 'LITERAL', name };
}

/** A group, also by the name of its retry topic. */
export function groupResource(name: string): Resource {
  return resource('Group', isRetryTopic(name) ? groupOfRetryTopic(name) : name);
}

/** Reads `Topic:Orders`, `Group:app-*`, `Cluster:*` or `*`; undefined: none of these. */
export function parseResource(key: string): Resource | undefined {
  if (key === '*') return everything;
  const colon = key.indexOf(':');
  if (colon < 0) return undefined;
  const given = key.slice(0, colon).toLowerCase();
  const type = types.find((known) => known.toLowerCase() === given);
  if (type === undefined) return undefined;
  const name = key.slice(colon + 1);
  if (name === '*') return { type, pattern: 'ANY', name: '' };
  if (name.endsWith('*')) return { type, pattern: 'PREFIXED', name: name.slice(0, -1) };
  return name === '' ? undefined : resource(type, name);
}

export function resourceKey({ type, pattern, name }: Resource): string {
  if (type === 'Any') return '*';
  return `${type}:${name}${pattern === 'LITERAL' ? '' : '*'}`;
}

/** Whether what a rule is about includes what is asked for. */
export function includes(rule: Resource, asked: Resource): boolean {
  if (rule.type === 'Any') return true;
  if (rule.type !== asked.type) return false;
  if (rule.pattern === 'LITERAL') return rule.name === asked.name;
  return rule.pattern === 'ANY' || asked.name.startsWith(rule.name);
}

/** The larger, the nearer a rule is to a single name. */
export function nearness({ type, pattern, name }: Resource): number {
  if (type === 'Any') return -2;
  if (pattern === 'ANY') return -1;
  return pattern === 'LITERAL' ? Infinity : name.length;
}
