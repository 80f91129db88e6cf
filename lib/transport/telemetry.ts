import type { Clock, Engine, Logger, Message, MessageQueue, ReceivedMessage } from '../engine/index.js';
import type { InboxCounts, OutboxStatus, UnconfirmedCount } from '../transaction/index.js';

/** One call of RocketTemplate that sends something. */
export interface SendOperation {
  readonly kind: 'send' | 'oneway' | 'batch' | 'request' | 'reply' | 'transaction';
  readonly connection: string;
  readonly topic: string;
  readonly producerGroup: string;
  /** What leaves; properties may be added until `work` is called. Empty for a reply, which has no topic of its own. */
  readonly messages: readonly Message[];
}

/** One call of a listener. */
export interface ConsumeOperation {
  readonly connection: string;
  readonly group: string;
  /** The listener's id. */
  readonly listener: string;
  readonly queue: MessageQueue;
  /** One, or those of a batch. */
  readonly messages: readonly ReceivedMessage[];
  readonly isBatch: boolean;
}

/** What the application itself can be asked for while it runs. */
export interface TelemetrySource {
  readonly connection: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Started when it is first asked for. */
  readonly engine: () => Promise<Engine>;
  /** The consumer groups of this application, with their topics. */
  readonly groups: () => readonly { readonly group: string; readonly topics: readonly string[] }[];
  /** Undefined without the module's option of this name; `unconfirmed` without `transaction`. */
  readonly outbox?: { status(): Promise<OutboxStatus> };
  readonly inbox?: { readonly counts: InboxCounts };
  readonly unconfirmed?: () => Promise<UnconfirmedCount>;
}

/** What became of the messages of a listener call. */
export interface ConsumeResult {
  /** RETRY: they come again. DEAD_LETTER: they don't. */
  readonly outcome: 'SUCCESS' | 'RETRY' | 'DEAD_LETTER';
  /** With which the listener failed. */
  readonly error?: unknown;
}

/**
 * Stands around what an application sends and consumes, to count, measure or trace it: option
 * `telemetry` of the module. Each calls `work` exactly once and returns or throws what it came to.
 */
export interface Telemetry {
  send?<Result>(operation: SendOperation, work: () => Promise<Result>): Promise<Result>;
  consume?<Result extends ConsumeResult>(operation: ConsumeOperation, work: () => Promise<Result>): Promise<Result>;
  /** The message will leave later, by the outbox; properties may be added. */
  carry?(message: Message): void;
  /** The application has started; what this observes by itself may begin. */
  start?(source: TelemetrySource): void;
  /** The application ends; before its connections do. */
  stop?(): Promise<void> | void;
}

/** Several as one, the first outermost; undefined when there is none, so that nobody watching costs nothing. */
export function joinTelemetry(all: readonly Telemetry[]): Telemetry | undefined {
  if (all.length < 2) return all.at(0);
  return {
    send: (operation, work) => all.reduceRight((inner, one) => () => one.send?.(operation, inner) ?? inner(), work)(),
    consume: (operation, work) =>
      all.reduceRight((inner, one) => () => one.consume?.(operation, inner) ?? inner(), work)(),
    carry: (message) => all.forEach((one) => one.carry?.(message)),
    start: (source) => all.forEach((one) => one.start?.(source)),
    stop: async () => {
      for (const one of all) await one.stop?.();
    },
  };
}
