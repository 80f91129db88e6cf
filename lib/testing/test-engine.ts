import type { ReceivedMessage } from '../engine/index.js';
import type { BrokerFigures } from '../engine/broker/broker-figures.js';
import { ClientEngine } from '../engine/client-engine.js';
import { ClientInstance } from '../engine/client/client-instance.js';
import { PushConsumer } from '../engine/client/consumer/push-consumer.js';
import type { PushConsumerOptions } from '../engine/client/consumer/push-consumer-options.js';
import type { ConsumeCall, ConsumerHook } from '../engine/client/hooks/consumer-hook.js';
import { silentLogger, type Logger } from '../engine/ports/logger.js';
import type { Clock } from '../engine/ports/clock.js';
import type { Random } from '../engine/ports/random.js';
import type { Connector } from '../engine/remoting/channel.js';
import { localOffsetFiles } from '../engine/servers/local-offset-files.js';
import { failingAsPlanned, type PlannedFailures } from './planned-failures.js';
import { SimulatedFileSystem } from './simulated-file-system.js';
import { NAME_SERVER } from './test-servers.js';

const QUEUES = 4;
const HOUR_MS = 3_600_000;

export interface TestEngineParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly connector: Connector;
  readonly failures: PlannedFailures;
  readonly handling: HandlerCalls;
  readonly figures: () => BrokerFigures;
  readonly logger?: Logger;
}

/** The listener calls that are under way, in all engines of a test. */
export class HandlerCalls implements ConsumerHook {
  private readonly running = new Set<ConsumeCall>();
  /** Those of them that were waited for in vain. */
  private readonly hanging = new Set<ConsumeCall>();
  private wake: (() => void)[] = [];

  /** How many may end soon. */
  get awaited(): number {
    return this.running.size - this.hanging.size;
  }

  get messages(): readonly ReceivedMessage[] {
    return [...this.running].flatMap(({ messages }) => messages);
  }

  get groups(): readonly string[] {
    return [...new Set([...this.running].map(({ consumerGroup }) => consumerGroup))];
  }

  /** Those that run now are not waited for any more. */
  writeOff(): void {
    for (const call of this.running) this.hanging.add(call);
  }

  /** All are waited for again. */
  hopeAgain(): void {
    this.hanging.clear();
  }

  /** Resolves when one ends. */
  whenOneEnds(): Promise<void> {
    return new Promise((resolve) => this.wake.push(resolve));
  }

  beforeConsume(call: ConsumeCall): void {
    this.running.add(call);
  }

  afterConsume(call: ConsumeCall): void {
    this.running.delete(call);
    this.hanging.delete(call);
    const waiting = this.wake;
    this.wake = [];
    for (const wake of waiting) wake();
  }
}

/** The engine that an application under test gets: real clients, over the connector of a TestBroker. */
export class TestEngine extends ClientEngine {
  constructor(private readonly test: TestEngineParts) {
    const { clock, random, connector, failures, logger = silentLogger } = test;
    const instance = new ClientInstance(
      {
        clock,
        random,
        logger,
        connector,
        identity: { ip: Buffer.from([127, 0, 0, 1]), processId: 1 },
        offsetFile: localOffsetFiles('/offsets', { fileSystem: new SimulatedFileSystem(), logger }),
        isAlone: true,
      },
      {
        nameServers: [NAME_SERVER],
        rpcHooks: [failures.sends],
        heartbeatBrokerIntervalMs: HOUR_MS,
        pollNameServerIntervalMs: HOUR_MS,
        rebalanceIntervalMs: HOUR_MS,
        brokerSuspendMaxTimeMs: 240 * HOUR_MS, // an arrival ends it, and nobody else is to
      },
    );
    super({ kind: 'embedded', instance, servers: [], nameServerAddresses: () => undefined, figures: test.figures });
  }

  protected override newPushConsumer(instance: ClientInstance, options: PushConsumerOptions): PushConsumer {
    const { failures, handling } = this.test;
    const listener = failingAsPlanned(options, failures);
    const watched = { ...options, listener, hooks: [...(options.hooks ?? []), handling] };
    return new TestConsumer(instance, watched, () => this.makeTopics(options));
  }

  /** So that a message which is sent later finds its consumer there, without a route having to be noticed. */
  private async makeTopics({ subscriptions }: PushConsumerOptions): Promise<void> {
    const existing = new Set(await this.admin.topics.names());
    for (const { topic } of subscriptions) {
      if (existing.has(topic)) continue;
      await this.admin.topics.create(topic, { readQueueNums: QUEUES, writeQueueNums: QUEUES });
    }
  }
}

class TestConsumer extends PushConsumer {
  constructor(
    instance: ClientInstance,
    options: PushConsumerOptions,
    private readonly prepare: () => Promise<void>,
  ) {
    super(instance, options);
  }

  protected override async onStart(): Promise<void> {
    await this.prepare();
    await super.onStart();
  }
}
