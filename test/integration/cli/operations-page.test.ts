import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  connectEngine,
  NodeClock,
  readProperties,
  startEmbeddedEngine,
  tlsConf,
  type Engine,
} from '../../../lib/engine/index.js';
import { runCommandLine } from '../../../lib/cli/program.js';
import { refusedSettings } from '../../../lib/engine/servers/refused-settings.js';
import { docBlocks } from '../../support/doc-blocks.js';
import { runHere, TestTerminal } from '../../support/test-terminal.js';

/* Each command of the page is run, in the order in which it is read. */

const page = docBlocks('docs/operations.md').filter(
  ({ test: way }) => way?.endsWith('operations-page.test.ts') === true,
);
const commands = page.flatMap(({ code }) => code.trim().split('\n')).filter((line) => line.startsWith('npx rocketmq '));

let directory: string;
let engine: Engine;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rocketmq-page-'));
  await writeFile(join(directory, 'broker.conf'), 'brokerName = broker-a\nsendMessageThreadPoolNums = 16\n');
  engine = await startEmbeddedEngine({
    storeDir: join(directory, 'embedded'),
    listen: { nameServerPort: 0, brokerPort: 0 },
    broker: { enablePropertyFilter: true },
  });
  const producer = engine.createProducer({ group: 'shop' });
  await producer.start();
  await engine.admin.topics.create('Orders', { readQueueNums: 1, writeQueueNums: 1 });
  const body = Buffer.from('an order');
  await producer.send({ topic: 'Orders', tag: 'paid', body, properties: { amount: '120' } });
  const consumer = engine.createPullConsumer({ group: 'billing' });
  await consumer.start();
  const [queue] = await consumer.fetchSubscribeMessageQueues('Orders');
  const { messages } = await consumer.pull(queue, 0);
  await consumer.sendMessageBack(messages[0], -1);
});

afterAll(async () => {
  await engine.stop();
  await rm(directory, { recursive: true, force: true });
});

/** As a shell: quotes keep words together. */
function wordsOf(line: string): string[] {
  const words = line.match(/'[^']*'|\S+/g) ?? [];
  return words.slice(2).map((word) => word.replace(/^'(.*)'$/, '$1'));
}

/** In this test's directory, and on ports that are free. */
function placed(words: readonly string[]): string[] {
  const [name] = words;
  const inPlace = words.map((word) =>
    /^(\.\/store|broker\.conf)$/.test(word) ? join(directory, word) : word === '9876' ? '0' : word,
  );
  if (name === 'start') return [...inPlace, '--namesrv-port', '0', '--broker-port', '0'];
  if (name !== 'broker') return inPlace;
  const own = inPlace.map((word) => (word === '127.0.0.1:9876' ? engine.nameServerAddresses! : word));
  return [
    ...own,
    '--store-dir',
    join(directory, 'broker-store'),
    '--set',
    'listenPort=0',
    '--set',
    'brokerName=broker-b',
  ];
}

/** Starts a server and interrupts it as soon as it says that it runs. */
async function runServer(words: readonly string[]): Promise<string> {
  const ending = new AbortController();
  const terminal = new (class extends TestTerminal {
    override out(text: string): void {
      super.out(text);
      ending.abort();
    }
  })();
  const code = await runCommandLine(words, {
    terminal,
    clock: new NodeClock(),
    variables: {},
    connect: (nameServers: readonly string[]) => connectEngine({ nameServers }),
    interruption: () => ending.signal,
  });
  expect({ code, errors: terminal.errors }).toEqual({ code: 0, errors: '' });
  return terminal.output;
}

test.each(commands)('%s', async (line) => {
  const words = placed(wordsOf(line));
  if (['start', 'namesrv', 'broker'].includes(words[0]) && !words.some((word) => word.startsWith('--print'))) {
    expect(await runServer(words)).toMatch(/(has|have) started(.|\n)*open to(.|\n)*Stopped\.\n$/);
    return;
  }
  const { code, output, errors } = await runHere(words, { variables: { NAMESRV_ADDR: engine.nameServerAddresses } });
  expect({ code, errors: code === 0 ? '' : errors }).toEqual({ code: 0, errors: '' });
  expect(output).not.toBe('');
});

test('the TLS settings of the page are right together', async () => {
  const [block] = page.filter(({ language }) => language === 'properties');
  const { server, client } = await tlsConf(readProperties(block.code), async (path) => path);
  expect(server).toMatchObject({ plainAllowed: false, clientCertRequired: true, ca: '/etc/rocketmq/ca.pem' });
  expect(client).toMatchObject({ trustAll: false, cert: '/etc/rocketmq/client.pem' });
});

test('the page names every setting that is refused', () => {
  const text = readFileSync('docs/operations.md', 'utf8');
  for (const name of refusedSettings.keys()) expect(text).toContain(`\`${name}\``);
});
