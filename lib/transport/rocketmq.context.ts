import { BaseRpcContext } from '@nestjs/microservices';
import { ConfigurationError, type ConsumeContext, type MessageQueue, type ReceivedMessage } from '../engine/index.js';

/** What a handler can know about its delivery: `@Ctx() context: RocketContext`. */
export class RocketContext extends BaseRpcContext<[messages: readonly ReceivedMessage[], queue: MessageQueue]> {
  /** The error with which the delivery failed, before any filter changed it. */
  error?: unknown;
  private transaction?: { context: unknown };
  private givenUp?: { reason: unknown };
  private abortController?: AbortController;
  private anyAbort?: AbortSignal;

  /**
   * @param isBatch true for a listener with `batch`, even when one message came
   * @param call its signal fires when the consumer gives the queue or the handler up; asked for only when the handler does
   */
  constructor(
    messages: readonly ReceivedMessage[],
    queue: MessageQueue,
    /** The listener's id. */
    readonly listenerId: string,
    readonly group: string,
    readonly isBatch: boolean,
    private readonly call: Pick<ConsumeContext, 'signal'>,
  ) {
    super([messages, queue]);
  }

  /** The message; of a batch: the first. */
  getMessage(): ReceivedMessage {
    return this.args[0][0];
  }

  getMessages(): readonly ReceivedMessage[] {
    return this.args[0];
  }

  getQueue(): MessageQueue {
    return this.args[1];
  }

  getTopic(): string {
    return this.getMessage().topic;
  }

  getTag(): string | undefined {
    return this.getMessage().tag;
  }

  getKeys(): readonly string[] {
    return this.getMessage().keys;
  }

  getHeader(name: string): string | undefined {
    return this.getMessage().properties.get(name);
  }

  /** Earlier deliveries of the message. */
  get reconsumeTimes(): number {
    return this.getMessage().reconsumeTimes;
  }

  /** Fires when the outcome no longer counts: the handler took too long, the queue was lost, or the application stops. */
  get signal(): AbortSignal {
    // Made when it is asked for: most handlers never do.
    if (this.anyAbort === undefined) {
      this.abortController = new AbortController();
      if (this.givenUp !== undefined) this.abortController.abort(this.givenUp.reason);
      this.anyAbort = AbortSignal.any([this.call.signal, this.abortController.signal]);
    }
    return this.anyAbort;
  }

  /**
   * Of an idempotent listener: the transaction that its effect belongs to (TypeORM: the EntityManager).
   * @throws ConfigurationError the listener is not idempotent
   */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the unit of work's type is the caller's to name
  getTransaction<Context = unknown>(): Context {
    if (this.transaction === undefined)
      throw new ConfigurationError('getTransaction', `${this.listenerId} has none; give it @Idempotent()`);
    return this.transaction.context as Context;
  }

  /** Called by the transport. */
  setTransaction(context: unknown): void {
    this.transaction = { context };
  }

  /** Called by the transport. */
  abort(reason: unknown): void {
    this.givenUp = { reason };
    this.abortController?.abort(reason);
  }
}
