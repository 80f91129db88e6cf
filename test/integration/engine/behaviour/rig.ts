import type {
  ConcurrentOutcome,
  Engine,
  OrderlyOutcome,
  Producer,
  PushConsumer,
  PushConsumerOptions,
  ReceivedMessage,
} from '../../../../lib/engine/index.js';
import type { Target } from '../../../support/engine-targets.js';

type Outcome = ConcurrentOutcome | OrderlyOutcome;
type Answer = (message: ReceivedMessage) => Outcome | Promise<Outcome>;

export const success = { status: 'SUCCESS' } as const;

/** How long anything may take before its test fails. */
const PATIENCE_MS = 20_000;

/** Collects what a listener gets; tests wait for it, not for time. */
export class Inbox {
  readonly messages: ReceivedMessage[] = [];
  private readonly watchers = new Set<() => void>();

  constructor(private readonly answer: Answer = () => success) {}

  consume = async (messages: readonly ReceivedMessage[]): Promise<never> => {
    this.messages.push(...messages);
    const outcome = await this.answer(messages[0]);
    for (const look of [...this.watchers]) look();
    return outcome as never; // the test knows in which of the two modes it is
  };

  get bodies(): string[] {
    return this.messages.map(({ body }) => body.toString());
  }

  /** Resolves when so many messages are here; or what else the condition says, looked at after each. */
  until(condition: number | (() => boolean)): Promise<void> {
    return untilAll([this], typeof condition === 'number' ? () => this.messages.length >= condition : condition);
  }

  /** Calls `look` after each message. @returns ends that */
  watch(look: () => void): () => void {
    this.watchers.add(look);
    return () => this.watchers.delete(look);
  }
}

/** Resolves when the condition holds, looked at after each message of any of them. */
export async function untilAll(inboxes: readonly Inbox[], isMet: () => boolean): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      for (const stopWatching of watching) stopWatching();
      settle();
    };
    const look = (): void => {
      if (isMet()) end(resolve);
    };
    const fail = (): void => {
      const bodies = inboxes.flatMap((inbox) => inbox.bodies);
      end(() => reject(new Error(`only ${bodies.length} messages: ${bodies.slice(-10).join()}`)));
    };
    const timer = setTimeout(fail, PATIENCE_MS);
    const watching = inboxes.map((inbox) => inbox.watch(look));
    look();
  });
}

/** Names of topics and groups that no other test has, clients that end with their test. */
export class Rig {
  private static count = 0;
  readonly topic: string;
  readonly group: string;
  private readonly stoppables: { stop(): Promise<void> }[] = [];

  private constructor(
    readonly target: Target,
    readonly engine: Engine,
  ) {
    Rig.count++;
    this.topic = `Topic${Rig.count}`;
    this.group = `Group${Rig.count}`;
  }

  static async on(target: Target, queues = 4): Promise<Rig> {
    const rig = new Rig(target, await target.connect());
    await rig.engine.admin.topics.create(rig.topic, { readQueueNums: queues, writeQueueNums: queues });
    return rig;
  }

  async producer(): Promise<Producer> {
    const producer = this.engine.createProducer({ group: `${this.group}-producer${this.stoppables.length}` });
    this.stoppables.push(producer);
    await producer.start();
    return producer;
  }

  /** A consumer of the group in a process of its own. */
  async consumer(inbox: Inbox, more: Partial<PushConsumerOptions> = {}): Promise<PushConsumer> {
    return this.start({ ...this.options(more), listener: { mode: 'concurrent', consume: inbox.consume } });
  }

  async orderlyConsumer(inbox: Inbox, more: Partial<PushConsumerOptions> = {}): Promise<PushConsumer> {
    return this.start({ ...this.options(more), listener: { mode: 'orderly', consume: inbox.consume } });
  }

  /** Has these stopped with the rig, the first one first. */
  owns<Client extends { stop(): Promise<void> }>(client: Client, ...others: { stop(): Promise<void> }[]): Client {
    this.stoppables.push(...others, client);
    return client;
  }

  async stop(): Promise<void> {
    for (const stoppable of this.stoppables.reverse()) await stoppable.stop();
  }

  private options(more: Partial<PushConsumerOptions>): Omit<PushConsumerOptions, 'listener'> {
    return {
      group: this.group,
      subscriptions: [{ topic: this.topic }],
      consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
      drainTimeoutMs: 5000,
      ...more,
    };
  }

  private async start(options: PushConsumerOptions): Promise<PushConsumer> {
    const engine = await this.target.connect();
    const consumer = engine.createPushConsumer(options);
    this.stoppables.push(engine, consumer);
    await consumer.start();
    return consumer;
  }
}

/** Each test of a suite gets a rig on the target; what it started is stopped after it. */
export function withRig(target: () => Target, queues?: number): () => Rig {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.on(target(), queues);
  });
  afterEach(async () => {
    await rig.stop();
  });
  return () => rig;
}

export const body = (text: string): Buffer => Buffer.from(text);
export const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));
