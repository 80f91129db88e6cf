import { PushConsumer } from '../../lib/engine/client/consumer/push-consumer.js';
import { sleep } from '../../lib/engine/common/sleep.js';
import type { ReceivedMessage } from '../../lib/engine/message/message.js';
import { OrderWitness } from '../support/order-witness.js';
import { orderly, Recorder, success } from '../support/consumer-rig.js';
import { cycles, seed } from '../support/run-options.js';
import { ScriptedCluster } from '../support/scripted-cluster.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';

const QUEUES = 8;
const MOST_MEMBERS = 4;
const SEND_EVERY_MS = 100;
/** Brokers take a queue from a member that is gone without a word after 60 s. */
const LOCK_EXPIRY_MS = 60_000;

/** A group of orderly consumers under a steady load, on a virtual clock. */
class Group {
  readonly cluster = new ScriptedCluster(seed);
  readonly random = seededRandom(seed);
  readonly witness = new OrderWitness();
  readonly members: { id: number; consumer: PushConsumer; kill: () => void }[] = [];
  private readonly lives = new Set<number>();
  private started = 0;
  private sent = 0;

  async start(): Promise<void> {
    await this.cluster.start('broker-a');
    this.cluster.createTopic('orders', { 'broker-a': QUEUES });
    await this.join();
  }

  async join(): Promise<void> {
    const id = this.started++;
    const { instance, kill } = await this.cluster.process();
    const recorder = new Recorder((message) => this.consume(id, message));
    const consumer = new PushConsumer(instance, orderly(recorder, { consumeMessageBatchMaxSize: 1 }));
    this.lives.add(id);
    this.members.push({ id, consumer, kill });
    await consumer.start();
  }

  /** Graceful; takes its time while the others go on. */
  leave(): void {
    const [{ id, consumer }] = this.members.splice(this.random.nextInt(this.members.length), 1);
    this.witness.leaves(id, this.cluster.clock.monotonic());
    void consumer.stop();
  }

  kill(): void {
    const [{ id, kill }] = this.members.splice(this.random.nextInt(this.members.length), 1);
    this.lives.delete(id);
    this.witness.isKilled(id, this.cluster.clock.monotonic());
    kill();
  }

  /** Sends to every queue again and again. */
  async run(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += SEND_EVERY_MS) {
      for (let queueId = 0; queueId < QUEUES; queueId++)
        this.cluster.broker().put('orders', queueId, String(this.sent));
      this.sent++;
      await this.cluster.settle(SEND_EVERY_MS);
    }
  }

  get sentPerQueue(): number {
    return this.sent;
  }

  private async consume(id: number, { queueId, queueOffset }: ReceivedMessage): Promise<typeof success> {
    const { clock } = this.cluster;
    const call = { member: id, queueId, queueOffset };
    if (!this.lives.has(id)) return success; // a dead process does nothing
    this.witness.begins(call, clock.monotonic());
    await sleep(clock, 1 + this.random.nextInt(50));
    if (this.lives.has(id)) this.witness.ends(call, clock.monotonic());
    return success;
  }
}

test(
  'while members join, leave and are killed, order is kept, nothing is lost, and who leaves hands over within a second',
  async () => {
    const group = new Group();
    await group.start();
    const rebalances = cycles(30);
    for (let n = 0; n < rebalances; n++) {
      const { members, random } = group;
      const kind = random.nextInt(10);
      if (members.length === 1 || (kind < 5 && members.length < MOST_MEMBERS)) await group.join();
      else if (kind < 9) group.leave();
      else group.kill();
      await group.run(1000 + random.nextInt(2000));
    }
    await group.run(LOCK_EXPIRY_MS + 30_000);
    const { inversions, overlaps, missing, handOversMs } = group.witness.judge(QUEUES, group.sentPerQueue);
    expect({ inversions, overlaps, missing }).toEqual({ inversions: [], overlaps: [], missing: [] });
    const p99 = handOversMs[Math.floor(handOversMs.length * 0.99)];
    console.log(
      `${rebalances} rebalances, ${handOversMs.length} queues handed over: p50 ${handOversMs[handOversMs.length >> 1]} ms, p99 ${p99} ms, longest ${handOversMs.at(-1)} ms`,
    );
    expect(p99).toBeLessThanOrEqual(1000);
    const stopping = group.members.map(({ consumer }) => consumer.stop());
    await group.cluster.settle(60_000);
    await Promise.all(stopping);
  },
  15 * 60_000,
);
