import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { NodeClock } from '../../../../lib/engine/platform/node-clock.js';
import { NodeNetwork } from '../../../../lib/engine/platform/node-network.js';
import { silentLogger } from '../../../../lib/engine/ports/logger.js';
import { encodeFrame } from '../../../../lib/engine/protocol/frame-codec.js';
import { numbered, request, response } from '../../../../lib/engine/protocol/remoting-command.js';
import { resolveConnectionOptions } from '../../../../lib/engine/remoting/connection-options.js';
import { TcpAcceptor, TcpConnector } from '../../../../lib/engine/remoting/tcp-transport.js';
import { cycles } from '../../../support/run-options.js';

/** Each takes two descriptors here, since both ends are in this process. */
const SILENT = cycles(300);
const SLOW = Math.ceil(SILENT / 10);

const transport = { network: new NodeNetwork(), clock: new NodeClock(), logger: silentLogger };
const sockets: Socket[] = [];
let acceptor: TcpAcceptor;

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await acceptor.stop();
});

async function listen(limits: object): Promise<string> {
  const connections = resolveConnectionOptions(limits);
  acceptor = new TcpAcceptor({ ...transport, host: '127.0.0.1', port: 0, connections });
  await acceptor.start(new Map([[1, () => response(0)]]), () => undefined);
  return acceptor.address;
}

async function open(address: string): Promise<Socket> {
  const socket = connect(Number(address.split(':')[1]), '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

async function p99Of(address: string): Promise<number> {
  const channel = await new TcpConnector(transport).connect(address, new Map(), 5000);
  const times: number[] = [];
  for (let i = 0; i < 300; i++) {
    const startedAt = performance.now();
    await channel.invoke(request(1), 5000);
    times.push(performance.now() - startedAt);
  }
  channel.close();
  await channel.closed;
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)];
}

test('connections that say nothing, or a byte now and then, take nothing from others, and end', async () => {
  const address = await listen({ firstRequestTimeoutMs: 4000, frameTimeoutMs: 2000 });
  const quiet = await p99Of(address);
  const [frame] = encodeFrame(numbered(request(1), 1, 0));
  for (let i = 0; i < SILENT; i++) await open(address);
  const slow: Socket[] = [];
  for (let i = 0; i < SLOW; i++) slow.push(await open(address));
  for (const socket of slow) socket.write(Buffer.concat([frame, frame.subarray(0, 5)])); // one whole, and a beginning
  const ended = sockets.map((socket) => (socket.resume(), once(socket, 'close')));
  const besides = await p99Of(address);
  process.stdout.write(`p99 ${quiet.toFixed(2)} ms, beside ${SILENT + SLOW} others ${besides.toFixed(2)} ms\n`);
  expect(besides).toBeLessThan(Math.max(2 * quiet, 20)); // a few milliseconds are the machine's
  await Promise.all(ended);
}, 120_000);

test('when the port is full of them a newcomer that speaks still gets in', async () => {
  const address = await listen({ maxConnections: 20 });
  for (let i = 0; i < 30; i++) await open(address);
  expect(await p99Of(address)).toBeGreaterThan(0);
});
