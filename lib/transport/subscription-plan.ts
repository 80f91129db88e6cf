import { DEFAULT_CONNECTION, type ListenerDefinition, type RocketListenerOptions } from '../decorators/metadata.js';
import {
  ConfigurationError,
  groupNameProblem,
  matchesTag,
  parseTagExpression,
  topicNameProblem,
  type ReceivedMessage,
  type Subscription,
  type TagExpression,
} from '../engine/index.js';
import { listenerOptionProblems } from './listener-options.js';
import type { RocketContext } from './rocketmq.context.js';

/** A decorated method that Nest has bound. */
export interface Listener {
  readonly definition: ListenerDefinition;
  /** Guards, pipes, interceptors, the method and filters; returns a value, a promise or an Observable. */
  readonly handle: (payload: unknown, context: RocketContext) => unknown;
}

/** Options that belong to the whole consumer group. */
const groupOptionNames = [
  'mode',
  'model',
  'concurrency',
  'pullBatchSize',
  'batch',
  'rateLimit',
  'enableTrace',
  'traceTopic',
  'maxReconsumeTimes',
  'suspendMs',
  'consumeFrom',
  'autoStartup',
] as const;

export type GroupOptions = Pick<RocketListenerOptions, (typeof groupOptionNames)[number]>;

/** One consumer group of this process: its subscriptions, and who takes which message. */
export interface GroupPlan {
  readonly group: string;
  readonly options: Readonly<GroupOptions>;
  readonly listeners: readonly Listener[];
  readonly subscriptions: readonly Subscription[];
  /** By topic. */
  readonly routes: ReadonlyMap<string, readonly Route[]>;
}

interface Route {
  readonly listener: Listener;
  /** Undefined for SQL92, where the broker filters. */
  readonly tags?: TagExpression;
}

export function connectionOf({ options }: ListenerDefinition): string {
  return options.connection ?? DEFAULT_CONNECTION;
}

export function listenerId({ options, source }: ListenerDefinition): string {
  return options.id ?? source;
}

/**
 * Joins listeners by group: RocketMQ knows one subscription per group, so each topic's tags are
 * joined and sorted out here. A listener of one tag goes before a listener of all.
 * @throws ConfigurationError naming all listeners that are incomplete or contradict each other
 */
export function planGroups(listeners: readonly Listener[], defaultGroup?: string): GroupPlan[] {
  const problems: string[] = [];
  const groups = new Map<string, Listener[]>();
  for (const listener of listeners) {
    const { definition } = listener;
    const group = definition.group ?? defaultGroup;
    const own = listenerProblems(definition, group);
    if (own.length > 0 || group === undefined) problems.push(...own);
    else groups.set(group, [...(groups.get(group) ?? []), listener]);
  }
  const plans = [...groups].map(([group, members]) => planGroup(group, members, problems));
  if (problems.length > 0) throw new ConfigurationError('@RocketListener', problems.join('\n'));
  return plans;
}

/** Who takes the message; undefined when it came for tags that nobody here listens to (any more). */
export function findListener(plan: GroupPlan, message: Pick<ReceivedMessage, 'topic' | 'tag'>): Listener | undefined {
  let found: Listener | undefined;
  for (const { tags, listener } of plan.routes.get(message.topic) ?? []) {
    const isForAll = tags === undefined || tags.tags.size === 0;
    if (!isForAll && matchesTag(tags, message.tag)) return listener;
    if (isForAll) found ??= listener;
  }
  return found;
}

function listenerProblems(definition: ListenerDefinition, group: string | undefined): string[] {
  const { source, topics, selector, options } = definition;
  const problems = listenerOptionProblems(options);
  if (topics.length === 0) problems.push('topic: is missing; name at least one');
  for (const topic of topics) {
    const problem = typeof topic === 'string' ? topicNameProblem(topic) : 'is missing; give @RocketListener a topic';
    if (problem !== undefined) problems.push(`topic: ${problem}`);
  }
  if (options.reply && (options.batch !== undefined || options.model === 'broadcasting'))
    problems.push(`reply: a request has one reply; take it one by one, without batch and broadcasting`);
  if (options.idempotency && (options.batch !== undefined || options.reply || options.model === 'broadcasting'))
    problems.push('idempotency: works message by message, without batch, reply and broadcasting');
  const deadLetterProblem = options.deadLetter === undefined ? undefined : topicNameProblem(options.deadLetter);
  if (deadLetterProblem !== undefined) problems.push(`deadLetter: ${deadLetterProblem}`);
  if (group === undefined)
    problems.push('group: is missing; give @RocketListener a group, or the module consumerDefaults.group');
  const groupProblem = group === undefined ? undefined : groupNameProblem(group);
  if (groupProblem !== undefined) problems.push(`group: ${groupProblem}`);
  if (selector.type === 'TAG' && parseTagExpression(selector.expression) === undefined)
    problems.push(`tag: '${selector.expression}' names no tag; write 'paid || refunded', or '*' for all`);
  return problems.map((problem) => `${source}: ${problem}`);
}

function planGroup(group: string, listeners: readonly Listener[], problems: string[]): GroupPlan {
  const options: GroupOptions = {};
  for (const name of groupOptionNames) Object.assign(options, joinOption(group, listeners, name, problems));
  const routes = new Map<string, Route[]>();
  for (const listener of listeners) {
    for (const topic of new Set(listener.definition.topics)) {
      const others = routes.get(topic) ?? [];
      const route = { listener, tags: tagsOf(listener) };
      for (const other of others) {
        const clash = clashOf(route, other, options);
        if (clash !== undefined)
          problems.push(
            `${bothOf(other.listener, listener)} ${clash} of topic ${topic} in group ${group}; ` +
              remedyFor(other.listener, listener),
          );
      }
      routes.set(topic, [...others, route]);
    }
  }
  const isBatch = ({ definition }: Listener): boolean => definition.options.batch !== undefined;
  const single = listeners.find((listener) => !isBatch(listener));
  if (options.batch !== undefined && single !== undefined)
    problems.push(
      `${bothOf(listeners.find(isBatch) ?? single, single)} share group ${group}, but only one takes batches`,
    );
  return { group, options, listeners, routes, subscriptions: [...routes].map(joinSubscription) };
}

/** A group option counts for all, whoever gives it; two that differ are a contradiction. */
function joinOption(
  group: string,
  listeners: readonly Listener[],
  name: (typeof groupOptionNames)[number],
  problems: string[],
): Partial<GroupOptions> {
  const giving = listeners.filter(({ definition }) => definition.options[name] !== undefined);
  if (giving.length === 0) return {};
  const [first, ...others] = giving;
  const value = first.definition.options[name];
  const other = others.find(({ definition }) => JSON.stringify(definition.options[name]) !== JSON.stringify(value));
  if (other !== undefined)
    problems.push(
      `${bothOf(first, other)} share group ${group} but want ${name} ${JSON.stringify(value)} and ` +
        `${JSON.stringify(other.definition.options[name])}; agree on one, or use two groups`,
    );
  return { [name]: value };
}

function clashOf(one: Route, other: Route, options: GroupOptions): string | undefined {
  if (one.tags === undefined || other.tags === undefined) return 'cannot share one SQL92 filter';
  if (options.batch !== undefined) return 'cannot share the batches';
  if (one.tags.tags.size === 0 && other.tags.tags.size === 0) return 'both take every tag';
  const shared = [...one.tags.tags].filter((tag) => other.tags?.tags.has(tag));
  return shared.length === 0 ? undefined : `both take tag ${shared.join(', ')}`;
}

function remedyFor(one: Listener, other: Listener): string {
  return one.definition.source === other.definition.source
    ? 'is its class provided by two modules? Export it from one'
    : 'use two groups, then each gets every message';
}

function joinSubscription([topic, routes]: [string, readonly Route[]]): Subscription {
  const { selector } = routes[0].listener.definition;
  if (selector.type === 'SQL92') return { topic, type: 'SQL92', expression: selector.expression };
  const all = routes.some(({ tags }) => tags === undefined || tags.tags.size === 0);
  const names = new Set(routes.flatMap(({ tags }) => [...(tags?.tags ?? [])]));
  return { topic, type: 'TAG', expression: all ? '*' : [...names].join(' || ') };
}

function tagsOf({ definition: { selector } }: Listener): TagExpression | undefined {
  return selector.type === 'SQL92' ? undefined : parseTagExpression(selector.expression);
}

function bothOf(one: Listener, other: Listener): string {
  return `${one.definition.source} and ${other.definition.source}`;
}
