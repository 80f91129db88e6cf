import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedEngine, type Engine } from '../../../lib/engine/index.js';
import { runHere } from '../../support/test-terminal.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rocketmq-cli-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

/** One line that says what is wrong; commander adds where help is. */
async function expectRefused(
  words: readonly string[],
  code: number,
  message: RegExp,
  variables: Record<string, string | undefined> = {},
): Promise<void> {
  const run = await runHere(words, { variables });
  expect(run.errors).toMatch(message);
  expect(run.errors).not.toMatch(/\n\s+at /);
  const lines = run.errors
    .trim()
    .split('\n')
    .filter((line) => !/^\(.*\)$/.test(line));
  expect(lines).toHaveLength(1);
  expect(run.output).toBe('');
  expect(run.code).toBe(code);
}

function onThisStore(): string[] {
  return ['start', '--store-dir', directory, '--namesrv-port', '0', '--broker-port', '0'];
}

test.each([
  ['a setting nobody knows', ['start', '-s', 'flushDiskTyp=SYNC_FLUSH'], 1, /did you mean flushDiskType\?/],
  ['a setting of the wrong kind', ['start', '-s', 'listenPort=many'], 1, /listenPort: must be an integer/],
  ['a promise nobody keeps', ['start', '-s', 'brokerRole=SYNC_MASTER'], 1, /there is no replication here/],
  ['no setting at all', ['start', '-s', 'flushDiskType'], 2, /a setting has the form name=value/],
  ['a public address', ['namesrv', '--host', '0.0.0.0'], 1, /open to other machines.*--insecure/],
  ['a port that is none', ['namesrv', '--port', '70000'], 2, /a port is a number from 0 to 65535/],
  ['an option that is none', ['start', '--stroe-dir', 'x'], 2, /unknown option '--stroe-dir'/],
  ['a level that is none', ['start', '--log-level', 'loud'], 2, /Allowed choices are debug, info, warn, error/],
  ['a broker without name server', ['broker'], 2, /no name server: give -n host:port, or set NAMESRV_ADDR/],
  ['a missing file', ['broker', '-n', '127.0.0.1:1', '-c', '/nowhere/b.conf'], 1, /\/nowhere\/b\.conf cannot be read/],
  ['an unknown command', ['strat'], 2, /unknown command 'strat'/],
])('%s', (_what, words, code, message) => expectRefused(words, code, message));

test('a property file with a typo', async () => {
  const conf = join(directory, 'broker.conf');
  await writeFile(conf, 'brokerName=a\nbrokerClusterNam=DefaultCluster\n');
  await expectRefused(['start', '-c', conf], 1, /brokerClusterNam: .*did you mean brokerClusterName\?/);
});

test('a property file with half a line', async () => {
  const conf = join(directory, 'namesrv.conf');
  await writeFile(conf, '# mine\nlistenPort\n');
  await expectRefused(['namesrv', '-c', conf], 1, /line 2: 'listenPort' is not of the form name = value/);
});

test('a port in use', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => other.once('listening', listening));
  const { port } = other.address() as { port: number };
  try {
    await expectRefused(['namesrv', '-p', String(port)], 1, new RegExp(`127.0.0.1:${port} is in use by another`));
  } finally {
    other.close();
  }
});

test('a store in use, with the process that has it', async () => {
  await using engine = await startEmbeddedEngine({ storeDir: directory });
  await expectRefused(onThisStore(), 1, new RegExp(`is in use by the broker of process ${process.pid};`));
  await engine.stop();
});

test('a pid file that a killed broker left behind names nobody', async () => {
  await using engine = await startEmbeddedEngine({ storeDir: directory });
  await writeFile(join(directory, 'broker.pid'), '4194999\n'); // beyond the highest id of Linux
  await expectRefused(onThisStore(), 1, /is in use by another broker;/);
  await engine.stop();
});

test('a directory that cannot be written', async () => {
  const file = join(directory, 'file');
  await writeFile(file, '');
  const words = ['start', '--store-dir', join(file, 'store'), '--namesrv-port', '0', '--broker-port', '0'];
  await expectRefused(words, 1, /storePathRootDir: .*\/file\/store cannot be used: .*choose another directory/);
});

test('a name server that is not there', async () => {
  await expectRefused(['topicList', '-n', '127.0.0.1:1'], 1, /127\.0\.0\.1:1/);
});

test('a name server whose address is none', async () => {
  await expectRefused(['topicList', '-n', 'nowhere'], 1, /'nowhere' is not host:port/);
});

test('what a broker would run with is printed, and nothing runs', async () => {
  const { code, output } = await runHere(['broker', '-m', '-s', 'brokerName=b', '--store-dir', directory]);
  expect(code).toBe(0);
  expect(output.split('\n')).toEqual(expect.arrayContaining(['brokerName=b', `storePathRootDir=${directory}`]));
});

describe('on a cluster', () => {
  let engine: Engine;
  let store: string;

  beforeAll(async () => {
    store = await mkdtemp(join(tmpdir(), 'rocketmq-cli-'));
    engine = await startEmbeddedEngine({ storeDir: store, listen: { nameServerPort: 0, brokerPort: 0 } });
  });

  afterAll(async () => {
    await engine.stop();
    await rm(store, { recursive: true, force: true });
  });

  test.each([
    ['an unknown topic', ['tail', 'Nowhere'], 1, /no route to topic Nowhere: create it first/],
    ['no topic', ['tail'], 2, /missing required argument 'topic'/],
    ['two filters', ['tail', 'T', '--tag', 'a', '--sql', 'b > 1'], 2, /--tag and --sql exclude each other/],
    ['a time that is none', ['tail', 'T', '--from', 'noon'], 2, /first, last, milliseconds or yyyy-MM-dd/],
    ['a group without dead letters', ['dlq', 'list', 'nobody'], 1, /the group nobody has no dead letters/],
    ['a rate that is none', ['dlq', 'resend', 'g', '--rate', '0'], 2, /--rate 0 would resend nothing/],
    ['a command of a family', ['dlq', 'rescue', 'g'], 2, /unknown command 'rescue'/],
    ['an unknown transaction', ['tx', 'show', 'none'], 1, /no transaction none is undecided; 'rocketmq tx list' shows/],
    ['neither one nor all', ['tx', 'resume'], 2, /give either the message id of one transaction, or --all/],
    ['a transaction nobody gave up', ['tx', 'resume', 'none'], 1, /no transaction none was given up/],
    ['a live picture for programs', ['top', '--json'], 2, /--json shows one look: add --once/],
    ['an order that is none', ['top', '--sort', 'age'], 2, /--sort age: there are lag, rate, dead, name/],
  ])('%s', (_what, words, code, message) =>
    expectRefused(words, code, message, { NAMESRV_ADDR: engine.nameServerAddresses }),
  );
});

test('an application opens its engine to other machines only when it says so', async () => {
  const listen = { host: '0.0.0.0', nameServerPort: 0, brokerPort: 0 };
  await expect(startEmbeddedEngine({ storeDir: directory, listen })).rejects.toThrow(/open to other machines/);
  await using engine = await startEmbeddedEngine({ storeDir: directory, listen: { ...listen, insecure: true } });
  expect(engine.nameServerAddresses).toMatch(/:\d+$/);
});

test('the stack of an error is shown to those who ask', async () => {
  const { code, errors } = await runHere(['--debug', 'start', '-s', 'flushDiskTyp=x']);
  expect(code).toBe(1);
  expect(errors).toMatch(/\n\s+at /);
});
