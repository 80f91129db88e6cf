import type { Engine, Producer, PushConsumer } from '../../../lib/engine/index.js';
import { Collected } from './collected.js';

const SENDERS = 8;

/**
 * Numbered messages, sent by several senders without a pause, and a group that consumes them. In the
 * end every message that was acknowledged has to be there; what was refused may be.
 */
export class AcknowledgedLoad {
  readonly acknowledged = new Collected<string>();
  /** Why sends were refused. */
  readonly refusals: unknown[] = [];
  /** How often each message was consumed. */
  readonly consumed = new Map<string, number>();
  /** Brokers that have acknowledged. */
  readonly brokers = new Set<string>();
  private readonly arrivals = new Collected<string>();
  private next = 0;
  private isSending = false;
  private senders: Promise<void>[] = [];

  private constructor(
    private readonly topic: string,
    private readonly producer: Producer,
    private readonly consumer: PushConsumer,
  ) {}

  static async start(engine: Engine, topic: string): Promise<AcknowledgedLoad> {
    const producer = engine.createProducer({ group: `${topic}_producer` });
    const consumer = engine.createPushConsumer({
      group: `${topic}_group`,
      subscriptions: [{ topic }],
      consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
      listener: {
        mode: 'concurrent',
        consume: async ([{ body }]) => {
          load.noteArrival(body.toString());
          return { status: 'SUCCESS' };
        },
      },
    });
    const load = new AcknowledgedLoad(topic, producer, consumer);
    await consumer.start();
    await producer.start();
    return load;
  }

  /** Sends until pause() is called. */
  resume(): void {
    this.isSending = true;
    this.senders = Array.from({ length: SENDERS }, async () => this.sendOn());
  }

  async pause(): Promise<void> {
    this.isSending = false;
    await Promise.all(this.senders);
  }

  /** Resolves when so many more were acknowledged. */
  async more(count: number): Promise<void> {
    await this.acknowledged.atLeast(this.acknowledged.all.length + count, 60_000);
  }

  /** Resolves when every acknowledged message was consumed. @returns how many came more than once */
  async settle(): Promise<{ acknowledged: number; duplicates: number; refused: number }> {
    const isComplete = (): boolean => this.acknowledged.all.every((id) => this.consumed.has(id));
    if (!isComplete()) await this.arrivals.until(isComplete, 'all that was acknowledged', 60_000);
    const duplicates = [...this.consumed.values()].filter((times) => times > 1).length;
    return { acknowledged: this.acknowledged.all.length, duplicates, refused: this.refusals.length };
  }

  async stop(): Promise<void> {
    await this.pause();
    await this.producer.stop();
    await this.consumer.stop();
  }

  private noteArrival(id: string): void {
    this.consumed.set(id, (this.consumed.get(id) ?? 0) + 1);
    this.arrivals.add(id);
  }

  private async sendOn(): Promise<void> {
    while (this.isSending) {
      const id = String(this.next++);
      try {
        const { queue } = await this.producer.send({ topic: this.topic, body: Buffer.from(id) });
        this.brokers.add(queue.brokerName);
        this.acknowledged.add(id);
      } catch (error) {
        this.refusals.push(error);
        await new Promise((resolve) => setTimeout(resolve, 20)); // refusals come at once while nobody leads
      }
    }
  }
}
