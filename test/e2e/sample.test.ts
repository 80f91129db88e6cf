import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectAgreement, readBooks, Sample, Scratch } from './support.js';

const temporary = () => readdirSync(tmpdir()).filter((name) => name.startsWith('nestjs-rocketmq-sample-'));

async function saidBy(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  for await (const line of createInterface(stream)) {
    const found = pattern.exec(line);
    if (found) return found[1];
  }
  throw new Error(`it ended without saying ${pattern}`);
}

describe.each([[[]], [['--split']]])('npm start %p', (flags: string[]) => {
  it('tells its story to the end: three orders, a refused one, a crash, and totals that agree', async () => {
    const before = temporary();
    await using sample = new Sample(flags);
    expect([await sample.exitCode(), sample.output]).toEqual([0, expect.any(String)]);
    for (const sentence of [
      'half message sent: the broker keeps it, nobody sees it',
      'order stored: database commit',
      'message committed: the broker delivers it',
      '12 points added for Ada',
      'payment refused: the card is expired',
      'order rolled back, the half message is dropped',
      'SIGKILL: the process is gone in the middle of it',
      'the broker asked about the half message: the order is there, so it is delivered',
      '30 points added for Dan',
      '3 orders stored, their points: 50',
      '3 messages applied, their points: 50',
      'they agree',
    ])
      expect(sample.output).toContain(sentence);
    expect(sample.output).not.toMatch(/LOG|WARN|ERROR|Nest/);
    expect(temporary()).toEqual(before);
  });
});

it('keeps its data where --data says, and goes on with it', async () => {
  using scratch = new Scratch();
  for (const run of [1, 2]) {
    await using sample = new Sample(['--data', scratch.path]);
    expect([await sample.exitCode(), sample.output]).toEqual([0, expect.stringContaining('they agree')]);
    expect(existsSync(join(scratch.path, 'store'))).toBe(true);
    const books = readBooks(scratch.path);
    expect(books.orders).toHaveLength(3 * run);
    expectAgreement(books);
  }
});

describe('--serve', () => {
  const post = (url: string, body: unknown) =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const pointsOf = async (url: string) => ((await (await fetch(url)).json()) as { points: number }).points;

  it.each([[[]], [['--split']]])('stays up and answers until it is interrupted %p', async (flags: string[]) => {
    await using sample = new Sample(['--serve', '--port', '0', ...flags]);
    await sample.says('Ctrl-C ends it.');
    const orders = /orders {2}(\S+)/.exec(sample.output)![1];
    const points = /points {2}(\S+)/.exec(sample.output)![1];

    expect((await post(orders, { customer: 'ada', amount: 120 })).status).toBe(201);
    expect((await post(orders, { customer: 'bob', amount: 80, card: 'expired' })).status).toBe(402);
    expect((await post(orders, { customer: 'bob', amount: 'much' })).status).toBe(400);
    while ((await pointsOf(`${points}/ada`)) === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await pointsOf(`${points}/ada`)).toBe(12);
    expect(await pointsOf(`${points}/bob`)).toBe(0);

    sample.interrupt();
    expect(await sample.exitCode()).toBe(0);
  });

  it('says so when its port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await using sample = new Sample(['--serve', '--port', String(port)]);
    expect(await sample.exitCode()).toBe(1);
    expect(sample.output).toContain(`port ${port} is in use by another program; choose one with --port`);
    other.close();
  });
});

it('tells the same story on a broker of its own process: --namesrv', async () => {
  using scratch = new Scratch();
  const settings = ['transactionTimeOut=500', 'transactionCheckInterval=250', 'transactionCheckMax=1000'].flatMap(
    (setting) => ['-s', setting],
  );
  const ports = ['--namesrv-port', '0', '--broker-port', '0'];
  const server = spawn(
    process.execPath,
    ['dist/esm/cli/main.js', 'start', '--store-dir', scratch.path, ...ports, ...settings],
    { cwd: join(__dirname, '../..'), stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const address = await saidBy(server.stdout, /name server ([\d.]+:\d+)/);
    await using sample = new Sample(['--namesrv', address]);
    expect([await sample.exitCode(), sample.output]).toEqual([0, expect.stringContaining('they agree')]);
    expect(sample.output).toContain(`on the cluster at ${address}`);
  } finally {
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    await ended;
  }
});

describe('what cannot be', () => {
  it.each([
    [['--sreve'], /--sreve/],
    [['now'], /now/],
    [['--port', '99999', '--serve'], /--port takes a number/],
    [['--port', '3000'], /--port goes with --serve/],
    [['--namesrv', 'localhost'], /--namesrv takes HOST:PORT/],
    [['--serve', '--crash'], /exclude each other/],
  ])('is refused with the usage: %p', async (flags, reason) => {
    await using sample = new Sample(flags);
    expect(await sample.exitCode()).toBe(2);
    expect(sample.output).toMatch(reason);
    expect(sample.output).toContain('--split');
  });

  it('says what to do about a damaged database file', async () => {
    using scratch = new Scratch();
    writeFileSync(join(scratch.path, 'orders.db'), Buffer.alloc(8192, 7));
    await using sample = new Sample(['--data', scratch.path]);
    expect(await sample.exitCode()).toBe(1);
    expect(sample.output).toMatch(/orders\.db is damaged or is not a database; restore it from a backup/);
  });

  it('says which directory another one is using', async () => {
    using scratch = new Scratch();
    await using first = new Sample(['--serve', '--port', '0', '--data', scratch.path]);
    await first.says('Ctrl-C ends it.');
    await using second = new Sample(['--data', scratch.path]);
    expect(await second.exitCode()).toBe(1);
    expect(second.output).toMatch(/store is in use by the broker of process \d+; stop that one/);
  });
});
