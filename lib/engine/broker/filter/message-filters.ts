import { matchesTagsCode, parseTagExpression } from '../../message/tags.js';
import type { ExpressionType, SubscriptionData } from '../../protocol/bodies/heartbeat-data.js';
import type { MessageFilter } from '../../store/message-store.js';
import { FilterSyntaxError } from './filter-syntax-error.js';
import { compileSql92 } from './sql92.js';

type Compiled = { filter: MessageFilter | undefined } | { failure: FilterSyntaxError };

/** Of those that pulls bring along; a heartbeat's lives as long as its subscription. */
const MAX_REMEMBERED = 100;

/** Turns subscriptions into filters; each is compiled once. */
export class MessageFilters {
  private readonly ofSubscription = new WeakMap<SubscriptionData, Compiled>();
  private readonly brought = new Map<string, SubscriptionData>();

  /**
   * @returns undefined when the subscription takes everything
   * @throws FilterSyntaxError
   */
  filterOf(subscription: SubscriptionData): MessageFilter | undefined {
    let compiled = this.ofSubscription.get(subscription);
    if (compiled === undefined) this.ofSubscription.set(subscription, (compiled = compile(subscription)));
    if ('failure' in compiled) throw compiled.failure;
    return compiled.filter;
  }

  /** The subscription that a pull's header tells. @throws FilterSyntaxError nothing but separators */
  subscriptionFor(topic: string, expression: string | undefined, type: ExpressionType): SubscriptionData {
    const key = `${type} ${topic} ${expression ?? ''}`;
    const known = this.brought.get(key);
    if (known !== undefined) return known;
    const subscription = type === 'TAG' ? byTag(topic, expression) : bySql(topic, expression ?? '');
    if (this.brought.size >= MAX_REMEMBERED) this.brought.clear();
    this.brought.set(key, subscription);
    return subscription;
  }
}

/** Clients older than SQL92 say nothing, and mean tags; undefined: a type that nobody knows. */
export function expressionTypeOf(text: string | undefined): ExpressionType | undefined {
  if (text === undefined || text === '' || text === 'TAG') return 'TAG';
  return text === 'SQL92' ? 'SQL92' : undefined;
}

function compile({ subString, classFilterMode, expressionType }: SubscriptionData): Compiled {
  if (classFilterMode) return { filter: undefined };
  if (expressionType !== 'SQL92') return { filter: tagFilter(subString) };
  try {
    return { filter: { matchesTagsCode: () => true, matchesProperties: compileSql92(subString) } };
  } catch (error) {
    if (error instanceof FilterSyntaxError) return { failure: error };
    throw error;
  }
}

function tagFilter(expression: string): MessageFilter | undefined {
  const tags = parseTagExpression(expression);
  if (tags === undefined || tags.codes.size === 0) return undefined;
  return { matchesTagsCode: (tagsCode) => matchesTagsCode(tags, tagsCode) };
}

function byTag(topic: string, expression: string | undefined): SubscriptionData {
  const tags = parseTagExpression(expression);
  if (tags === undefined) throw new FilterSyntaxError(`'${expression ?? ''}' names no tag`);
  const sets = { tagsSet: [...tags.tags], codeSet: [...tags.codes] };
  return { classFilterMode: false, topic, subString: tags.expression, ...sets, subVersion: 0, expressionType: 'TAG' };
}

function bySql(topic: string, subString: string): SubscriptionData {
  const common = { classFilterMode: false, topic, subString, tagsSet: [], codeSet: [] };
  return { ...common, subVersion: 0, expressionType: 'SQL92' };
}
