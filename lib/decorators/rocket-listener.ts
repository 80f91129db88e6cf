import { EventPattern, Payload } from '@nestjs/microservices';
import { PARAM_ARGS_METADATA } from '@nestjs/microservices/constants.js';
import {
  IDEMPOTENCY,
  ROCKET_LISTENERS,
  ROCKET_TRANSPORT,
  sourceOf,
  type IdempotencyOptions,
  type ListenerDefinition,
  type RocketListenerOptions,
} from './metadata.js';
import { Topic } from './topic.js';

type TopicLike = string | Topic;

/** What Nest's parameter decorators leave behind. */
type Parameters = Record<string, { index: number }>;

/**
 * Makes the method a listener: of a controller or of any provider, with Nest's guards, pipes,
 * interceptors and filters around it. Resolving acknowledges the message; throwing has it delivered
 * again. May be stacked.
 * @param topic one topic or several
 * @param tag `*` (default), one tag, or `paid || refunded`
 * @param group consumer group; default: consumerDefaults.group of the module
 */
export function RocketListener(
  topic: TopicLike | readonly TopicLike[],
  tag?: string,
  group?: string,
  options: RocketListenerOptions = {},
): MethodDecorator {
  return (target, method, descriptor) => {
    const handler = descriptor.value as object;
    const source = sourceOf(target, method);
    const above = (Reflect.getMetadata(ROCKET_LISTENERS, handler) ?? []) as ListenerDefinition[];
    const idempotency = Reflect.getMetadata(IDEMPOTENCY, handler) as IdempotencyOptions | undefined;
    const definitions = [...above, define(source, topic, tag, group, { idempotency, ...options })];
    Reflect.defineMetadata(ROCKET_LISTENERS, definitions, handler);

    // Nest's decorator replaces the patterns of one stacked below it, so that each time all are given.
    const patterns = definitions.map(({ pattern }) => pattern);
    const bind: MethodDecorator = EventPattern(patterns, ROCKET_TRANSPORT, { [ROCKET_LISTENERS]: definitions });
    bind(target, method, descriptor);

    // The first parameter is the payload unless it is decorated otherwise.
    const parameters = (Reflect.getMetadata(PARAM_ARGS_METADATA, target.constructor, method) ?? {}) as Parameters;
    if (!Object.values(parameters).some(({ index }) => index === 0)) Payload()(target, method, 0);
  };
}

/**
 * Listens to what a consumer group has given up. The dead letters are consumed by a group of their
 * own, `<group>-DLQ` unless named.
 */
export function DeadLetterListener(
  ofGroup: string,
  { group = `${ofGroup}-DLQ`, ...options }: RocketListenerOptions & { group?: string } = {},
): MethodDecorator {
  return RocketListener(`%DLQ%${ofGroup}`, '*', group, { consumeFrom: 'first', ...options });
}

function define(
  source: string,
  topic: TopicLike | readonly TopicLike[],
  tag: string | undefined,
  group: string | undefined,
  options: RocketListenerOptions,
): ListenerDefinition {
  const given = (Array.isArray(topic) ? topic : [topic]) as readonly TopicLike[];
  const tokens = given.filter((one) => one instanceof Topic);
  const topics = given.map((one) => (one instanceof Topic ? one.name : one));
  const expression = tag ?? tokens.find((token) => token.tag !== undefined)?.tag ?? '*';
  const selector = options.selector ?? { type: 'TAG', expression };
  const schema = options.schema ?? tokens.find((token) => token.schema !== undefined)?.schema;
  return {
    pattern: `${topics.join(',')}:${selector.expression}@${group ?? ''}`,
    source,
    topics,
    selector,
    group,
    options: { ...options, schema },
  };
}
