import { ConnectError, PortInUseError } from '../common/errors.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { ClientTls, Listener, Network, ServerTls, Socket, SocketHandlers } from '../ports/network.js';
import type { Acceptor, Channel, Connector, ProcessorTable } from './channel.js';
import { explainTls } from './tls-explanation.js';
import { resolveConnectionOptions, type ConnectionOptions } from './connection-options.js';
import { OpenConnections } from './open-connections.js';
import { TcpChannel, type TcpChannelLimits } from './tcp-channel.js';

export interface TcpTransport {
  readonly network: Network;
  readonly clock: Clock;
  readonly logger: Logger;
}

const IDLE_TIMEOUT_MS = 120_000;

/** Answers a slow reader may owe to its connection before its requests are left unread. */
const OUTPUT_BUDGET_BYTES = 8 * 1024 * 1024;

export interface TcpConnectorOptions extends TcpTransport {
  /** Default 120000. Source: Apache 5.3 NettyClientConfig#clientChannelMaxIdleTimeSeconds. */
  readonly idleTimeoutMs?: number;
  /** Default: connections are plain. */
  readonly tls?: ClientTls;
}

/** Reaches peers by TCP, with or without TLS. */
export class TcpConnector implements Connector {
  private readonly limits: TcpChannelLimits;
  private connections = 0;

  constructor(private readonly options: TcpConnectorOptions) {
    this.limits = { idleTimeoutMs: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS, outputBudgetBytes: Infinity };
  }

  async connect(address: string, processors: ProcessorTable, timeoutMs: number): Promise<Channel> {
    const { network, tls } = this.options;
    let channel: TcpChannel | undefined;
    try {
      await network.connect(address, { timeoutMs, tls }, (socket) => {
        const id = `${socket.localAddress}->${socket.remoteAddress}#${++this.connections}`;
        channel = new TcpChannel(socket, id, { ...this.options, processors }, this.limits);
        return channel.handlers;
      });
    } catch (cause) {
      const reason = tls ? explainTls(cause as Error) : (cause as Error).message;
      throw new ConnectError(address, reason, { cause });
    }
    return channel as Channel;
  }
}

export interface TcpAcceptorOptions extends TcpTransport {
  readonly host: string;
  /** 0: the system chooses; see `address`. */
  readonly port: number;
  /** Default: connections are plain. */
  readonly tls?: ServerTls;
  /** Default 8 MiB. */
  readonly outputBudgetBytes?: number;
  /** Default: those of connection-options.ts. */
  readonly connections?: ConnectionOptions;
}

/** Takes connections on one TCP port, with TLS, without, or both. */
export class TcpAcceptor implements Acceptor {
  private readonly limits: TcpChannelLimits;
  private readonly channels: OpenConnections<TcpChannel>;
  private connections = 0;
  private listener?: Listener;
  private door?: { readonly processors: ProcessorTable; readonly onOpen: (channel: Channel) => void };

  constructor(private readonly options: TcpAcceptorOptions) {
    const connections = options.connections ?? resolveConnectionOptions();
    this.limits = {
      idleTimeoutMs: connections.serverChannelMaxIdleTimeSeconds * 1000,
      outputBudgetBytes: options.outputBudgetBytes ?? OUTPUT_BUDGET_BYTES,
    };
    this.channels = new OpenConnections(connections, options.clock, options.logger);
  }

  get address(): string {
    const { host, port } = this.listener ?? this.options;
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  }

  /**
   * Takes the port before there is anything to answer with, so that a server can be told its own
   * address; connections that come before start() are closed. @throws PortInUseError
   */
  async bind(): Promise<void> {
    const { network, host, port, tls, logger } = this.options;
    const onHandshakeError = (remoteAddress: string, error: Error): void => {
      logger.info('a TLS handshake failed', { remoteAddress, reason: explainTls(error) });
    };
    try {
      this.listener ??= await network.listen({ host, port, tls, onHandshakeError }, (socket) => this.accept(socket));
    } catch (cause) {
      const isTaken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
      throw isTaken ? new PortInUseError(host, port, { cause }) : cause;
    }
  }

  async start(processors: ProcessorTable, onOpen: (channel: Channel) => void): Promise<void> {
    this.door = { processors, onOpen };
    await this.bind();
  }

  /** For connections from now on. @throws Error see Listener#updateTls */
  updateTls(tls: ServerTls): void {
    this.listener?.updateTls(tls);
  }

  refuse(): void {
    this.listener?.close();
  }

  async stop(): Promise<void> {
    this.refuse();
    for (const channel of this.channels) channel.close();
    await Promise.all([...this.channels].map((channel) => channel.closed));
  }

  private accept(socket: Socket): SocketHandlers {
    if (!this.door || !this.channels.makeRoom()) {
      socket.destroy();
      return { onData: () => undefined, onDrain: () => undefined, onClose: () => undefined };
    }
    const { processors, onOpen } = this.door;
    const id = `${socket.localAddress}<-${socket.remoteAddress}#${++this.connections}`;
    const channel = new TcpChannel(socket, id, { ...this.options, processors }, this.limits);
    this.channels.add(channel);
    void channel.closed.then(() => this.channels.delete(channel));
    onOpen(channel);
    return channel.handlers;
  }
}
