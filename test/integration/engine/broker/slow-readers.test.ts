import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Broker } from '../../../../lib/engine/broker/broker.js';
import { NodeClock } from '../../../../lib/engine/platform/node-clock.js';
import { encodeFrame } from '../../../../lib/engine/protocol/frame-codec.js';
import { encodeHeader } from '../../../../lib/engine/protocol/field-table.js';
import { numbered, request } from '../../../../lib/engine/protocol/remoting-command.js';
import { pullMessageRequest, PullSysFlag } from '../../../../lib/engine/protocol/requests/pull-message.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import type { Acceptor, Channel } from '../../../../lib/engine/remoting/channel.js';
import { TcpAcceptor, TcpConnector } from '../../../../lib/engine/remoting/tcp-transport.js';
import { createBrokerNode } from '../../../../lib/engine/servers/broker-node.js';
import { nodePorts } from '../../../../lib/engine/servers/node-ports.js';
import { TestClient } from '../../../support/broker-rig.js';
import { cycles } from '../../../support/run-options.js';

const MIB = 2 ** 20;
const MESSAGES = 64;
const MESSAGE_BYTES = MIB / 4;
/** Readers that read nothing, each with so many pulls on their way: of 4 × 500 × 256 KiB = 500 MiB. */
const SLOW_READERS = cycles(4);
const PULLS_EACH = 500;
const PER_CONNECTION = 4 * MIB;
const OF_ALL = 12 * MIB;

const ports = nodePorts();
let directory: string;
let broker: Broker;
let channels: Channel[];
let client: TestClient;
const sockets: Socket[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slow-readers-'));
  channels = [];
  const tcp = new TcpAcceptor({ ...ports, host: '127.0.0.1', port: 0 });
  broker = createBrokerNode(
    {
      settings: {
        storePathRootDir: directory,
        mappedFileSizeCommitLog: 32 * MIB,
        maxUnsentBytesPerConnection: PER_CONNECTION,
        maxUnsentBytes: OF_ALL,
      },
      acceptors: [watched(tcp)],
      connector: new TcpConnector(ports),
      nameServers: [],
    },
    ports,
  );
  await broker.start();
  client = new TestClient('quick', new NodeClock());
  client.channel = await new TcpConnector(ports).connect(tcp.address, client.processors, 3000);
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  client.channel.close();
  await broker.stop();
  await rm(directory, { recursive: true });
});

test('who does not read gets no more than its budget, all of them no more than theirs, and nobody else waits', async () => {
  const body = 'x'.repeat(MESSAGE_BYTES);
  for (let i = 0; i < MESSAGES; i++) expect((await client.send('T', body)).code).toBe(0);
  const before = process.memoryUsage().rss;

  for (let i = 0; i < SLOW_READERS; i++) {
    const socket = await deaf();
    socket.write(
      Buffer.concat(Array.from({ length: PULLS_EACH }, (_, opaque) => pullFrame(opaque, opaque % MESSAGES))),
    );
  }
  const waits: number[] = [];
  const peaks: number[] = [];
  for (let i = 0; i < 100; i++) {
    const from = performance.now();
    expect((await client.send('Other', 'small')).code).toBe(0);
    expect((await client.pull('G', 'T', { queueOffset: i % MESSAGES, maxMsgNums: 1 })).body?.length).toBeGreaterThan(0);
    waits.push(performance.now() - from);
    peaks.push(unsent().reduce((sum, bytes) => sum + bytes, 0));
    // One answer more than the budget may be on its way for each read that had begun.
    expect(Math.max(...unsent())).toBeLessThan(2 * PER_CONNECTION + MIB);
  }
  expect(Math.max(...peaks)).toBeGreaterThan(PER_CONNECTION); // else nobody was slow
  expect(Math.max(...peaks)).toBeLessThan(OF_ALL + SLOW_READERS * 2 * MIB);
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * MIB);
  waits.sort((a, b) => a - b);
  expect(waits[95]).toBeLessThan(500);

  // Whoever reads at last gets an answer to each of its pulls.
  const [late] = sockets;
  let answers = 0;
  let rest = Buffer.alloc(0);
  late.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE()) {
      rest = rest.subarray(4 + rest.readInt32BE());
      answers++;
    }
  });
  late.resume();
  while (answers < PULLS_EACH) await once(late, 'data');
}, 60_000);

function unsent(): number[] {
  return channels.filter(({ isOpen }) => isOpen).map(({ bufferedBytes }) => bufferedBytes);
}

/** The acceptor, with its connections shown to the test. */
function watched(tcp: TcpAcceptor): Acceptor {
  return {
    start: (processors, onOpen) =>
      tcp.start(processors, (channel) => {
        channels.push(channel);
        onOpen(channel);
      }),
    refuse: () => tcp.refuse(),
    stop: () => tcp.stop(),
    get address() {
      return tcp.address;
    },
  };
}

/** A connection that reads nothing. */
async function deaf(): Promise<Socket> {
  const [host, port] = client.channel.remoteAddress.split(':');
  const socket = connect(Number(port), host);
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.pause();
  return socket;
}

function pullFrame(opaque: number, queueOffset: number): Buffer {
  const extFields = encodeHeader(pullMessageRequest, {
    consumerGroup: 'G',
    topic: 'T',
    queueId: 0,
    queueOffset,
    maxMsgNums: 1,
    sysFlag: PullSysFlag.subscription,
    commitOffset: 0,
    suspendTimeoutMillis: 0,
    subscription: '*',
    subVersion: 0,
    expressionType: 'TAG',
  });
  return Buffer.concat(encodeFrame(numbered(request(RequestCode.PULL_MESSAGE, { extFields }), opaque, 0)));
}
