import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connectEngine } from '../../../lib/engine/index.js';

const repository = resolve(__dirname, '../../..');
const entry = join(repository, 'lib/cli/main.ts');

interface Run {
  /** Resolves with the first match in what the process has printed. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  ended: Promise<{ code: number | null; output: string }>;
}

function rocketmq(...args: string[]): Run {
  const child = spawn(process.execPath, ['--import', join(repository, 'scripts/ts.mjs'), entry, ...args], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const look of watchers) look();
    });
  }
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output }));
  return {
    printed: (pattern) =>
      new Promise((found, missing) => {
        const look = (): void => {
          const match = pattern.exec(output);
          if (!match) return;
          watchers.delete(look);
          found(match);
        };
        watchers.add(look);
        look();
        void ended.then(() => missing(new Error(`ended without printing ${String(pattern)}:\n${output}`)));
      }),
    signal: (name) => child.kill(name),
    ended,
  };
}

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rocketmq-cli-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function sendThrough(nameServer: string): Promise<string> {
  await using engine = await connectEngine({ nameServers: [nameServer] });
  const producer = engine.createProducer({ group: 'producers' });
  await producer.start();
  const { status } = await producer.send({ topic: 'Orders', body: Buffer.from('hello') });
  return status;
}

describe('rocketmq', () => {
  it('start runs a name server and a broker until a signal', async () => {
    const server = rocketmq('start', '--store-dir', directory, '--namesrv-port', '0', '--broker-port', '0');
    const [, nameServer] = await server.printed(/name server (127\.0\.0\.1:\d+)/);

    expect(await sendThrough(nameServer)).toBe('SEND_OK');
    server.signal('SIGTERM');
    expect(await server.ended).toEqual({ code: 0, output: expect.stringContaining('Stopped.') as string });
  });

  it('namesrv and broker run as two processes', async () => {
    const nameServer = rocketmq('namesrv', '--port', '0');
    const [, address] = await nameServer.printed(/started at (127\.0\.0\.1:\d+)/);
    const conf = join(directory, 'broker.conf');
    await writeFile(conf, `# as RocketMQ's\nbrokerName = broker-x\nlistenPort=0\nflushDiskType=SYNC_FLUSH\n`);
    const broker = rocketmq('broker', '-n', address, '-c', conf, '--store-dir', join(directory, 'store'));
    await broker.printed(/broker has started at 127\.0\.0\.1:\d+/);

    expect(await sendThrough(address)).toBe('SEND_OK');
    broker.signal('SIGINT');
    expect((await broker.ended).code).toBe(0);
    nameServer.signal('SIGINT');
    expect((await nameServer.ended).code).toBe(0);
  });

  it.each([
    ['a setting nobody knows', ['start', '--set', 'flushDiskTyp=SYNC_FLUSH'], /did you mean flushDiskType\?/, 1],
    ['a setting of the wrong kind', ['start', '--set', 'listenPort=many'], /listenPort: must be an integer/, 1],
    ['a port that is none', ['namesrv', '--port', '70000'], /a port is a number from 0 to 65535/, 2],
    ['a broker without name server', ['broker'], /--namesrv <addresses>' not specified/, 2],
    ['a missing broker.conf', ['broker', '-n', '127.0.0.1:1', '-c', '/nowhere/broker.conf'], /cannot be read/, 1],
  ])('says in one line what is wrong with %s', async (_what, args, message, exitCode) => {
    const { code, output } = await rocketmq(...args).ended;

    expect(code).toBe(exitCode);
    expect(output).toMatch(message);
    expect(output).not.toMatch(/\n\s+at /);
  });
});
