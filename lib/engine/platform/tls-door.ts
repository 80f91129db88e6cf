import type { Socket } from 'node:net';
import { createSecureContext, createServer, type Server } from 'node:tls';
import type { ServerTls } from '../ports/network.js';

/** How a TLS connection begins: the record type of a handshake. A plain frame begins with a length, so with 0. */
const HANDSHAKE = 0x16;

/** How long a connection may take to say what it is, and then for its handshake. */
const PATIENCE_MS = 10_000;

/**
 * Sorts the connections of one port by their first byte: those with TLS, those without.
 * Source: Apache 5.3 NettyRemotingServer.TlsModeHandler.
 */
export class TlsDoor {
  private readonly server: Server;
  /** By their peer's address: connections that have not yet said what they are, or are in their handshake. */
  private readonly waiting = new Map<string, Socket>();

  constructor(
    private readonly options: ServerTls,
    private readonly take: (socket: Socket) => void,
    onHandshakeError: (socket: Socket, error: Error) => void = () => undefined,
  ) {
    const { key, cert, ca, clientCertRequired = false } = options;
    this.server = createServer(
      {
        key,
        cert,
        ca,
        requestCert: clientCertRequired,
        rejectUnauthorized: clientCertRequired,
        handshakeTimeout: PATIENCE_MS,
      },
      (socket) => this.letIn(socket),
    );
    this.server.on('tlsClientError', (error, socket) => onHandshakeError(socket, error)); // its socket is closed
  }

  enter(socket: Socket): void {
    const peer = peerOf(socket);
    this.waiting.set(peer, socket);
    socket.once('close', () => this.waiting.delete(peer));
    socket.on('error', () => undefined); // a close follows
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.once('readable', () => this.sort(socket));
  }

  /** @throws Error key and certificate don't go together; nothing has changed */
  update({ key, cert, ca }: ServerTls): void {
    createSecureContext({ key, cert, ca }); // setSecureContext() may leave half of what is wrong behind
    this.server.setSecureContext({ key, cert, ca });
  }

  close(): void {
    for (const socket of this.waiting.values()) socket.destroy();
  }

  private sort(socket: Socket): void {
    const first = socket.read(1) as Buffer | null;
    if (first === null) return; // it has closed
    socket.setTimeout(0);
    socket.unshift(first);
    if (first[0] === HANDSHAKE) this.server.emit('connection', socket);
    else if (this.options.plainAllowed) this.letIn(socket);
    else socket.destroy();
  }

  private letIn(socket: Socket): void {
    this.waiting.delete(peerOf(socket));
    this.take(socket);
  }
}

function peerOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
