import { javaHash } from '../common/java-hash.js';

/** What the consume queue stores for a tag: Java's hash, 0 for none. Source: Apache 5.3 MessageExtBrokerInner#tagsString2tagsCode. */
export function tagsCode(tag: string | undefined): number {
  return tag === undefined || tag === '' ? 0 : javaHash(tag);
}

/** A tag subscription: all tags, or a set of them with their hashes. */
export interface TagExpression {
  /** `*` or `TagA || TagB`. */
  readonly expression: string;
  /** Empty: every tag. */
  readonly tags: ReadonlySet<string>;
  readonly codes: ReadonlySet<number>;
}

const ALL: TagExpression = { expression: '*', tags: new Set(), codes: new Set() };

/**
 * Parses `*`, empty, or tags separated by `||`.
 * @returns undefined when there are only separators, which Apache refuses too
 * Source: Apache 5.3 FilterAPI#buildSubscriptionData.
 */
export function parseTagExpression(expression: string | undefined): TagExpression | undefined {
  if (expression === undefined || expression === '' || expression === '*') return ALL;
  const tags = expression
    .split('||')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  if (tags.length === 0) return undefined;
  return { expression, tags: new Set(tags), codes: new Set(tags.map(tagsCode)) };
}

/** The broker's filter: by hash, so that a collision passes and is sorted out by the consumer. */
export function matchesTagsCode(subscription: TagExpression, code: number): boolean {
  return subscription.codes.size === 0 || subscription.codes.has(code | 0);
}

/** The consumer's filter: by text. */
export function matchesTag(subscription: TagExpression, tag: string | undefined): boolean {
  return subscription.tags.size === 0 || (tag !== undefined && subscription.tags.has(tag));
}
