import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { NodeClock } from '../../../../lib/engine/platform/node-clock.js';
import { NodeNetwork } from '../../../../lib/engine/platform/node-network.js';
import { silentLogger } from '../../../../lib/engine/ports/logger.js';
import { encodeFrame } from '../../../../lib/engine/protocol/frame-codec.js';
import { numbered, request } from '../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import { TcpConnector } from '../../../../lib/engine/remoting/tcp-transport.js';
import { rocketmq, type RocketmqProcess } from '../../../support/rocketmq-process.js';
import { cycles } from '../../../support/run-options.js';

const SILENT = cycles(300);
const SLOW = Math.ceil(SILENT / 10);
/** They are all there when the last is opened, and for the second measurement. */
const TIMEOUT_MS = 6000 + 3 * SILENT;
/** More than a connection takes that says nothing, or not much; and what a process takes when it has anything to do. */
const BYTES_OF_A_CONNECTION = 16 * 1024;
const BYTES_OF_WORK = 32 * 1024 * 1024;

const transport = { network: new NodeNetwork(), clock: new NodeClock(), logger: silentLogger };
const question = request(RequestCode.GET_BROKER_CLUSTER_INFO);
const sockets: Socket[] = [];
let server: RocketmqProcess;

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.signal('SIGTERM');
  await server.ended;
});

async function listen(settings: Record<string, number>): Promise<number> {
  const given = Object.entries(settings).flatMap(([name, value]) => ['-s', `${name}=${value}`]);
  server = rocketmq(['namesrv', '-p', '0', ...given]);
  const [, port] = await server.printed(/127\.0\.0\.1:(\d+)/);
  return Number(port);
}

async function open(port: number, count: number): Promise<Socket[]> {
  const opened: Socket[] = [];
  while (opened.length < count) {
    const some = Array.from({ length: Math.min(100, count - opened.length) }, () =>
      connect(port, '127.0.0.1').on('error', () => undefined),
    );
    await Promise.all(some.map((socket) => once(socket, 'connect')));
    opened.push(...some);
    sockets.push(...some);
  }
  return opened;
}

async function p99Of(port: number): Promise<number> {
  const channel = await new TcpConnector(transport).connect(`127.0.0.1:${port}`, new Map(), 5000);
  const times: number[] = [];
  for (let i = 0; i < 1500; i++) {
    const startedAt = performance.now();
    await channel.invoke(question, 5000);
    times.push(performance.now() - startedAt);
  }
  channel.close();
  await channel.closed;
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)];
}

/** Resident, where the system tells. */
function memoryOf({ id }: RocketmqProcess): number | undefined {
  const status = `/proc/${id}/status`;
  if (!existsSync(status)) return undefined;
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1]) * 1024;
}

test('connections that say nothing, or a byte a second, take little from the server and nothing from others, and end', async () => {
  const port = await listen({ firstRequestTimeoutMs: TIMEOUT_MS, frameTimeoutMs: TIMEOUT_MS });
  await p99Of(port);
  const quiet = await p99Of(port);
  const before = memoryOf(server);
  await open(port, SILENT);
  const slow = await open(port, SLOW);
  const [frame] = encodeFrame(numbered(question, 1, 0));
  for (const socket of slow) socket.write(Buffer.concat([frame, frame.subarray(0, 5)])); // one whole, and a beginning
  let byte = 5;
  const drip = setInterval(() => {
    byte++;
    for (const socket of slow) if (byte < frame.length) socket.write(frame.subarray(byte - 1, byte));
  }, 1000);
  const ended = sockets.map((socket) => (socket.resume(), once(socket, 'close')));
  const besides = await p99Of(port);
  const after = memoryOf(server);
  const taken = before === undefined || after === undefined ? 0 : after - before;
  const each = (taken / 1024 / sockets.length).toFixed(1);
  process.stdout.write(
    `p99 ${quiet.toFixed(2)} ms, beside ${sockets.length} others ${besides.toFixed(2)} ms; ${each} KiB each\n`,
  );
  expect(besides).toBeLessThan(Math.max(2 * quiet, 20)); // a few milliseconds are the machine's
  expect(taken).toBeLessThan(BYTES_OF_WORK + sockets.length * BYTES_OF_A_CONNECTION);
  await Promise.all(ended);
  clearInterval(drip);
}, 180_000);

test('when the port is full of them a newcomer that speaks still gets in', async () => {
  const port = await listen({ maxConnections: 20 });
  await open(port, 30);
  expect(await p99Of(port)).toBeGreaterThan(0);
});
