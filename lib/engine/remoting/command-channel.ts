import { attempt } from '../common/attempt.js';
import { AbortedError, ClosedError, RocketMqError } from '../common/errors.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import {
  CommandFlag,
  isOneway,
  isResponse,
  numbered,
  response,
  type RemotingCommand,
} from '../protocol/remoting-command.js';
import { ResponseCode } from '../protocol/response-code.js';
import type { Channel, ProcessorTable } from './channel.js';
import { PendingRequests } from './pending-requests.js';

/** What every channel of a server or client shares. */
export interface ChannelContext {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Answer the peer's requests. */
  readonly processors: ProcessorTable;
}

export interface ChannelIdentity {
  readonly id: string;
  readonly remoteAddress: string;
  readonly localAddress: string;
}

/**
 * All of a channel but the transport: calls and their answers, the peer's requests and ours. The
 * two directions count their opaques apart; only the response bit tells which one a number is of.
 * Source: Apache 5.3 NettyRemotingAbstract.
 */
export abstract class CommandChannel implements Channel {
  readonly id: string;
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly closed: Promise<void>;
  private readonly pending: PendingRequests;
  private readonly closeListeners: (() => void)[] = [];
  private open = true;
  private resolveClosed!: () => void;

  protected constructor(
    identity: ChannelIdentity,
    protected readonly context: ChannelContext,
  ) {
    this.id = identity.id;
    this.remoteAddress = identity.remoteAddress;
    this.localAddress = identity.localAddress;
    this.pending = new PendingRequests(context.clock);
    this.closed = new Promise((resolve) => (this.resolveClosed = resolve));
  }

  get isOpen(): boolean {
    return this.open;
  }

  abstract get bufferedBytes(): number;

  invoke(request: RemotingCommand, timeoutMs: number, signal?: AbortSignal): Promise<RemotingCommand> {
    return attempt(() => {
      const what = `request ${request.code} to ${this.remoteAddress}`;
      if (signal?.aborted) throw new AbortedError(`${what} aborted`, { cause: signal.reason });
      if (!this.open) throw this.closedError();
      const opaque = this.pending.nextOpaque();
      this.transmit(numbered(request, opaque, 0));
      return this.pending.wait(opaque, what, timeoutMs, signal);
    });
  }

  invokeOneway(request: RemotingCommand): void {
    if (!this.open) throw this.closedError();
    this.transmit(numbered(request, this.pending.nextOpaque(), CommandFlag.oneway));
  }

  close(): void {
    if (!this.open) return;
    this.finish();
    this.disconnect();
  }

  onClose(listener: () => void): void {
    if (this.open) this.closeListeners.push(listener);
    else listener();
  }

  /** Hands a command to the transport, which delivers it in a later turn. @throws ProtocolError it is too large */
  protected abstract transmit(command: RemotingCommand): void;

  /** Delivers what was transmitted before, then closes the transport; calls disconnected() in the end. */
  protected abstract disconnect(): void;

  /** Nothing is left of the transport, whoever closed it. */
  protected disconnected(cause?: Error): void {
    this.finish(cause);
    this.resolveClosed();
  }

  /** A command has come in. */
  protected receive(command: RemotingCommand): void {
    if (!this.open) return;
    if (isResponse(command)) this.pending.settle(command);
    else this.process(command);
  }

  private process(request: RemotingCommand): void {
    const processor = this.context.processors.get(request.code);
    if (processor === undefined) {
      const remark = ` request type ${request.code} not supported`;
      this.answer(request, response(ResponseCode.REQUEST_CODE_NOT_SUPPORTED, { remark }));
      return;
    }
    try {
      const outcome = processor(request, this);
      if (outcome !== undefined && 'then' in outcome) {
        outcome.then(
          (answer) => this.answer(request, answer),
          (error: unknown) => this.answerFailure(request, error),
        );
      } else {
        this.answer(request, outcome);
      }
    } catch (error) {
      this.answerFailure(request, error);
    }
  }

  private answer(request: RemotingCommand, answer: RemotingCommand | undefined): void {
    if (answer === undefined || !this.open || isOneway(request)) return;
    try {
      this.transmit(numbered(answer, request.opaque, answer.flag | CommandFlag.response));
    } catch (error) {
      this.answerFailure(request, error);
    }
  }

  private answerFailure(request: RemotingCommand, error: unknown): void {
    const failure = error instanceof Error ? error : new Error(String(error));
    const fields = { code: request.code, remoteAddress: this.remoteAddress, error: failure };
    if (failure instanceof RocketMqError) this.context.logger.debug('request refused', fields);
    else this.context.logger.error('request failed', fields);
    // Short enough to be transmitted whatever the message was made of.
    const remark = failure.message.slice(0, 1000);
    this.answer(request, response(ResponseCode.SYSTEM_ERROR, { remark }));
  }

  private finish(cause?: Error): void {
    if (!this.open) return;
    this.open = false;
    this.pending.failAll(this.closedError(cause));
    for (const listener of this.closeListeners.splice(0)) listener();
  }

  private closedError(cause?: Error): ClosedError {
    return new ClosedError(`the connection to ${this.remoteAddress} is closed`, { cause, retriable: true });
  }
}
