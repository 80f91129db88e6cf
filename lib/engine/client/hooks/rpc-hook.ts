import type { RemotingCommand } from '../../protocol/remoting-command.js';
import type { Channel, Connector } from '../../remoting/channel.js';

/** Sees every request a client makes, heartbeats included. Source: Apache 5.3 RPCHook. */
export interface RpcHook {
  /**
   * @param address `host:port` it goes to
   * @returns what is sent in its place; the request itself may not be changed. Throwing refuses the call.
   */
  beforeRequest?(address: string, request: RemotingCommand): RemotingCommand;
  /** Not called for oneway requests, nor when there is no answer. Throwing fails the call. */
  afterResponse?(address: string, request: RemotingCommand, response: RemotingCommand): void;
}

/** The request with further fields in its header. */
export function withExtFields(request: RemotingCommand, fields: Readonly<Record<string, string>>): RemotingCommand {
  return { ...request, extFields: { ...request.extFields, ...fields } };
}

/** A connector whose channels call the hooks, in their order, around each request. */
export function withRpcHooks(connector: Connector, hooks: readonly RpcHook[]): Connector {
  if (hooks.length === 0) return connector;
  return {
    connect: async (address, processors, timeoutMs) =>
      new HookedChannel(await connector.connect(address, processors, timeoutMs), address, hooks),
  };
}

class HookedChannel implements Channel {
  readonly id: string;
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly closed: Promise<void>;

  constructor(
    private readonly channel: Channel,
    private readonly address: string,
    private readonly hooks: readonly RpcHook[],
  ) {
    ({
      id: this.id,
      remoteAddress: this.remoteAddress,
      localAddress: this.localAddress,
      closed: this.closed,
    } = channel);
  }

  get isOpen(): boolean {
    return this.channel.isOpen;
  }

  get bufferedBytes(): number {
    return this.channel.bufferedBytes;
  }

  async invoke(request: RemotingCommand, timeoutMs: number, signal?: AbortSignal): Promise<RemotingCommand> {
    const sent = this.before(request);
    const response = await this.channel.invoke(sent, timeoutMs, signal);
    for (const hook of this.hooks) hook.afterResponse?.(this.address, sent, response);
    return response;
  }

  invokeOneway(request: RemotingCommand): void {
    this.channel.invokeOneway(this.before(request));
  }

  close(): void {
    this.channel.close();
  }

  onClose(listener: () => void): void {
    this.channel.onClose(listener);
  }

  private before(request: RemotingCommand): RemotingCommand {
    return this.hooks.reduce((sent, hook) => hook.beforeRequest?.(this.address, sent) ?? sent, request);
  }
}
