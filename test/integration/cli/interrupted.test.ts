import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Keyboard } from '../../../lib/cli/output/keyboard.js';
import { NodeClock, startEmbeddedEngine, connectEngine, type Engine } from '../../../lib/engine/index.js';
import { runCommandLine } from '../../../lib/cli/program.js';
import { rocketmq } from '../../support/rocketmq-process.js';
import { runHere, TestTerminal } from '../../support/test-terminal.js';

const GROUP = 'failing';
const COUNT = 12;

let directory: string;
let engine: Engine;
let variables: { NAMESRV_ADDR: string };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rocketmq-interrupted-'));
  engine = await startEmbeddedEngine({ storeDir: directory, listen: { nameServerPort: 0, brokerPort: 0 } });
  variables = { NAMESRV_ADDR: engine.nameServerAddresses! };
});

afterEach(async () => {
  await engine.stop();
  await rm(directory, { recursive: true, force: true });
});

async function makeDeadLetters(): Promise<void> {
  await engine.admin.topics.create('Orders', { readQueueNums: 1, writeQueueNums: 1 });
  const producer = engine.createProducer({ group: 'producers' });
  await producer.start();
  for (let i = 0; i < COUNT; i++) await producer.send({ topic: 'Orders', body: Buffer.from(String(i)) });
  await producer.stop();
  const consumer = engine.createPullConsumer({ group: GROUP });
  await consumer.start();
  const [queue] = await consumer.fetchSubscribeMessageQueues('Orders');
  const { messages } = await consumer.pull(queue, 0);
  expect(messages).toHaveLength(COUNT);
  for (const message of messages) await consumer.sendMessageBack(message, -1);
  await consumer.stop();
}

/** What the group has been given again. */
async function resentBodies(): Promise<string[]> {
  const [queue] = await engine.admin.topics.queues(`%RETRY%${GROUP}`);
  const { messages } = await engine.admin.messages.read(queue, 0);
  return messages.map(({ body }) => body.toString());
}

const all = Array.from({ length: COUNT }, (_, i) => String(i));

describe('dlq resend', () => {
  test('interrupted, it has lost nothing and sent nothing twice; run again, it goes on', async () => {
    await makeDeadLetters();
    const ending = new AbortController();
    const terminal = new (class extends TestTerminal {
      override err(text: string): void {
        super.err(text);
        if (/ 41 %/.test(text)) ending.abort();
      }
    })({ isPerson: true });
    const environment = {
      terminal,
      clock: new NodeClock(),
      variables,
      connect: (nameServers: readonly string[]) => connectEngine({ nameServers }),
      interruption: () => ending.signal,
    };
    expect(await runCommandLine(['dlq', 'resend', GROUP], environment)).toBe(1);
    expect(terminal.errors).toMatch(/resending █+░+ +41 %/);
    expect(terminal.errors).toMatch(/interrupted; the other dead letters still wait: run it again to go on\n$/);
    expect(await resentBodies()).toEqual(all.slice(0, 5));

    expect((await runHere(['dlq', 'resend', GROUP], { variables })).output).toBe('Resent 7 dead letters of failing.\n');
    expect(await resentBodies()).toEqual(all);
  });

  test('killed, it has lost nothing and sent at most one twice', async () => {
    await makeDeadLetters();
    const process = rocketmq(['dlq', 'resend', GROUP, '--rate', '20'], variables);
    while ((await engine.admin.deadLetters.count(GROUP)).waiting > COUNT - 3) await pause(10);
    process.signal('SIGKILL');
    await process.ended;
    expect((await engine.admin.deadLetters.count(GROUP)).waiting).toBeGreaterThan(0);

    expect((await runHere(['dlq', 'resend', GROUP], { variables })).code).toBe(0);
    const resent = await resentBodies();
    expect([...new Set(resent)]).toEqual(all);
    expect(resent.length).toBeLessThanOrEqual(COUNT + 1);
  });

  test('keeps to its rate', async () => {
    await makeDeadLetters();
    const clock = new NodeClock();
    const begin = clock.monotonic();
    await runHere(['dlq', 'resend', GROUP, '--rate', '20', '--count', '7'], { variables });
    expect(clock.monotonic() - begin).toBeGreaterThanOrEqual(295);
  });
});

describe('top', () => {
  class Screen extends TestTerminal {
    readonly rows = 24;
    private readonly watchers = new Map<RegExp, () => void>();

    constructor() {
      super({ isPerson: true });
    }

    override out(text: string): void {
      super.out(text);
      for (const [pattern, found] of this.watchers) if (pattern.test(this.output)) found();
    }

    shows(pattern: RegExp): Promise<void> {
      return new Promise((resolve) => {
        if (pattern.test(this.output)) resolve();
        else this.watchers.set(pattern, resolve);
      });
    }
  }

  test('redraws, heeds its keys, and leaves the terminal as it was', async () => {
    await engine.admin.topics.create('Orders');
    const screen = new Screen();
    let press: (key: string) => void = () => undefined;
    let isListening = false;
    const keyboard: Keyboard = {
      listen(onKey) {
        press = onKey;
        isListening = true;
        return () => {
          isListening = false;
        };
      },
    };
    const ended = runCommandLine(['top', '--interval', '1'], {
      terminal: screen,
      keyboard,
      clock: new NodeClock(),
      variables,
      connect: (nameServers: readonly string[]) => connectEngine({ nameServers }),
      interruption: () => new AbortController().signal,
    });
    await screen.shows(/by lag.*Orders/s);
    press('n');
    await screen.shows(/by name/);
    await screen.shows(/by name.*by name/s); // the next look, by itself
    press('q');
    expect(await ended).toBe(0);
    expect(isListening).toBe(false);
    expect(screen.output.startsWith('\x1b[?25l')).toBe(true); // the cursor is hidden …
    expect(screen.output.endsWith('\x1b[?25h\r\n')).toBe(true); // … and there again
  });

  test('elsewhere than on a terminal it says what there is instead', async () => {
    const { code, errors } = await runHere(['top'], { variables });
    expect(code).toBe(1);
    expect(errors).toBe('rocketmq: top needs a terminal; elsewhere there is top --once\n');
  });
});
