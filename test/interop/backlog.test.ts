import { connectEngine, type Engine, silentLogger } from '../../lib/engine/index.js';
import { RocketMqError } from '../../lib/engine/common/errors.js';
import { cycles } from '../support/run-options.js';
import { ClientProbe } from './support/client-probe.js';
import { javaCommand } from './support/java-programs.js';
import { JsonLinesProcess } from './support/json-lines-process.js';
import { describeOnTargets, type OnTarget } from './support/on-targets.js';

/** `--cycles 1000000` for a million. */
const COUNT = cycles(20_000);
const QUEUES = 64;
const BATCH = 100;
/** Of so many messages one is hit. */
const EVERY = 100;
const TOPIC = 'Backlog';
/** A long one takes longer than other tests; its size says how long. */
const TIMEOUT_MS = 60_000 + COUNT;

/** Which messages a consumer asks for: those whose number is `rest` behind a multiple of `every`. */
interface Selection {
  every: number;
  rest: number;
  expression?: string;
  type?: 'TAG' | 'SQL92';
}

const selections: Record<string, Selection> = {
  'every message': { every: 1, rest: 0 },
  'a tag that 1 % have': { every: EVERY, rest: 0, expression: 'Hit' },
  'an SQL92 expression that 1 % fulfil': { every: EVERY, rest: 7, expression: 'part = 7', type: 'SQL92' },
};

interface Drained {
  /** Different messages that came. */
  count: number;
  /** Those that weren't asked for. */
  wrong: number;
  /** From the consumer's start to the last. */
  totalMs: number;
}

describeOnTargets(`a backlog of ${COUNT.toLocaleString('en')} messages in ${QUEUES} queues`, (on) => {
  let engine: Engine;
  let java: ClientProbe;

  beforeAll(async () => {
    engine = await connectEngine({ nameServers: on.cluster.nameServerAddresses.split(';'), logger: silentLogger });
    const command = [...javaCommand('5.3', 'interop.Probe', ['-Xmx512m']), 'interop.Load5'];
    java = new ClientProbe('Java', await JsonLinesProcess.start('Java client', command));
    await on.java.createTopic(TOPIC, { queues: QUEUES });
    await fill(engine);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await java.stop();
    await engine.stop();
  });

  const clients: Record<string, (selection: Selection, group: string) => Promise<Drained>> = {
    'Java’s client': async (selection, group) => drainByJava(java, on, selection, group),
    'our client': async (selection, group) => drainByUs(engine, selection, group),
  };

  for (const [what, selection] of Object.entries(selections)) {
    for (const [who, drain] of Object.entries(clients)) {
      on.test(
        [what, who],
        async () => {
          const wanted = COUNT / selection.every;
          const { count, wrong, totalMs } = await drain(selection, `${who} ${what}`.replaceAll(/\W+/g, '_'));
          console.log(`${on.name}, ${who}, ${what}: ${count} messages in ${(totalMs / 1000).toFixed(2)} s`);
          expect({ count, wrong }).toEqual({ count: wanted, wrong: 0 });
        },
        TIMEOUT_MS,
      );
    }
  }
});

/** Message `n` has `n` in its body; 1 % have the tag Hit, and each hundredth the same property. */
async function fill(engine: Engine): Promise<void> {
  const producer = engine.createProducer({ group: 'fill' });
  await producer.start();
  const queues = await producer.publishQueues(TOPIC);
  let next = 0;
  const send = async (): Promise<void> => {
    while (next < COUNT) {
      const from = next;
      next += BATCH;
      const batch = Array.from({ length: BATCH }, (_, i) => message(from + i));
      await untilTaken(async () => producer.sendBatch(batch, { queue: queues[(from / BATCH) % queues.length] }));
    }
  };
  await Promise.all(Array.from({ length: 4 }, send));
  await producer.stop();
}

/** Apache's broker refuses what has waited for 200 ms, which a busy machine brings about. */
async function untilTaken(send: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await send();
      return;
    } catch (error) {
      if (!(error instanceof RocketMqError) || !error.retriable || attempt === 50) throw error;
    }
  }
}

function message(n: number): { topic: string; body: Buffer; tag: string; properties: Record<string, string> } {
  const body = Buffer.alloc(128);
  body.writeInt32BE(n);
  return { topic: TOPIC, body, tag: n % EVERY === 0 ? 'Hit' : 'Miss', properties: { part: String(n % EVERY) } };
}

async function drainByJava(
  java: ClientProbe,
  { cluster }: OnTarget,
  selection: Selection,
  group: string,
): Promise<Drained> {
  const parameters = { ...selection, topic: TOPIC, group, count: COUNT / selection.every, quietMs: 500 };
  return java.run('drain', { nameServer: cluster.nameServerAddresses, ...parameters }, TIMEOUT_MS);
}

async function drainByUs(
  engine: Engine,
  { every, rest, expression, type }: Selection,
  group: string,
): Promise<Drained> {
  const seen = new Uint8Array(COUNT);
  let count = 0;
  let wrong = 0;
  const startedAt = performance.now();
  let done: (totalMs: number) => void = () => undefined;
  const drained = new Promise<number>((resolve) => (done = resolve));
  const consumer = engine.createPushConsumer({
    group,
    subscriptions: [{ topic: TOPIC, expression, type }],
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    listener: {
      mode: 'concurrent',
      consume: (messages) => {
        for (const { body } of messages) {
          const number = body.readInt32BE(0);
          if (number % every !== rest) wrong++;
          if (seen[number]++ > 0) continue;
          count++;
          if (count === COUNT / every) done(performance.now() - startedAt);
        }
        return Promise.resolve({ status: 'SUCCESS' });
      },
    },
  });
  await consumer.start();
  const totalMs = await drained;
  await consumer.stop();
  return { count, wrong, totalMs };
}
