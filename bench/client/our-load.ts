// Our client under load, in a process of its own so that its processor time is its own. Works as the
// Java program does (interop.Load5): sends for so long, or consumes a backlog and stops.
import { connectEngine, silentLogger, type Engine, type Message } from '../../lib/engine/index.js';
import type { DrainOrder, LoadOrder, LoadOutcome, SendOrder } from './client-load.js';

const BATCH_SIZE = 32;
/** Sends under way in mode async. */
const ASYNC_IN_FLIGHT = 256;

const engine = await connectEngine({ nameServers: process.argv[2].split(';'), logger: silentLogger });
process.on('message', (order: LoadOrder) => {
  void (order.kind === 'send' ? send(engine, order) : drain(engine, order)).then((outcome) => process.send!(outcome));
});
process.on('disconnect', () => void engine.stop());
process.send!('ready');

async function send(engine: Engine, { topic, mode, bytes, ms, threads }: SendOrder): Promise<LoadOutcome> {
  const producer = engine.createProducer({ group: 'bench', sendMsgTimeoutMs: 30_000 }); // on a busy machine too
  await producer.start();
  const body = Buffer.alloc(bytes, 'x');
  const message: Message = { topic, tag: 'TagA', body };
  let count = 0;
  const begun = performance.now();
  const end = begun + ms;
  const one = async (): Promise<void> => {
    while (performance.now() < end) {
      if (mode === 'batch') {
        await producer.sendBatch(Array.from({ length: BATCH_SIZE }, () => message));
        count += BATCH_SIZE;
      } else {
        await producer.send(message);
        count++;
      }
    }
  };
  await Promise.all(Array.from({ length: mode === 'async' ? ASYNC_IN_FLIGHT : threads }, one));
  const elapsedMs = performance.now() - begun;
  await producer.stop();
  return { count, elapsedMs };
}

/** The time from the first message to the last. */
async function drain(engine: Engine, { topic, group, count }: DrainOrder): Promise<LoadOutcome> {
  let got = 0;
  let firstAt = 0;
  let done: (elapsedMs: number) => void = () => undefined;
  const drained = new Promise<number>((resolve) => (done = resolve));
  const consumer = engine.createPushConsumer({
    group,
    subscriptions: [{ topic }],
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    listener: {
      mode: 'concurrent',
      consume: async (messages) => {
        if (got === 0) firstAt = performance.now();
        got += messages.length;
        if (got === count) done(performance.now() - firstAt);
        return { status: 'SUCCESS' };
      },
    },
  });
  await consumer.start();
  const elapsedMs = await drained;
  await consumer.stop();
  return { count, elapsedMs };
}
