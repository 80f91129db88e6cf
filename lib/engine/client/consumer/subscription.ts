import { ConfigurationError } from '../../common/errors.js';
import { parseTagExpression, type TagExpression } from '../../message/tags.js';
import { topicNameProblem } from '../../message/topic-names.js';
import type { SubscriptionData } from '../../protocol/bodies/heartbeat-data.js';
import type { Subscription } from './push-consumer-options.js';

/** A subscription as brokers are told of it, and the filter the consumer applies itself. */
export interface ParsedSubscription {
  readonly data: SubscriptionData;
  /** By text, where the broker's filter only compares hashes; undefined for SQL92. */
  readonly tags?: TagExpression;
}

/**
 * @param subVersion milliseconds; brokers keep the newest
 * @throws ConfigurationError
 * Source: Apache 5.3 FilterAPI#buildSubscriptionData.
 */
export function parseSubscription(
  { topic, expression, type = 'TAG' }: Subscription,
  subVersion: number,
): ParsedSubscription {
  const problem = topicNameProblem(topic);
  if (problem !== undefined) throw new ConfigurationError('subscriptions', `topic ${problem}`);
  const base = { classFilterMode: false, topic, subVersion, expressionType: type };
  if (type === 'SQL92') {
    if (expression === undefined || expression.trim() === '') {
      throw new ConfigurationError(
        'subscriptions',
        `topic ${topic} has no SQL92 expression; write one, or use type TAG`,
      );
    }
    return { data: { ...base, subString: expression, tagsSet: [], codeSet: [] } };
  }
  const tags = parseTagExpression(expression);
  if (!tags) {
    throw new ConfigurationError(
      'subscriptions',
      `'${expression ?? ''}' of topic ${topic} names no tag; write '*' or 'TagA || TagB'`,
    );
  }
  return {
    data: { ...base, subString: tags.expression, tagsSet: [...tags.tags], codeSet: [...tags.codes] },
    tags,
  };
}

/**
 * Subscriptions by topic.
 * @throws ConfigurationError also when a topic is there twice
 */
export function parseSubscriptions(
  subscriptions: readonly Subscription[],
  subVersion: number,
): Map<string, ParsedSubscription> {
  const parsed = new Map<string, ParsedSubscription>();
  for (const subscription of subscriptions) {
    if (parsed.has(subscription.topic)) {
      throw new ConfigurationError(
        'subscriptions',
        `topic ${subscription.topic} is there twice; join the two expressions, as in 'TagA || TagB'`,
      );
    }
    parsed.set(subscription.topic, parseSubscription(subscription, subVersion));
  }
  return parsed;
}
