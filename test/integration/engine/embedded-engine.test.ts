import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  connectEngine,
  startEmbeddedEngine,
  type EmbeddedEngineOptions,
  type Engine,
  type ReceivedMessage,
} from '../../../lib/engine/index.js';

let directory: string;
const engines: Engine[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'embedded-engine-'));
});

afterEach(async () => {
  for (const engine of engines.splice(0).reverse()) await engine.stop();
  await rm(directory, { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedEngineOptions> = {}): Promise<Engine> {
  const engine = await startEmbeddedEngine({ storeDir: directory, ...options });
  engines.push(engine);
  return engine;
}

async function connect(nameServers: string): Promise<Engine> {
  const engine = await connectEngine({ nameServers: nameServers.split(';') });
  engines.push(engine);
  return engine;
}

async function send(engine: Engine, body: string): Promise<void> {
  const producer = engine.createProducer({ group: 'producers' });
  await producer.start();
  await producer.send({ topic: 'Orders', body: Buffer.from(body) });
  await producer.stop();
}

async function receiveOne(engine: Engine): Promise<string> {
  let take!: (message: ReceivedMessage) => void;
  const received = new Promise<ReceivedMessage>((resolve) => (take = resolve));
  const consumer = engine.createPushConsumer({
    group: 'consumers',
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    subscriptions: [{ topic: 'Orders' }],
    listener: {
      mode: 'concurrent',
      consume: async ([message]) => {
        take(message);
        return { status: 'SUCCESS' };
      },
    },
  });
  await consumer.start();
  const message = await received;
  await consumer.stop();
  return message.body.toString();
}

describe('the embedded engine', () => {
  it('is reached in this process only, unless it is told to listen', async () => {
    const engine = await start();

    expect(engine.kind).toBe('embedded');
    expect(engine.nameServerAddresses).toBeUndefined();
    await send(engine, 'inside');
    expect(await receiveOne(engine)).toBe('inside');
  });

  it('is reached by another connection at the address it tells', async () => {
    const engine = await start({ listen: { nameServerPort: 0, brokerPort: 0 } });
    const remote = await connect(engine.nameServerAddresses ?? '');

    expect(remote.kind).toBe('remote');
    await send(remote, 'by TCP');
    expect(await receiveOne(engine)).toBe('by TCP');
  });

  it('finds its messages again after a restart', async () => {
    const first = await start();
    await send(first, 'kept');
    await first.stop();

    expect(await receiveOne(await start())).toBe('kept');
  });

  it('shares nothing with a second engine in the process', async () => {
    const other = await mkdtemp(join(tmpdir(), 'embedded-engine-'));
    const [one, two] = [await start(), await start({ storeDir: other })];

    await send(one, 'of the first');
    await send(two, 'of the second');
    expect(await receiveOne(two)).toBe('of the second');
    expect(await receiveOne(one)).toBe('of the first');
    await two.stop();
    await rm(other, { recursive: true, force: true });
  });

  it('refuses a directory that another engine holds, and leaves that one alone', async () => {
    const engine = await start();

    await expect(start()).rejects.toMatchObject({ code: 'STORE_LOCKED', directory });
    await send(engine, 'still here');
  });

  it('refuses a port that is taken, and gives the other one back', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };

    await expect(start({ listen: { nameServerPort: 0, brokerPort: port } })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining(String(port)) as string,
    });
    await new Promise((resolve) => taken.close(resolve));
    await start({ listen: { nameServerPort: 0, brokerPort: port } });
  });

  it('names the right option for a misspelt one', async () => {
    const misspelt = { flushDiskTyp: 'SYNC_FLUSH' } as EmbeddedEngineOptions['broker'];

    await expect(start({ broker: misspelt })).rejects.toMatchObject({
      code: 'CONFIGURATION',
      field: 'flushDiskTyp',
      message: expect.stringContaining('did you mean flushDiskType?') as string,
    });
  });

  it.each([
    ['no name server', []],
    ['no port', ['127.0.0.1']],
    ['a port that is none', ['127.0.0.1:99999']],
  ])('refuses to connect to %s', async (_what, nameServers) => {
    await expect(connectEngine({ nameServers })).rejects.toMatchObject({ code: 'CONFIGURATION', field: 'nameServers' });
  });
});
