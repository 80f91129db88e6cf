import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectEngine, type Engine } from '../../../lib/engine/index.js';
import { rocketmq, type RocketmqProcess } from '../../support/rocketmq-process.js';

let directory: string;
let started: RocketmqProcess[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rocketmq-cli-'));
  started = [];
});

afterEach(async () => {
  for (const server of started) server.signal('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  await rm(directory, { recursive: true, force: true });
});

function run(...words: string[]): RocketmqProcess {
  const process = rocketmq(words);
  started.push(process);
  return process;
}

function start(...words: string[]): RocketmqProcess {
  return run('start', '--store-dir', directory, '--namesrv-port', '0', '--broker-port', '0', ...words);
}

async function sendThrough(nameServer: string): Promise<string> {
  await using engine = await connectEngine({ nameServers: [nameServer] });
  const producer = engine.createProducer({ group: 'producers' });
  await producer.start();
  const { status } = await producer.send({ topic: 'Orders', body: Buffer.from('hello') });
  return status;
}

describe('rocketmq', () => {
  it('start runs a name server and a broker until a signal', async () => {
    const server = start();
    const [, nameServer] = await server.printed(/name server (127\.0\.0\.1:\d+)/);

    expect(await sendThrough(nameServer)).toBe('SEND_OK');
    expect(await readFile(join(directory, 'broker.pid'), 'utf8')).toBe(`${server.id}\n`);
    server.signal('SIGTERM');
    expect(await server.ended).toEqual({ code: 0, output: expect.stringContaining('Stopped.') as string });
    expect(existsSync(join(directory, 'broker.pid'))).toBe(false);
  });

  it("namesrv and broker run as two processes, with RocketMQ's files", async () => {
    const namesrvConf = join(directory, 'namesrv.conf');
    await writeFile(namesrvConf, 'listenPort=0\norderMessageEnable=true\nclientRequestThreadPoolNums=8\n');
    const nameServer = run('namesrv', '-c', namesrvConf);
    const [, address] = await nameServer.printed(/started at (127\.0\.0\.1:\d+)/);
    await nameServer.printed(/without effect {2}clientRequestThreadPoolNums/);
    const conf = join(directory, 'broker.conf');
    await writeFile(conf, `# as RocketMQ's\nbrokerName = broker-x\nlistenPort=0\nflushDiskType=SYNC_FLUSH\n`);
    const broker = run('broker', '-n', address, '-c', conf, '--store-dir', join(directory, 'store'));
    await broker.printed(/broker has started at 127\.0\.0\.1:\d+/);
    await broker.printed(/flush +SYNC_FLUSH: /);

    expect(await sendThrough(address)).toBe('SEND_OK');
    broker.signal('SIGINT');
    expect((await broker.ended).code).toBe(0);
    nameServer.signal('SIGINT');
    expect((await nameServer.ended).code).toBe(0);
  });

  it('a broker that was killed starts again, also while its pid file is still there', async () => {
    const first = start();
    const [, nameServer] = await first.printed(/name server (127\.0\.0\.1:\d+)/);
    await sendThrough(nameServer);
    first.signal('SIGKILL');
    await first.ended;
    expect(existsSync(join(directory, 'broker.pid'))).toBe(true);

    const second = start();
    const [, again] = await second.printed(/name server (127\.0\.0\.1:\d+)/);
    await using engine = await connectEngine({ nameServers: [again] });
    expect(await engine.admin.topics.names()).toContain('Orders');
  });

  it('a name server still knows after a kill what it was told to keep', async () => {
    const words = ['namesrv', '-p', '0', '-s', `kvConfigPath=${join(directory, 'kv/kvConfig.json')}`];
    const keep = async (server: RocketmqProcess, work: (engine: Engine) => Promise<void>): Promise<void> => {
      const [, address] = await server.printed(/started at (127\.0\.0\.1:\d+)/);
      await using engine = await connectEngine({ nameServers: [address] });
      await work(engine);
    };
    const first = run(...words);
    await keep(first, ({ admin }) => admin.nameServers.putKvConfig('ORDER_TOPIC_CONFIG', 'Orders', 'broker-a:4'));
    first.signal('SIGKILL');
    await first.ended;
    await keep(run(...words), async ({ admin }) => {
      expect(await admin.nameServers.kvConfig('ORDER_TOPIC_CONFIG', 'Orders')).toBe('broker-a:4');
    });
  });

  it('a second signal ends the process at once', async () => {
    const server = start();
    await server.printed(/have started/);
    server.signal('SIGSTOP'); // so that both signals are there before the first is heeded
    server.signal('SIGINT');
    server.signal('SIGTERM');
    server.signal('SIGCONT');
    const { code } = await server.ended;
    expect([0, null]).toContain(code); // null: ended by the second before the stop was through
  });

  it('logs and reports JSON lines for programs', async () => {
    const server = start('--log-format', 'json', '--log-level', 'info', '-s', 'haListenPort=10912');
    const [report] = await server.printed(/^\{"event":"started".*\}$/m);
    expect(JSON.parse(report)).toMatchObject({
      server: 'start',
      storeDirectory: directory,
      flushDiskType: 'ASYNC_FLUSH',
      withoutEffect: ['haListenPort'],
    });
    server.signal('SIGTERM');
    const { output } = await server.ended;
    const lines = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(expect.objectContaining({ level: 'info', message: 'the broker has started' }));
    expect(lines.at(-1)).toEqual({ event: 'stopped' });
  });
});
