import { ClosedError } from '../common/errors.js';
import { Service } from '../common/lifecycle.js';
import { withTimeout } from '../common/with-timeout.js';
import type { Clock } from '../ports/clock.js';
import type { RemotingCommand } from '../protocol/remoting-command.js';
import { ResponseCode } from '../protocol/response-code.js';
import type { Channel, Connector, ProcessorTable } from './channel.js';

export interface RemotingClientOptions {
  readonly connector: Connector;
  readonly clock: Clock;
  /** Answer what peers ask. Default: nothing. */
  readonly processors?: ProcessorTable;
  /** Default 3000, as Apache's. */
  readonly connectTimeoutMs?: number;
}

interface Call {
  readonly address: string;
  readonly request: RemotingCommand;
  /** On the monotonic clock. */
  readonly deadline: number;
  readonly signal?: AbortSignal;
}

/**
 * One connection per address, opened when first needed and again when it was lost.
 * Source: Apache 5.3 NettyRemotingClient.
 */
export class RemotingClient extends Service {
  private readonly current = new Map<string, Channel>();
  private readonly connecting = new Map<string, Promise<Channel>>();
  /** All that are open, also those no longer used for new calls. */
  private readonly channels = new Set<Channel>();
  private readonly closeListeners: ((address: string) => void)[] = [];
  private readonly processors: ProcessorTable;
  private readonly connectTimeoutMs: number;

  constructor(private readonly options: RemotingClientOptions) {
    super();
    this.processors = options.processors ?? new Map();
    this.connectTimeoutMs = options.connectTimeoutMs ?? 3000;
  }

  /**
   * Sends a request and waits for its answer, whatever its code; connecting counts into the time.
   * A server that is going away is asked once more over a new connection.
   * @throws ConnectError | RequestTimeoutError | ClosedError | AbortedError
   */
  invoke(address: string, request: RemotingCommand, timeoutMs: number, signal?: AbortSignal): Promise<RemotingCommand> {
    const call: Call = { address, request, deadline: this.options.clock.monotonic() + timeoutMs, signal };
    const channel = this.current.get(address);
    return channel === undefined
      ? this.connect(address, timeoutMs, signal).then((opened) =>
          this.invokeOn(opened, call, this.timeLeft(call.deadline)),
        )
      : this.invokeOn(channel, call, timeoutMs);
  }

  private invokeOn(channel: Channel, call: Call, timeoutMs: number): Promise<RemotingCommand> {
    return channel
      .invoke(call.request, timeoutMs, call.signal)
      .then((answer) => (answer.code === ResponseCode.GO_AWAY ? this.invokeElsewhere(channel, call) : answer));
  }

  private async invokeElsewhere(left: Channel, call: Call): Promise<RemotingCommand> {
    const { address, request, deadline, signal } = call;
    if (this.current.get(address) === left) this.current.delete(address);
    const next = this.current.get(address) ?? (await this.connect(address, this.timeLeft(deadline), signal));
    return next.invoke(request, this.timeLeft(deadline), signal);
  }

  /** Resolves when the request is on its way. @throws ConnectError | ClosedError */
  async invokeOneway(address: string, request: RemotingCommand): Promise<void> {
    const channel = this.current.get(address) ?? (await this.connect(address, this.connectTimeoutMs));
    channel.invokeOneway(request);
  }

  /** Calls `listener` with the address whenever a connection to it was lost or closed. */
  onClose(listener: (address: string) => void): void {
    this.closeListeners.push(listener);
  }

  protected async onStart(): Promise<void> {
    // Connections are opened when they are needed.
  }

  protected async onStop(): Promise<void> {
    const open = [...this.channels];
    for (const channel of open) channel.close();
    await Promise.allSettled(this.connecting.values());
    await Promise.all(open.map((channel) => channel.closed));
  }

  private timeLeft(deadline: number): number {
    return Math.max(1, deadline - this.options.clock.monotonic());
  }

  private connect(address: string, timeoutMs: number, signal?: AbortSignal): Promise<Channel> {
    if (!this.isRunning) return Promise.reject(new ClosedError('the remoting client is not running'));
    let connecting = this.connecting.get(address);
    if (connecting === undefined) {
      connecting = this.open(address).finally(() => this.connecting.delete(address));
      this.connecting.set(address, connecting);
    }
    return withTimeout(connecting, {
      clock: this.options.clock,
      timeoutMs,
      signal,
      what: `connection to ${address}`,
    });
  }

  private async open(address: string): Promise<Channel> {
    const channel = await this.options.connector.connect(address, this.processors, this.connectTimeoutMs);
    if (this.isStopping) {
      channel.close();
      await channel.closed;
      throw new ClosedError(`the remoting client was stopped while it connected to ${address}`);
    }
    this.current.set(address, channel);
    this.channels.add(channel);
    channel.onClose(() => this.forget(address, channel));
    return channel;
  }

  private forget(address: string, channel: Channel): void {
    this.channels.delete(channel);
    if (this.current.get(address) === channel) this.current.delete(address);
    for (const listener of this.closeListeners) listener(address);
  }
}

/** What asks servers by their addresses. */
export type Asking = Pick<RemotingClient, 'invoke' | 'invokeOneway'>;

/** The same, but no answer is waited for once `signal` has fired. */
export function withSignal(remoting: Asking, signal: AbortSignal): Asking {
  return {
    invoke: (address, command, timeoutMs) => remoting.invoke(address, command, timeoutMs, signal),
    invokeOneway: (address, command) => remoting.invokeOneway(address, command),
  };
}
