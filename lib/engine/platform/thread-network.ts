import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { ConnectOptions, Listener, ListenOptions, Network, Socket, SocketHandlers } from '../ports/network.js';

type Accept = (socket: Socket) => SocketHandlers;

/** How a thread asks the other one for a connection. */
export interface ThreadCall {
  readonly kind: 'connect';
  /** `host:port` that the other thread listens at. */
  readonly address: string;
  readonly port: MessagePort;
}

/** The way to the other thread: a Worker, or its parentPort. */
export interface OtherThread {
  postMessage(call: ThreadCall, transfer: readonly MessagePort[]): void;
}

/** Bytes; how many of them were taken; the end of them. */
type Parcel = Uint8Array | { readonly taken: number } | 'end';

/** Bytes that may be on their way; what is beyond counts as not taken, as with a socket of the system. */
const WINDOW_BYTES = 256 * 1024;
/** So many bytes are taken before the sender is told. */
const TELL_BYTES = 64 * 1024;

/** Connections between two threads of this process: byte streams over a MessagePort each. */
export class ThreadNetwork implements Network {
  private readonly listening = new Map<string, Accept>();
  private connections = 0;

  /** @param other undefined for the thread that only listens */
  constructor(private readonly other?: OtherThread) {}

  listen({ host, port }: ListenOptions, accept: Accept): Promise<Listener> {
    const address = `${host}:${port}`;
    this.listening.set(address, accept);
    const updateTls = (): never => {
      throw new Error('threads speak no TLS');
    };
    return Promise.resolve({ host, port, updateTls, close: () => void this.listening.delete(address) });
  }

  /** Takes a connection that the other thread has asked for. */
  take({ address, port }: ThreadCall): void {
    const accept = this.listening.get(address);
    if (!accept) {
      port.close();
      return;
    }
    port.postMessage('open');
    const socket = new ThreadSocket(port, address, this.nextPeer());
    socket.serve(accept(socket));
  }

  connect(address: string, { timeoutMs }: ConnectOptions, accept: Accept): Promise<Socket> {
    const { port1: port, port2: far } = new MessageChannel();
    return new Promise((resolve, reject) => {
      const settle = (then: () => void): void => {
        clearTimeout(timer);
        port.off('close', refused);
        then();
      };
      const fail = (code: string, message: string): void =>
        settle(() => {
          port.close();
          reject(Object.assign(new Error(message), { code }));
        });
      const refused = (): void => fail('ECONNREFUSED', 'no thread of this process listens there');
      const timer = setTimeout(() => fail('ETIMEDOUT', `not connected within ${timeoutMs} ms`), timeoutMs);
      port.once('close', refused);
      port.once('message', () =>
        settle(() => {
          const socket = new ThreadSocket(port, this.nextPeer(), address);
          socket.serve(accept(socket));
          resolve(socket);
        }),
      );
      if (this.other === undefined) refused();
      else this.other.postMessage({ kind: 'connect', address, port: far }, [far]);
    });
  }

  /** As good as any: no socket of the system has it. */
  private nextPeer(): string {
    this.connections++;
    return `127.0.0.1:${(this.connections % 65_535) + 1}`;
  }
}

/** One end of a connection. What a turn writes is copied once, into a block that changes hands. */
class ThreadSocket implements Socket {
  readonly isInProcess = true;
  private handlers?: SocketHandlers;
  private posted = 0;
  private untold = 0;
  private isPaused = false;
  /** What has come while reading was paused. */
  private readonly held: Uint8Array[] = [];

  constructor(
    private readonly port: MessagePort,
    readonly localAddress: string,
    readonly remoteAddress: string,
  ) {}

  get bufferedBytes(): number {
    return Math.max(0, this.posted - WINDOW_BYTES);
  }

  serve(handlers: SocketHandlers): void {
    this.handlers = handlers;
    this.port.on('message', (parcel: Parcel) => this.open(parcel));
    this.port.once('close', () => handlers.onClose());
  }

  write(chunks: readonly Uint8Array[]): void {
    let length = 0;
    for (const chunk of chunks) length += chunk.length;
    const block = new Uint8Array(length);
    let position = 0;
    for (const chunk of chunks) {
      block.set(chunk, position);
      position += chunk.length;
    }
    this.posted += length;
    this.port.postMessage(block, [block.buffer]);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    while (!this.isPaused) {
      const block = this.held.shift();
      if (block === undefined) return;
      this.deliver(block);
    }
  }

  end(): void {
    this.port.postMessage('end');
  }

  destroy(): void {
    this.port.close();
  }

  private open(parcel: Parcel): void {
    if (parcel instanceof Uint8Array) {
      if (this.isPaused) this.held.push(parcel);
      else this.deliver(parcel);
    } else if (parcel === 'end') {
      this.port.close(); // what was written here before is delivered first
    } else {
      const hadToWait = this.bufferedBytes > 0;
      this.posted -= parcel.taken;
      if (hadToWait && this.bufferedBytes === 0) this.handlers?.onDrain();
    }
  }

  private deliver({ buffer, byteOffset, length }: Uint8Array): void {
    this.untold += length;
    if (this.untold >= TELL_BYTES) {
      this.port.postMessage({ taken: this.untold });
      this.untold = 0;
    }
    this.handlers?.onData(Buffer.from(buffer as ArrayBuffer, byteOffset, length));
  }
}
