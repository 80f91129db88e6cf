import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { NodeClock } from '../../../../lib/engine/platform/node-clock.js';
import { NodeNetwork } from '../../../../lib/engine/platform/node-network.js';
import { silentLogger } from '../../../../lib/engine/ports/logger.js';
import { encodeFrame } from '../../../../lib/engine/protocol/frame-codec.js';
import { numbered, request, response } from '../../../../lib/engine/protocol/remoting-command.js';
import type { Channel, RequestProcessor } from '../../../../lib/engine/remoting/channel.js';
import { RemotingServer } from '../../../../lib/engine/remoting/remoting-server.js';
import { TcpAcceptor, TcpConnector } from '../../../../lib/engine/remoting/tcp-transport.js';

const ECHO = 1;
const BIG = 2;
const BIG_BYTES = 256 * 1024;
const BUDGET_BYTES = 1024 * 1024;

const clock = new NodeClock();
const transport = { network: new NodeNetwork(), clock, logger: silentLogger };

describe('a server among hostile peers', () => {
  let server: RemotingServer;
  let good: Channel;
  let answered = 0;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    const acceptor = new TcpAcceptor({ ...transport, host: '127.0.0.1', port: 0, outputBudgetBytes: BUDGET_BYTES });
    server = new RemotingServer({
      acceptors: [acceptor],
      processors: new Map<number, RequestProcessor>([
        [ECHO, ({ body }) => response(0, { body })],
        [
          BIG,
          () => {
            answered++;
            return response(0, { body: Buffer.alloc(BIG_BYTES) });
          },
        ],
      ]),
      clock,
      logger: silentLogger,
    });
    await server.start();
    good = await new TcpConnector(transport).connect(server.addresses[0], new Map(), 1000);
  });

  afterEach(async () => {
    // Whatever happened, whoever behaves is served.
    const body = Buffer.from('still there');
    expect(await good.invoke(request(ECHO, { body }), 2000)).toMatchObject({ body });
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  afterAll(async () => {
    good.close();
    await server.stop();
  });

  async function open(): Promise<Socket> {
    const [host, port] = server.addresses[0].split(':');
    const socket = connect(Number(port), host);
    sockets.push(socket);
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  /** What the server says until it closes the connection. */
  async function sayUntilClosed(bytes: Uint8Array | string): Promise<Buffer> {
    const socket = await open();
    const heard: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => heard.push(chunk));
    socket.write(bytes);
    await once(socket, 'close');
    return Buffer.concat(heard);
  }

  const int32 = (value: number, rest = 8): Buffer => {
    const bytes = Buffer.alloc(4 + rest);
    bytes.writeInt32BE(value);
    return bytes;
  };

  test.each<[string, Uint8Array | string]>([
    ['a length of 0', int32(0)],
    ['a length of 3', int32(3)],
    ['a negative length', int32(-1)],
    ['the largest length', int32(2 ** 31 - 1)],
    ['a length just beyond the limit', int32(16 * 1024 * 1024 - 3)],
    ['HTTP', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a TLS handshake', Buffer.from('16030100c8010000c40303', 'hex')],
    ['an unknown header form', Buffer.from('0000000c070000080000000000000000', 'hex')],
    ['a header beyond its frame', Buffer.from('000000080000ffff7b7d0000', 'hex')],
    ['a header that is no JSON', Buffer.concat([int32(12, 0), int32(8, 0), Buffer.from('nonsense')])],
    ['a deeply nested header', Buffer.concat([int32(500_004, 0), int32(500_000, 0), Buffer.alloc(500_000, '[')])],
  ])('%s: closed without an answer', async (_what, bytes) => {
    expect(await sayUntilClosed(bytes)).toHaveLength(0);
  });

  test('a frame before the nonsense is answered', async () => {
    const [frame] = encodeFrame(numbered(request(ECHO, { body: Buffer.from('hello') }), 1, 0));
    expect((await sayUntilClosed(Buffer.concat([frame, int32(-1)]))).toString()).toContain('hello');
  });

  test('a frame that is cut, at each byte, is neither answered nor complained of', async () => {
    const [frame] = encodeFrame(numbered(request(ECHO), 1, 0));
    for (let length = 0; length < frame.length; length++) {
      const socket = await open();
      socket.end(frame.subarray(0, length));
      const heard: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => heard.push(chunk));
      await once(socket, 'close');
      expect(heard).toEqual([]);
    }
  });

  test('a thousand half-open connections don’t disturb', async () => {
    await Promise.all(Array.from({ length: 1000 }, async () => (await open()).write(Buffer.alloc(3))));
    const started = performance.now();
    await Promise.all(Array.from({ length: 100 }, () => good.invoke(request(ECHO), 2000)));
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test('answers nobody asked for and equal opaques are borne', async () => {
    const socket = await open();
    const frames = [
      ...encodeFrame(numbered(response(0), 12345, 1)),
      ...encodeFrame(numbered(request(ECHO, { body: Buffer.from('first') }), 7, 0)),
      ...encodeFrame(numbered(request(ECHO, { body: Buffer.from('second') }), 7, 0)),
    ];
    socket.write(Buffer.concat(frames));
    let heard = '';
    while (!heard.includes('second')) {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      heard += chunk.toString('latin1');
    }
    expect(heard).toContain('first');
  });

  test('who does not take its answers gets no more of them, until it does', async () => {
    const socket = await open();
    socket.pause();
    const [frame] = encodeFrame(numbered(request(BIG), 1, 0));
    answered = 0;
    socket.write(Buffer.concat(new Array<Buffer>(400).fill(frame)));
    for (let turn = 0; turn < 100; turn++) await good.invoke(request(ECHO), 2000);
    const buffered = Math.max(...[...server.channels].map(({ bufferedBytes }) => bufferedBytes));
    expect(buffered).toBeLessThan(BUDGET_BYTES + 2 * BIG_BYTES);
    expect(answered).toBeLessThan(400);
    let taken = 0;
    socket.on('data', (chunk: Buffer) => (taken += chunk.length));
    socket.resume();
    while (taken < 400 * BIG_BYTES) await once(socket, 'data');
    expect(answered).toBe(400);
  });
});
