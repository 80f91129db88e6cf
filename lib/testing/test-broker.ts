import { randomInt } from 'node:crypto';
import { TopicNotFoundError, type Engine, type Logger, type ReceivedMessage } from '../engine/index.js';
import type { BrokerFigures } from '../engine/broker/broker-figures.js';
import { deadLetterTopic } from '../engine/message/topic-names.js';
import { afterRealMs } from '../engine/platform/real-time.js';
import type { Connector } from '../engine/remoting/channel.js';
import type { ServerSettings } from '../engine/servers/server-settings.js';
import type { EngineStarter } from '../transport/start-engine.js';
import { durationMs, type Duration } from './duration.js';
import { PlannedFailures, type FailureKind, type FailureSettings } from './planned-failures.js';
import { seededRandom } from './seeded-random.js';
import { SimulatedFileSystem } from './simulated-file-system.js';
import { HandlerCalls, TestEngine } from './test-engine.js';
import { TestServers } from './test-servers.js';
import { VirtualClock } from './virtual-clock.js';

/** Of a TestBroker. */
export interface TestBrokerOptions {
  /** Settings of the broker and its store by RocketMQ's names. */
  broker?: ServerSettings;
  /** Where its time begins. Default 2026-01-01T00:00:00Z. */
  startTime?: Date;
  /** Of its random choices; the same one gives the same test. Default: another one each time. */
  seed?: number;
  /** Real milliseconds that a listener may take before settled() complains and time goes on without it. Default 2000. */
  patienceMs?: number;
  /** What broker and clients have to say. Default: nothing. */
  logger?: Logger;
}

/** How long clients take to find a broker again that was away. */
const RECOVERY_MS = 10_000;
/** The event loop's turns without anything to do after which nothing more comes without time. */
const QUIET_TURNS = 3;
const READ_COUNT = 32;
/** How often heartbeats, registrations and the like are caught up with while time goes by, see VirtualClock. */
const UPKEEP_MS = 3_600_000;

/**
 * The broker as it is shipped, for tests: its disk is in memory, its connections too, and its time
 * passes when a test says so. Nothing is shared between two of them.
 */
export class TestBroker implements AsyncDisposable {
  /** The time of the broker and of the applications that use it. */
  readonly clock: VirtualClock;
  /** Of its random choices. */
  readonly seed: number;
  private readonly failures = new PlannedFailures();
  private readonly handling = new HandlerCalls();
  private readonly random: ReturnType<typeof seededRandom>;
  private readonly patienceMs: number;
  private readonly engines: TestEngine[] = [];
  /** Looks into the broker for messages(). */
  private readonly observer: TestEngine;
  private disk!: SimulatedFileSystem;
  private servers!: TestServers;
  private whenStopped?: Promise<void>;

  private constructor(private readonly options: TestBrokerOptions) {
    this.clock = new VirtualClock(options.startTime?.getTime(), UPKEEP_MS);
    this.seed = options.seed ?? randomInt(2 ** 31);
    this.random = seededRandom(this.seed);
    this.patienceMs = options.patienceMs ?? 2000;
    this.observer = this.newEngine();
  }

  static async start(options: TestBrokerOptions = {}): Promise<TestBroker> {
    const broker = new TestBroker(options);
    await broker.launch(new SimulatedFileSystem());
    await broker.observer.start();
    return broker;
  }

  /** Override the provider ENGINE_STARTER by it. */
  readonly starter: EngineStarter = () => this.connect();

  /** Clients of this broker, without Nest; stopped with the broker, or before. */
  async connect(): Promise<Engine> {
    const engine = this.newEngine();
    this.engines.push(engine);
    await engine.start();
    return engine;
  }

  /** The broker's time. */
  now(): Date {
    return new Date(this.clock.now());
  }

  /**
   * Lets time pass: delayed messages are delivered, retries and check-backs run, each at its time. Time
   * stands still while a listener runs; for one that takes longer than patienceMs it does so once.
   * @param duration milliseconds, or a text such as '2h' or '1m 30s'
   */
  async advance(duration: Duration): Promise<void> {
    const ms = durationMs(duration);
    await this.quiet();
    await this.clock.advance(ms, () => (this.handling.awaited > 0 ? this.quiet() : undefined));
    await this.quiet();
  }

  /**
   * Resolves when nothing more happens without time: what was sent is consumed, and no listener runs.
   * @throws Error a listener has not ended within patienceMs; it names the groups and messages
   */
  async settled(): Promise<void> {
    this.handling.hopeAgain();
    if (await this.quiet()) return;
    const { groups, messages } = this.handling;
    const ids = messages.map(({ messageId, topic }) => `${messageId} of ${topic}`).join(', ');
    throw new Error(
      `listeners of ${groups.join(', ')} have not ended within ${this.patienceMs} ms, with ${ids}; ` +
        'do they wait for time? Then advance() it',
    );
  }

  /** All messages that are stored in a topic, oldest first; a delayed one is there when it is due. */
  async messages(topic: string): Promise<TestMessage[]> {
    const { topics, offsets, messages } = this.observer.admin;
    const found: ReceivedMessage[] = [];
    try {
      for (const queue of await topics.queues(topic)) {
        const end = await offsets.max(queue);
        for (let offset = await offsets.min(queue); offset < end;) {
          const page = await messages.read(queue, offset, { maxCount: READ_COUNT });
          found.push(...page.messages);
          if (page.nextOffset <= offset) break;
          offset = page.nextOffset;
        }
      }
    } catch (error) {
      if (!(error instanceof TopicNotFoundError)) throw error;
    }
    return found
      .sort((a, b) => a.storeTimestamp - b.storeTimestamp || a.physicalOffset - b.physicalOffset)
      .map((message) => Object.assign(message, { payload: payloadOf(message) }));
  }

  /** What a consumer group has given up. */
  deadLetters(group: string): Promise<TestMessage[]> {
    return this.messages(deadLetterTopic(group));
  }

  /** The next send, delivery or write goes wrong. @throws ConfigurationError */
  failNext(kind: FailureKind, settings?: FailureSettings): void {
    this.failures.add(kind, settings);
  }

  /** The broker stops in order and starts again; then ten seconds pass, in which clients find it. */
  async restart(): Promise<void> {
    await this.quiet();
    await this.servers.stop();
    await this.relaunch(this.disk);
  }

  /**
   * The broker dies, and the next one starts on what it leaves: all that was written, or with
   * `powerCut` only what had reached the disk. Then ten seconds pass, in which clients find it.
   */
  async crash({ powerCut = false } = {}): Promise<void> {
    const after = powerCut ? this.disk.crash(this.random) : this.disk.afterKill();
    await this.servers.disconnect();
    await this.clock.settle(); // clients notice
    this.servers.kill();
    await this.relaunch(after);
  }

  /** Engines first. Twice is harmless. */
  stop(): Promise<void> {
    this.whenStopped ??= this.finish();
    return this.whenStopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  private newEngine(): TestEngine {
    const connector: Connector = { connect: (...call) => this.servers.connector.connect(...call) };
    const { clock, random, failures, handling } = this;
    const figures = (): BrokerFigures => this.servers.figures();
    return new TestEngine({ clock, random, connector, failures, handling, figures, logger: this.options.logger });
  }

  private async launch(disk: SimulatedFileSystem): Promise<void> {
    const { clock, random, options } = this;
    this.disk = disk;
    disk.now = () => clock.now();
    disk.onCall = (call) => this.failures.beforeDiskCall(call);
    this.servers = new TestServers({ clock, disk, random, logger: options.logger, settings: options.broker });
    await this.servers.start();
  }

  private async relaunch(disk: SimulatedFileSystem): Promise<void> {
    await this.launch(disk);
    await this.advance(RECOVERY_MS);
  }

  private async finish(): Promise<void> {
    for (const engine of [...this.engines, this.observer]) await engine.stop();
    await this.servers.stop();
  }

  /** @returns false when listeners still run that have had patienceMs of real time */
  private async quiet(): Promise<boolean> {
    for (let quietTurns = 0; quietTurns < QUIET_TURNS;) {
      await this.clock.settle();
      if (this.handling.awaited === 0) quietTurns++;
      else if (await this.oneEnds()) quietTurns = 0;
      else this.handling.writeOff();
    }
    return this.handling.messages.length === 0;
  }

  private oneEnds(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = afterRealMs(this.patienceMs, () => resolve(false));
      void this.handling.whenOneEnds().then(() => {
        timer.cancel();
        resolve(true);
      });
    });
  }
}

/** A stored message, with what its body says: JSON if it is that, else text. */
export type TestMessage = ReceivedMessage & { readonly payload: unknown };

function payloadOf({ body }: ReceivedMessage): unknown {
  const text = body.toString();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // a body need not be JSON
  }
}
