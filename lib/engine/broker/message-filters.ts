import { matchesTagsCode, parseTagExpression } from '../message/tags.js';
import type { SubscriptionData } from '../protocol/bodies/heartbeat-data.js';
import type { MessageFilter } from '../store/message-store.js';

const filters = new WeakMap<SubscriptionData, { filter: MessageFilter | undefined }>();

/** The filter by tag that a subscription asks for; undefined when it takes everything. */
export function tagFilterOf(subscription: SubscriptionData): MessageFilter | undefined {
  let cached = filters.get(subscription);
  if (cached === undefined) filters.set(subscription, (cached = { filter: newTagFilter(subscription) }));
  return cached.filter;
}

function newTagFilter({ subString, classFilterMode }: SubscriptionData): MessageFilter | undefined {
  const expression = classFilterMode ? undefined : parseTagExpression(subString);
  if (expression === undefined || expression.codes.size === 0) return undefined;
  return { matchesTagsCode: (tagsCode) => matchesTagsCode(expression, tagsCode) };
}

/** A subscription by tag as a pull's header tells it; undefined when it cannot be read. */
export function subscriptionByTag(topic: string, expression: string | undefined): SubscriptionData | undefined {
  const parsed = parseTagExpression(expression);
  if (parsed === undefined) return undefined;
  return {
    classFilterMode: false,
    topic,
    subString: parsed.expression,
    tagsSet: [...parsed.tags],
    codeSet: [...parsed.codes],
    subVersion: 0,
    expressionType: 'TAG',
  };
}

/** Clients older than SQL92 say nothing, and mean tags. */
export function isTagType(expressionType: string | undefined): boolean {
  return expressionType === undefined || expressionType === '' || expressionType === 'TAG';
}
