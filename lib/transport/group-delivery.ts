import type { ListenerDefinition, RocketListenerOptions, StandardSchema } from '../decorators/metadata.js';
import type { ConcurrentOutcome, ConsumeContext, Logger, OrderlyOutcome, ReceivedMessage } from '../engine/index.js';
import { concurrentOutcome, orderlyOutcome, type RetryPolicy } from './consume-outcome.js';
import { isLastDelivery, type DeadLetterSender } from './dead-letter.js';
import { explicitOutcomeOf, InvalidPayloadError } from './exceptions.js';
import type { ConsumerDefaults } from './consumer-defaults.js';
import type { HandlerRunner } from './handler-runner.js';
import { CONTENT_TYPE, type PayloadCodec } from './payload-codec.js';
import { errorReply, isRequest, type Replier } from './reply.js';
import { RocketContext } from './rocketmq.context.js';
import { applyOnce, type OnceInbox } from './idempotent-handler.js';
import { findListener, listenerId, type GroupPlan, type Listener } from './subscription-plan.js';
import type { Telemetry } from './telemetry.js';

export interface DeliveryParts {
  codec: PayloadCodec;
  defaults: ConsumerDefaults;
  runner: HandlerRunner;
  logger: Logger;
  reply: Replier;
  sendDeadLetter: DeadLetterSender;
  connection: string;
  /** Of the module's option `inbox`. */
  inbox?: OnceInbox;
  /** Default: nobody watches. */
  telemetry?: Telemetry;
  /** Runs one delivery between Nest's processing hooks. */
  process: (context: RocketContext, work: () => Promise<unknown>) => Promise<unknown>;
}

/** Apache's consumeTimeout: 15 minutes. A queue in order has none: a second delivery could overtake the first. */
const CONCURRENT_TIMEOUT_MS = 15 * 60_000;

const succeeded = { status: 'SUCCESS' } as const;
const nothing = (): undefined => undefined;

/** Hands the messages of one consumer group to its listeners, and says what becomes of each. */
export class GroupDelivery {
  constructor(
    private readonly plan: GroupPlan,
    private readonly parts: DeliveryParts,
  ) {}

  /** The longest that any of its listeners may take. */
  get longestTimeoutMs(): number {
    return Math.max(
      ...this.plan.listeners.map(({ definition }) => this.timeoutOf(definition) ?? CONCURRENT_TIMEOUT_MS),
    );
  }

  consumeConcurrently(messages: readonly ReceivedMessage[], call: ConsumeContext): Promise<ConcurrentOutcome> {
    return this.consume(messages, call, concurrentOutcome, { status: 'LATER' });
  }

  consumeOrderly(messages: readonly ReceivedMessage[], call: ConsumeContext): Promise<OrderlyOutcome> {
    return this.consume(messages, call, orderlyOutcome, { status: 'SUSPEND' });
  }

  /**
   * Here and below: an async function costs a message as much as the work in it.
   * @param byDefault when backoff or retryOn throw: that is no reason to lose a message
   */
  private consume<Outcome extends { status: string }>(
    messages: readonly ReceivedMessage[],
    call: ConsumeContext,
    byPolicy: OutcomeByPolicy<Outcome>,
    byDefault: Outcome,
  ): Promise<Outcome | { status: 'SUCCESS' }> {
    const { telemetry, connection } = this.parts;
    if (telemetry?.consume === undefined) {
      return this.deliver(messages, call).then((failure) =>
        failure === undefined ? succeeded : this.conclude(failure, byPolicy, byDefault),
      );
    }
    const { group } = this.plan;
    const found = findListener(this.plan, messages[0]);
    const listener = found === undefined ? group : listenerId(found.definition);
    const isBatch = this.plan.options.batch !== undefined;
    const operation = { connection, group, listener, queue: call.queue, messages, isBatch };
    const result = telemetry.consume(operation, async () => {
      const failure = await this.deliver(messages, call);
      if (failure === undefined) return { outcome: 'SUCCESS', status: succeeded };
      const concluded = await this.conclude(failure, byPolicy, byDefault);
      const outcome = failure.isGivenUp ? 'DEAD_LETTER' : concluded.status === 'SUCCESS' ? 'SUCCESS' : 'RETRY';
      return { outcome, error: failure.context.error, status: concluded };
    });
    return result.then(({ status }) => status);
  }

  private deliver(messages: readonly ReceivedMessage[], call: ConsumeContext): Promise<Failure | undefined> {
    const listener = findListener(this.plan, messages[0]);
    const options = listener?.definition.options;
    const id = listener === undefined ? this.plan.group : listenerId(listener.definition);
    const context = new RocketContext(messages, call.queue, id, this.plan.group, options?.batch !== undefined, call);
    const handled =
      listener === undefined
        ? Promise.reject(new UnclaimedMessageError(this.plan.group, messages[0]))
        : this.parts.process(context, () => this.handle(listener, context));
    return handled.then(nothing, (failure: unknown) => this.failed(failure, context, options));
  }

  /** @returns undefined when its reply settles the message */
  private async failed(
    failure: unknown,
    context: RocketContext,
    options: RocketListenerOptions = {},
  ): Promise<Failure | undefined> {
    context.error = causeOf(failure, context);
    if (options.reply && (await this.replyFailure(context, failure))) return undefined;
    const { backoff, retryOn } = this.parts.defaults;
    const policy = { backoff: options.backoff ?? backoff, retryOn: options.retryOn ?? retryOn };
    return { context, policy, deadLetter: options.deadLetter };
  }

  private handle(listener: Listener, context: RocketContext): Promise<unknown> {
    const { definition } = listener;
    const handled = this.parts.runner.run(() => this.call(listener, context), context, this.timeoutOf(definition));
    return definition.options.reply ? handled.then((value) => this.reply(context, value ?? null)) : handled;
  }

  private call({ definition, handle: plain }: Listener, context: RocketContext): unknown {
    const { schema, idempotency } = definition.options;
    const handle = idempotency ? applyOnce(plain, idempotency, this.parts.inbox) : plain;
    const payloadOf = (message: ReceivedMessage): unknown => this.decode(definition, message);
    if (schema === undefined) {
      const payload = context.isBatch ? context.getMessages().map(payloadOf) : payloadOf(context.getMessage());
      return handle(payload, context);
    }
    const checked = Promise.all(
      context.getMessages().map((message) => validate(schema, payloadOf(message), context.listenerId)),
    );
    return checked.then((payloads) => handle(context.isBatch ? payloads : payloads[0], context));
  }

  /** A reply that fails is only logged: its requester is gone, and the handler must not run again. */
  private async reply(context: RocketContext, payload: unknown, isError = false): Promise<void> {
    const request = context.getMessage();
    if (!isRequest(request)) return;
    try {
      await this.parts.reply(request, payload, isError);
    } catch (error) {
      const { topic, messageId } = request;
      this.parts.logger.warn('a reply did not reach its requester', {
        listener: context.listenerId,
        topic,
        messageId,
        error,
      });
    }
  }

  /**
   * A requester does not wait for a retry: unless the handler asked for one, the failure is its reply.
   * @returns whether that settles the message
   */
  private async replyFailure(context: RocketContext, failure: unknown): Promise<boolean> {
    const explicit = explicitOutcomeOf(context.error)?.type;
    if (explicit === 'LATER' || explicit === 'SUSPEND' || !isRequest(context.getMessage())) return false;
    await this.reply(context, errorReply(failure), true);
    if (explicit === 'REJECT') return false;
    this.report(context, 'REPLIED');
    return true;
  }

  private timeoutOf({ options }: ListenerDefinition): number | undefined {
    const byDefault = this.plan.options.mode === 'orderly' ? undefined : CONCURRENT_TIMEOUT_MS;
    return options.consumeTimeoutMs ?? this.parts.defaults.consumeTimeoutMs ?? byDefault;
  }

  private decode({ options }: ListenerDefinition, { body, properties }: ReceivedMessage): unknown {
    return options.deserializer === undefined
      ? this.parts.codec.decode(body, properties.get(CONTENT_TYPE))
      : options.deserializer(body, properties);
  }

  private async conclude<Outcome extends { status: string }>(
    failure: Failure,
    byPolicy: OutcomeByPolicy<Outcome>,
    byDefault: Outcome,
  ): Promise<Outcome | { status: 'SUCCESS' }> {
    const { context, policy, deadLetter } = failure;
    const reconsumeTimes = Math.max(...context.getMessages().map((message) => message.reconsumeTimes));
    let outcome = byDefault;
    try {
      outcome = byPolicy(context.error, reconsumeTimes, policy);
    } catch (error) {
      this.parts.logger.error('backoff or retryOn of a listener failed', { listener: context.listenerId, error });
    }
    this.report(context, outcome.status);
    const isGivenUp = outcome.status === 'REJECT' || (outcome.status !== 'SUCCESS' && this.isLast(context));
    failure.isGivenUp = isGivenUp;
    return isGivenUp && deadLetter !== undefined && (await this.sendAway(context, deadLetter))
      ? { status: 'SUCCESS' }
      : outcome;
  }

  private isLast(context: RocketContext): boolean {
    const { options } = this.plan;
    const maxReconsumeTimes = options.maxReconsumeTimes ?? this.parts.defaults.maxReconsumeTimes;
    return context.getMessages().every((message) => isLastDelivery(message, { ...options, maxReconsumeTimes }));
  }

  /** @returns false when it failed: RocketMQ's own dead letters take them */
  private async sendAway(context: RocketContext, topic: string): Promise<boolean> {
    try {
      await Promise.all(context.getMessages().map((message) => this.parts.sendDeadLetter(topic, message)));
      return true;
    } catch (error) {
      const { messageId } = context.getMessage();
      this.parts.logger.error('a dead letter could not be sent to its topic', { topic, messageId, error });
      return false;
    }
  }

  private report(context: RocketContext, outcome: string): void {
    const { logger } = this.parts;
    const { messageId, topic, tag, reconsumeTimes } = context.getMessage();
    const { error, listenerId: listener } = context;
    const fields = { listener, topic, tag, messageId, reconsumeTimes, outcome, error };
    if (explicitOutcomeOf(error) !== undefined && outcome !== 'REJECT')
      logger.debug('listener settled a message by an exception', fields);
    else logger.error('listener failed', fields);
  }
}

interface Failure {
  /** Its error is set. */
  context: RocketContext;
  policy: RetryPolicy;
  deadLetter?: string;
  /** Its messages do not come again. */
  isGivenUp?: boolean;
}

type OutcomeByPolicy<Outcome> = (error: unknown, reconsumeTimes: number, policy: RetryPolicy) => Outcome;

/** A message for which no listener of this process is there, for example after its tag was taken out of the code. */
class UnclaimedMessageError extends Error {
  constructor(group: string, { topic, tag }: ReceivedMessage) {
    super(
      `no listener of group ${group} takes topic ${topic} with tag ${tag ?? '(none)'}; ` +
        'add one here, or let a member that has one take it when it comes again',
    );
  }
}

/**
 * The filters' last word counts where it states an outcome; otherwise the error that was thrown at
 * first, when it was seen: Nest's default filter puts 'Internal server error' in its place.
 */
function causeOf(failure: unknown, { error: original }: RocketContext): unknown {
  const isOutcome = (error: unknown): boolean => explicitOutcomeOf(error) !== undefined;
  return original === undefined || isOutcome(failure) || isOutcome(original) ? failure : original;
}

async function validate(schema: StandardSchema, payload: unknown, listener: string): Promise<unknown> {
  const result = await schema['~standard'].validate(payload);
  if (result.issues === undefined) return result.value;
  const problems = result.issues.map(({ path = [], message }) => {
    const names = path.map((part) => String(typeof part === 'object' ? part.key : part));
    return names.length === 0 ? message : `${names.join('.')}: ${message}`;
  });
  throw new InvalidPayloadError(listener, problems);
}
