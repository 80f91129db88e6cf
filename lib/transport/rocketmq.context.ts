import { BaseRpcContext } from '@nestjs/microservices';
import type { MessageQueue, ReceivedMessage } from '../engine/index.js';

/** What a handler can know about its delivery: `@Ctx() context: RocketContext`. */
export class RocketContext extends BaseRpcContext<[messages: readonly ReceivedMessage[], queue: MessageQueue]> {
  /** The error with which the delivery failed, before any filter changed it. */
  error?: unknown;
  private abortController?: AbortController;
  private abortReason?: { reason: unknown };

  /** @param isBatch true for a listener with `batch`, even when one message came */
  constructor(
    messages: readonly ReceivedMessage[],
    queue: MessageQueue,
    /** The listener's id. */
    readonly listenerId: string,
    readonly group: string,
    readonly isBatch: boolean,
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

  /** Fires when nobody waits for the handler any more: it took too long, or the application stops. */
  get signal(): AbortSignal {
    // Made when it is asked for: most handlers never do.
    if (this.abortController === undefined) {
      this.abortController = new AbortController();
      if (this.abortReason !== undefined) this.abortController.abort(this.abortReason.reason);
    }
    return this.abortController.signal;
  }

  /** Called by the transport. */
  abort(reason: unknown): void {
    this.abortReason = { reason };
    this.abortController?.abort(reason);
  }
}
