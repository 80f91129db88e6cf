import type { RemotingCommand } from '../protocol/remoting-command.js';

/**
 * One connection between two peers, each of which may send requests to the other. In memory it
 * carries the command objects themselves, over TCP and TLS their frames; above it nobody can tell.
 */
export interface Channel {
  /** Unique inside the process; names the connection in logs and tables. */
  readonly id: string;
  /** The peer's `host:port`. */
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly isOpen: boolean;
  /** Set when both ends are in this process. */
  readonly isInProcess?: true;
  /** Bytes sent but not yet taken by the network: 0 in memory. */
  readonly bufferedBytes: number;

  /**
   * Sends a request and waits for its answer, whatever its code.
   * @throws RequestTimeoutError | ClosedError | AbortedError
   */
  invoke(request: RemotingCommand, timeoutMs: number, signal?: AbortSignal): Promise<RemotingCommand>;
  /** Sends a request that is never answered. @throws ClosedError */
  invokeOneway(request: RemotingCommand): void;
  /** Closes at once; pending calls fail with ClosedError, what was sent before is still delivered. */
  close(): void;
  /** Calls `listener` once when the channel has closed, whoever closed it; at once if it is closed. */
  onClose(listener: () => void): void;
  /** Resolves when nothing is left of the connection: the last bytes are delivered, the socket is gone. */
  readonly closed: Promise<void>;
}

/**
 * Answers one request. undefined: there is no answer (now or ever). A thrown error is answered as
 * SYSTEM_ERROR with its message; a oneway request gets no answer, whatever is returned.
 */
export type RequestProcessor = (
  request: RemotingCommand,
  channel: Channel,
) => RemotingCommand | undefined | Promise<RemotingCommand | undefined>;

/** Request code to processor; codes without one are answered REQUEST_CODE_NOT_SUPPORTED. */
export type ProcessorTable = ReadonlyMap<number, RequestProcessor>;

/** Opens channels. One instance reaches peers in memory, by TCP, or both. */
export interface Connector {
  /**
   * Connects to `host:port`.
   * @param processors answer the peer's own requests
   * @throws ConnectError
   */
  connect(address: string, processors: ProcessorTable, timeoutMs: number): Promise<Channel>;
}

/** Takes connections for a server; in memory, by TCP, or both. */
export interface Acceptor {
  /** @throws PortInUseError */
  start(processors: ProcessorTable, onOpen: (channel: Channel) => void): Promise<void>;
  /** Accepts no more; what is open lives on. */
  refuse(): void;
  /** Accepts no more and closes what is open. */
  stop(): Promise<void>;
  /** The address it can be reached at, real port included; valid after start(). */
  readonly address: string;
}
