import { PushConsumer } from '../../lib/engine/client/consumer/push-consumer.js';
import type {
  ConcurrentOutcome,
  OrderlyOutcome,
  PushConsumerOptions,
} from '../../lib/engine/client/consumer/push-consumer-options.js';
import type { ReceivedMessage } from '../../lib/engine/message/message.js';
import type { ScriptedCluster } from './scripted-cluster.js';

type Outcome = ConcurrentOutcome | OrderlyOutcome;

/** A listener that writes down what it gets; answers SUCCESS unless told otherwise. */
export class Recorder {
  readonly seen: ReceivedMessage[] = [];
  /** reconsumeTimes at the moment of each delivery. */
  readonly attempts: number[] = [];
  readonly calls: number[] = [];
  signal?: AbortSignal;

  constructor(private readonly answer: (message: ReceivedMessage) => Outcome | Promise<Outcome> = () => success) {}

  consume = async (messages: readonly ReceivedMessage[], context: { signal: AbortSignal }): Promise<never> => {
    this.signal = context.signal;
    this.seen.push(...messages);
    this.attempts.push(...messages.map(({ reconsumeTimes }) => reconsumeTimes));
    this.calls.push(messages.length);
    return (await this.answer(messages[0])) as never; // the test knows which of the two modes it is in
  };

  get bodies(): string[] {
    return this.seen.map(({ body }) => body.toString());
  }
}

export const success = { status: 'SUCCESS' } as const;

/** A listener call that lasts until the test ends it. */
export class Latch {
  private release!: () => void;
  private readonly released = new Promise<void>((resolve) => (this.release = resolve));

  open(): void {
    this.release();
  }

  async pass(): Promise<typeof success> {
    await this.released;
    return success;
  }
}

export function concurrent(recorder: Recorder, more: Partial<PushConsumerOptions> = {}): PushConsumerOptions {
  return {
    group: 'points',
    subscriptions: [{ topic: 'orders' }],
    listener: { mode: 'concurrent', consume: recorder.consume },
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    ...more,
  };
}

export function orderly(recorder: Recorder, more: Partial<PushConsumerOptions> = {}): PushConsumerOptions {
  return { ...concurrent(recorder, more), listener: { mode: 'orderly', consume: recorder.consume } };
}

/** Starts a consumer as a process of its own would, with its own client instance. */
export async function startConsumer(cluster: ScriptedCluster, options: PushConsumerOptions): Promise<PushConsumer> {
  const consumer = new PushConsumer(await cluster.client(), options);
  await consumer.start();
  return consumer;
}
