// Every kind of client in a process of its own, for as long as servers come and go around it.
import { connectEngine, silentLogger, type Engine, type ReceivedMessage } from '../../lib/engine/index.js';

export interface RestlessOrder {
  nameServers: string[];
  topic: string;
}

/** Asked for by 'measure'. */
export interface Measurement {
  /** After a full garbage collection. */
  heapBytes: number;
  /** What keeps the process alive, by kind and number. */
  resources: Record<string, number>;
  /** Sends that were acknowledged. */
  acknowledged: number;
  /** Of these, how many each of the three consumers has not seen yet. */
  missing: number[];
}

const SEND_EVERY_MS = 20;
const MOST_MESSAGES = 1_000_000;

/** Numbers seen, in memory that does not grow. */
class Seen {
  private readonly numbers = new Uint8Array(MOST_MESSAGES);

  add(...messages: readonly ReceivedMessage[]): void {
    for (const { body } of messages) this.numbers[body.readInt32BE(0)] = 1;
  }

  missing(acknowledged: Uint8Array): number {
    return acknowledged.reduce((count, is, number) => count + (is === 1 && this.numbers[number] === 0 ? 1 : 0), 0);
  }
}

class RestlessClient {
  private readonly acknowledged = new Uint8Array(MOST_MESSAGES);
  private readonly seen = [new Seen(), new Seen(), new Seen()] as const;
  private isSending = true;
  private sending = Promise.resolve();
  private polling = Promise.resolve();

  private constructor(private readonly engine: Engine) {}

  static async start({ nameServers, topic }: RestlessOrder): Promise<RestlessClient> {
    const client = new RestlessClient(await connectEngine({ nameServers, logger: silentLogger }));
    await client.consume(topic);
    client.sending = client.send(topic);
    return client;
  }

  measure(): Measurement {
    globalThis.gc!();
    const resources: Record<string, number> = {};
    for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
    return {
      heapBytes: process.memoryUsage().heapUsed,
      resources,
      acknowledged: this.acknowledged.reduce((sum, one) => sum + one, 0),
      missing: this.seen.map((seen) => seen.missing(this.acknowledged)),
    };
  }

  async endSending(): Promise<void> {
    this.isSending = false;
    await this.sending;
  }

  async stop(): Promise<void> {
    await this.engine.stop();
    await this.polling;
  }

  private async consume(topic: string): Promise<void> {
    const [concurrently, orderly, polled] = this.seen;
    const common = { subscriptions: [{ topic }], consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET' } as const;
    const success = { status: 'SUCCESS' } as const;
    const consumers = [
      this.engine.createPushConsumer({
        ...common,
        group: 'concurrently',
        listener: { mode: 'concurrent', consume: async (messages) => (concurrently.add(...messages), success) },
      }),
      this.engine.createPushConsumer({
        ...common,
        group: 'orderly',
        listener: { mode: 'orderly', consume: async (messages) => (orderly.add(...messages), success) },
      }),
    ];
    for (const consumer of consumers) await consumer.start();
    const lite = this.engine.createLitePullConsumer({ ...common, group: 'polled' });
    await lite.start();
    this.polling = (async () => {
      for await (const message of lite) polled.add(message);
    })();
  }

  private async send(topic: string): Promise<void> {
    const producer = this.engine.createProducer({ group: 'producers' });
    await producer.start();
    for (let number = 0; this.isSending && number < MOST_MESSAGES; number++) {
      const body = Buffer.alloc(128);
      body.writeInt32BE(number);
      try {
        await producer.send({ topic, body });
        this.acknowledged[number] = 1;
      } catch {
        // refused: nothing was promised
      }
      await new Promise((resolve) => setTimeout(resolve, SEND_EVERY_MS));
    }
    await producer.stop();
  }
}

if (process.send) {
  process.once('message', (order: RestlessOrder) => {
    void RestlessClient.start(order).then((client) => {
      const exit = (): never => process.exit();
      process.once('disconnect', exit); // the test has gone
      process.send!('ready');
      process.on('message', (command: 'measure' | 'endSending' | 'stop') => {
        void (async () => {
          if (command === 'endSending') await client.endSending();
          if (command === 'stop') await client.stop();
          process.send!(command === 'stop' ? 'stopped' : client.measure());
          if (command !== 'stop') return;
          process.off('disconnect', exit);
          process.disconnect(); // from here on the process lives only as long as something was left open
        })();
      });
    });
  });
}
