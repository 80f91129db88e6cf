import { connect as connectTcp, createServer, type Socket as NodeSocket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type {
  ClientTls,
  ConnectOptions,
  Listener,
  ListenOptions,
  Network,
  ServerTls,
  Socket,
  SocketHandlers,
} from '../ports/network.js';
import { TlsDoor } from './tls-door.js';

type Accept = (socket: Socket) => SocketHandlers;

/** TCP and TLS by Node. */
export class NodeNetwork implements Network {
  listen({ host, port, tls, onHandshakeError }: ListenOptions, accept: Accept): Promise<Listener> {
    return new Promise((resolve, reject) => {
      const take = (socket: NodeSocket): void => void attach(socket, accept);
      const report = (socket: NodeSocket, error: Error): void => {
        onHandshakeError?.(joinAddress(socket.remoteAddress, socket.remotePort), error);
      };
      const door = tls && new TlsDoor(tls, take, report);
      const server = createServer({ noDelay: true, keepAlive: true }, door ? (socket) => door.enter(socket) : take);
      server.once('error', reject);
      server.listen({ host, port, backlog: 1024 }, () => {
        server.off('error', reject);
        server.on('error', () => undefined); // an accept that failed, say for lack of descriptors: the next may succeed
        const bound = server.address();
        if (bound === null || typeof bound === 'string') throw new Error('a TCP server without a port');
        const close = (): void => {
          server.close();
          door?.close();
        };
        const updateTls = (changed: ServerTls): void => {
          if (!door) throw new Error('this port was opened without TLS');
          door.update(changed);
        };
        resolve({ host: bound.address, port: bound.port, updateTls, close });
      });
    });
  }

  async connect(address: string, { timeoutMs, tls }: ConnectOptions, accept: Accept): Promise<Socket> {
    const target = { ...splitAddress(address), noDelay: true, keepAlive: true };
    const socket = tls ? connectTls({ ...target, ...tlsOptions(tls, target.host) }) : connectTcp(target);
    await established(socket, tls ? 'secureConnect' : 'connect', timeoutMs);
    return attach(socket, accept);
  }
}

function established(socket: NodeSocket, event: string, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => {
      fail(Object.assign(new Error(`not connected within ${timeoutMs} ms`), { code: 'ETIMEDOUT' }));
    }, timeoutMs);
    socket.once('error', fail);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.off('error', fail);
      resolve();
    });
  });
}

function tlsOptions({ trustAll = false, ...pem }: ClientTls, host: string) {
  // A server name may not be an address.
  const servername = /^[\d.]+$|:/.test(host) ? undefined : host;
  return { ...pem, rejectUnauthorized: !trustAll, servername };
}

function attach(nodeSocket: NodeSocket, accept: Accept): Socket {
  const socket = new TcpSocket(nodeSocket);
  const handlers = accept(socket);
  let failure: Error | undefined;
  nodeSocket.on('data', (chunk) => handlers.onData(chunk));
  nodeSocket.on('drain', () => handlers.onDrain());
  nodeSocket.on('error', (error) => {
    failure = error;
  });
  nodeSocket.on('close', () => handlers.onClose(failure));
  return socket;
}

class TcpSocket implements Socket {
  readonly remoteAddress: string;
  readonly localAddress: string;

  constructor(private readonly socket: NodeSocket) {
    this.remoteAddress = joinAddress(socket.remoteAddress, socket.remotePort);
    this.localAddress = joinAddress(socket.localAddress, socket.localPort);
  }

  get bufferedBytes(): number {
    return this.socket.writableLength;
  }

  write(chunks: readonly Uint8Array[]): void {
    if (chunks.length === 1) {
      this.socket.write(chunks[0]);
      return;
    }
    this.socket.cork();
    for (const chunk of chunks) this.socket.write(chunk);
    this.socket.uncork();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** A peer that has gone already has no address any more. */
function joinAddress(host = '0.0.0.0', port = 0): string {
  const ip = host.startsWith('::ffff:') ? host.slice('::ffff:'.length) : host;
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, Math.max(0, colon)).replace(/^\[(.*)\]$/, '$1');
  const port = Number(address.slice(colon + 1));
  if (host === '' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw Object.assign(new Error(`'${address}' is not of the form host:port`), { code: 'EINVAL' });
  }
  return { host, port };
}
