import { RpcException } from '@nestjs/microservices';
import { RocketMqError } from '../engine/index.js';

/** Found by a registered symbol, not by class: an application may hold this library twice, as ES module and as CommonJS. */
const OUTCOME = Symbol.for('nestjs-rocketmq:outcome');

export type ExplicitOutcome =
  | { readonly type: 'LATER'; readonly delayMs?: number }
  | { readonly type: 'REJECT' }
  | { readonly type: 'SUSPEND'; readonly suspendMs?: number }
  | { readonly type: 'SKIP' };

/** What a listener throws to say what becomes of its message. Passes Nest's filters as it is. */
export abstract class OutcomeException extends RpcException {
  readonly [OUTCOME]: ExplicitOutcome;

  constructor(outcome: ExplicitOutcome, message: string, options: { cause?: unknown } = {}) {
    super(message);
    this.name = new.target.name;
    this[OUTCOME] = outcome;
    if (options.cause !== undefined) this.cause = options.cause;
  }

  override getError(): this {
    return this;
  }
}

/** Deliver again, after `delayMs` (rounded up to a delay level) or RocketMQ's growing delay. */
export class ReconsumeLaterException extends OutcomeException {
  constructor({ delayMs, reason, cause }: { delayMs?: number; reason?: string; cause?: unknown } = {}) {
    super({ type: 'LATER', delayMs }, reason ?? 'to be delivered again later', { cause });
  }
}

/** Straight to the dead letters: no further delivery can succeed. */
export class RejectException extends OutcomeException {
  constructor(reason = 'rejected by its listener', options?: { cause?: unknown }) {
    super({ type: 'REJECT' }, reason, options);
  }
}

/** An orderly queue pauses for `ms` (10..30000), then the same message comes again. A concurrent listener: ReconsumeLaterException. */
export class SuspendQueueException extends OutcomeException {
  constructor({ ms, reason, cause }: { ms?: number; reason?: string; cause?: unknown } = {}) {
    super({ type: 'SUSPEND', suspendMs: ms }, reason ?? 'queue suspended by its listener', { cause });
  }
}

/** Acknowledge without an effect, for example because the message is out of date. */
export class SkipMessageException extends OutcomeException {
  constructor(reason = 'skipped by its listener') {
    super({ type: 'SKIP' }, reason);
  }
}

export function explicitOutcomeOf(error: unknown): ExplicitOutcome | undefined {
  return typeof error === 'object' && error !== null && OUTCOME in error
    ? (error[OUTCOME] as ExplicitOutcome)
    : undefined;
}

/** A delivery did not settle in time. Its Observable was unsubscribed; a promise cannot be stopped, only told by the context's signal. */
export class ConsumeTimeoutError extends RocketMqError {
  readonly code = 'CONSUME_TIMEOUT';

  constructor(
    listener: string,
    readonly timeoutMs: number,
  ) {
    super(
      `${listener} did not settle within ${timeoutMs} ms (consumeTimeoutMs); the message is delivered again, ` +
        'so watch the signal of its RocketContext to stop work that is given up',
      { retriable: true },
    );
  }
}

/** A body that is not what its content type says. Delivering it again would not change it: it goes to the dead letters. */
export class UndecodableBodyError extends RocketMqError {
  readonly code = 'UNDECODABLE_BODY';
}

/** A payload that the listener's schema refuses; it goes to the dead letters. */
export class InvalidPayloadError extends RocketMqError {
  readonly code = 'INVALID_PAYLOAD';

  constructor(
    listener: string,
    /** `path: message` of each. */
    readonly problems: readonly string[],
  ) {
    super(`the payload does not fit the schema of ${listener}: ${problems.join('; ')}`);
  }
}
