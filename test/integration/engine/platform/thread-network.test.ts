import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { ThreadNetwork, type ThreadCall } from '../../../../lib/engine/platform/thread-network.js';
import type { Socket, SocketHandlers } from '../../../../lib/engine/ports/network.js';

/** One end of a connection, and what has come to it. */
class End {
  socket!: Socket;
  readonly received: Buffer[] = [];
  drained = 0;
  readonly closed: Promise<void>;
  private changed: () => void = () => undefined;
  private close!: () => void;

  constructor() {
    this.closed = new Promise((resolve) => (this.close = resolve));
  }

  readonly accept = (socket: Socket): SocketHandlers => {
    this.socket = socket;
    return {
      onData: (chunk) => {
        this.received.push(chunk);
        this.changed();
      },
      onDrain: () => {
        this.drained++;
        this.changed();
      },
      onClose: () => this.close(),
    };
  };

  get bytes(): number {
    return this.received.reduce((sum, { length }) => sum + length, 0);
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((resolve) => (this.changed = resolve));
  }
}

let wires: { port1: MessagePort; port2: MessagePort };
let near: ThreadNetwork;
let far: ThreadNetwork;

beforeEach(() => {
  wires = new MessageChannel();
  near = new ThreadNetwork({ postMessage: (call, transfer) => wires.port1.postMessage(call, transfer) });
  far = new ThreadNetwork();
  wires.port2.on('message', (call: ThreadCall) => far.take(call));
});

afterEach(async () => {
  wires.port1.close();
  await once(wires.port2, 'close');
});

async function connected(): Promise<[client: End, server: End]> {
  const [client, server] = [new End(), new End()];
  await far.listen({ host: '127.0.0.1', port: 9876 }, server.accept);
  await near.connect('127.0.0.1:9876', { timeoutMs: 5000 }, client.accept);
  return [client, server];
}

test('bytes go both ways, in order; whoever ends closes both', async () => {
  const [client, server] = await connected();
  client.socket.write([Buffer.from('how '), Buffer.from('much?')]);
  await server.until(() => server.bytes === 9);
  server.socket.write([Buffer.from('ten')]);
  server.socket.end();
  await Promise.all([client.closed, server.closed]);
  expect(Buffer.concat(server.received).toString()).toBe('how much?');
  expect(Buffer.concat(client.received).toString()).toBe('ten');
  expect([client.socket.remoteAddress, server.socket.localAddress]).toEqual(['127.0.0.1:9876', '127.0.0.1:9876']);
});

test('who reads slowly is felt by who writes', async () => {
  const [client, server] = await connected();
  server.socket.pause();
  const block = Buffer.alloc(64 * 1024, 'x');
  for (let count = 0; count < 32; count++) client.socket.write([block]);
  client.socket.write([Buffer.from('end')]);
  expect(client.socket.bufferedBytes).toBeGreaterThan(1024 * 1024);
  server.socket.resume();
  await client.until(() => client.drained === 1);
  await server.until(() => server.bytes === 32 * block.length + 3);
  expect(client.socket.bufferedBytes).toBe(0);
  expect(server.received.at(-1)?.toString()).toBe('end');
  client.socket.destroy();
  await server.closed;
});

test('where nobody listens, or any more, a connection is refused', async () => {
  await expect(near.connect('127.0.0.1:1', { timeoutMs: 5000 }, new End().accept)).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
  const listener = await far.listen({ host: 'h', port: 1 }, new End().accept);
  listener.close();
  await expect(near.connect('h:1', { timeoutMs: 5000 }, new End().accept)).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
});

test('a thread that does not answer is given up', async () => {
  wires.port2.removeAllListeners('message');
  await expect(near.connect('127.0.0.1:1', { timeoutMs: 10 }, new End().accept)).rejects.toMatchObject({
    code: 'ETIMEDOUT',
  });
});
