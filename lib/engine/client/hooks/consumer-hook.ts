import type { ReceivedMessage } from '../../message/message.js';
import type { MessageQueue } from '../../message/message-queue.js';
import type { Logger } from '../../ports/logger.js';
import { callHooks } from './call-hooks.js';

/** One call of a listener. Source: Apache 5.3 ConsumeMessageContext. */
export interface ConsumeCall {
  readonly consumerGroup: string;
  readonly queue: MessageQueue;
  readonly messages: readonly ReceivedMessage[];
}

/** `status` is what the listener answered; undefined when it threw or answered nothing that is allowed. */
export interface ConsumeOutcome {
  readonly status?: string;
  readonly error?: unknown;
}

/** Watches a consumer; what a hook throws is logged and harms nobody. Source: Apache 5.3 ConsumeMessageHook. */
export interface ConsumerHook {
  beforeConsume?(call: ConsumeCall): void;
  afterConsume?(call: ConsumeCall, outcome: ConsumeOutcome): void;
}

type Listener<Context, Outcome> = (messages: readonly ReceivedMessage[], context: Context) => Promise<Outcome>;

/** The listener with the hooks around it. */
export function withConsumerHooks<Context extends { queue: MessageQueue }, Outcome extends { status: string }>(
  consume: Listener<Context, Outcome>,
  hooks: readonly ConsumerHook[],
  consumerGroup: string,
  logger: Logger,
): Listener<Context, Outcome> {
  if (hooks.length === 0) return consume;
  return async (messages, context) => {
    const call: ConsumeCall = { consumerGroup, queue: context.queue, messages };
    callHooks(hooks, logger, (hook) => hook.beforeConsume?.(call));
    try {
      const outcome = await consume(messages, context);
      const answer: Outcome | undefined = outcome; // a listener without types may answer nothing
      callHooks(hooks, logger, (hook) => hook.afterConsume?.(call, { status: answer?.status }));
      return outcome;
    } catch (error) {
      callHooks(hooks, logger, (hook) => hook.afterConsume?.(call, { error }));
      throw error;
    }
  };
}
