import {
  ConnectError,
  RocketMqError,
  sleep,
  TopicNotFoundError,
  type Clock,
  type Engine,
  type Logger,
} from '../engine/index.js';

/** What a start does about a cluster that does not answer. */
export interface ConnectionInit {
  /** Wait at the start until a name server answers. Default false: the application starts, and finds it later. */
  wait?: boolean;
  /** How long. Default 10000. */
  timeoutMs?: number;
  /** When none has answered: fail the start (default), or go on without. */
  reject?: boolean;
}

/** Any topic will do: a name server that knows none of that name is there, too. */
const PROBE_TOPIC = 'TBW102';
const PAUSE_MS = 200;

/** @throws ConnectError when no name server answers in time, and `reject` is not false */
export async function awaitCluster(
  engine: Engine,
  { timeoutMs = 10_000, reject = true }: ConnectionInit,
  { clock, logger }: { clock: Clock; logger: Logger },
): Promise<void> {
  const producer = engine.createProducer({ group: 'NEST_CONNECTION_INIT' });
  await producer.start();
  try {
    await firstAnswer(() => producer.publishQueues(PROBE_TOPIC), timeoutMs, clock);
  } catch (cause) {
    const addresses = engine.nameServerAddresses ?? '';
    const error = new ConnectError(addresses, `no name server answered within ${timeoutMs} ms (connectionInit)`, {
      cause,
    });
    if (reject) throw error;
    logger.warn('started without a cluster; it is found when it is there', { error });
  } finally {
    await producer.stop();
  }
}

async function firstAnswer(ask: () => Promise<unknown>, timeoutMs: number, clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + timeoutMs;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (error instanceof TopicNotFoundError) return;
      // Also a connection that is closed at once: a server that is starting has its port before it answers.
      const mayComeYet = error instanceof RocketMqError && error.retriable;
      if (!mayComeYet || clock.monotonic() + PAUSE_MS > deadline) throw error;
      await sleep(clock, PAUSE_MS);
    }
  }
}
