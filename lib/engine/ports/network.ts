/** One byte stream to a peer. Handlers are set by its owner before any byte is delivered. */
export interface Socket {
  /** `host:port` of the peer; IPv6 hosts in brackets. */
  readonly remoteAddress: string;
  readonly localAddress: string;
  /** Set when both ends are in this process. */
  readonly isInProcess?: true;
  /** Bytes accepted by `write` that the operating system has not taken yet. */
  readonly bufferedBytes: number;
  /** Queues bytes; they must not change afterwards. */
  write(chunks: readonly Uint8Array[]): void;
  /** Stops delivering data, so that the peer feels back-pressure. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then closes this direction; the peer's bytes are delivered until it closes too. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

export interface SocketHandlers {
  onData(chunk: Buffer): void;
  /** Output that had piled up has been taken: `bufferedBytes` is zero again. */
  onDrain(): void;
  /** Called exactly once; `cause` is the error that closed the stream, if any. */
  onClose(cause?: Error): void;
}

export interface ListenOptions {
  /** Address to bind, for example `127.0.0.1`. */
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /** Without it the port speaks no TLS. */
  tls?: ServerTls;
  /** Is told of each handshake that failed; its connection is closed. */
  onHandshakeError?: (remoteAddress: string, error: Error) => void;
}

/** Keys and certificates are PEM texts. */
export interface ServerTls {
  /** Whether the port, besides TLS, takes plain connections: their first byte tells which they are. */
  plainAllowed: boolean;
  key: string;
  cert: string;
  /** Who signs the certificates of clients. Default: the system's authorities. */
  ca?: string;
  /** Whether a client without a certificate signed by `ca` is refused. */
  clientCertRequired?: boolean;
}

/** Keys and certificates are PEM texts. */
export interface ClientTls {
  /** Who signs the certificates of servers. Default: the system's authorities. */
  ca?: string;
  /** Whether any certificate of a server is taken. Default false. */
  trustAll?: boolean;
  /** What the client shows to servers that ask. */
  key?: string;
  cert?: string;
}

export interface ConnectOptions {
  /** TLS handshake included. */
  timeoutMs: number;
  /** Without it the connection is plain. */
  tls?: ClientTls;
}

export interface Listener {
  /** The bound address; the real port when 0 was asked for. */
  readonly host: string;
  readonly port: number;
  /**
   * Key, certificate and ca for connections from now on; who has to show one stays as it was.
   * @throws Error they don't go together, or the port speaks no TLS: nothing has changed
   */
  updateTls(tls: ServerTls): void;
  /** Stops accepting and frees the port at once; sockets already accepted live on. Twice is harmless. */
  close(): void;
}

export interface Network {
  /** Rejects with the system's error, `EADDRINUSE` when another process holds the port. */
  listen(options: ListenOptions, accept: (socket: Socket) => SocketHandlers): Promise<Listener>;
  /** Connects to `host:port`. Rejects with the system's error, `ETIMEDOUT` when timeoutMs have passed. */
  connect(address: string, options: ConnectOptions, accept: (socket: Socket) => SocketHandlers): Promise<Socket>;
}
