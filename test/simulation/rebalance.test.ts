import { PushConsumer } from '../../lib/engine/client/consumer/push-consumer.js';
import type { ConcurrentOutcome, OrderlyOutcome } from '../../lib/engine/client/consumer/push-consumer-options.js';
import type { ReceivedMessage } from '../../lib/engine/message/message.js';
import { messageQueueKey } from '../../lib/engine/message/message-queue.js';
import { sleep } from '../../lib/engine/common/sleep.js';
import type { Random } from '../../lib/engine/ports/random.js';
import { concurrent, orderly, Recorder, success } from '../support/consumer-rig.js';
import { cycles, seed } from '../support/run-options.js';
import { ScriptedCluster } from '../support/scripted-cluster.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';

const BROKERS = ['broker-a', 'broker-b', 'broker-c'];
const QUEUES_PER_BROKER = 3;

/** What listeners see of each queue, over all members of the group. */
class Witness {
  readonly inversions: string[] = [];
  readonly overlaps: string[] = [];
  private readonly begun = new Map<string, number>();
  private readonly atWork = new Map<string, number>();
  private readonly seen = new Set<string>();

  constructor(private readonly ordered: boolean) {}

  begin(message: ReceivedMessage): void {
    const queue = messageQueueKey(message);
    const last = this.begun.get(queue) ?? -1;
    // Going back is a repetition; going forward by more than one step skips what nobody has seen.
    if (this.ordered && message.queueOffset > last + 1)
      this.inversions.push(`${queue}: ${message.queueOffset} after ${last}`);
    this.begun.set(queue, Math.max(last, message.queueOffset));
    const others = this.atWork.get(queue) ?? 0;
    if (this.ordered && others > 0) this.overlaps.push(`${queue}: ${message.queueOffset} while another is consumed`);
    this.atWork.set(queue, others + 1);
  }

  end(message: ReceivedMessage, done: boolean): void {
    const queue = messageQueueKey(message);
    this.atWork.set(queue, (this.atWork.get(queue) ?? 1) - 1);
    if (done) this.seen.add(`${queue}@${message.queueOffset}`);
  }

  missing(cluster: ScriptedCluster): string[] {
    const stored: string[] = [];
    for (const broker of cluster.brokers.values()) {
      for (const [queue, messages] of broker.queues.records) {
        if (queue.startsWith('orders@')) stored.push(...messages.map((_, offset) => `${queue}@${offset}`));
      }
    }
    return stored.filter((key) => !this.seen.has(key));
  }
}

type Outcome = ConcurrentOutcome | OrderlyOutcome;

/** One member of the group in a process of its own. */
class Member {
  private killed = false;

  private constructor(
    readonly consumer: PushConsumer,
    private readonly killProcess: () => void,
  ) {}

  static async start(cluster: ScriptedCluster, random: Random, witness: Witness, ordered: boolean): Promise<Member> {
    const { instance, kill } = await cluster.process();
    const recorder = new Recorder((message): Promise<Outcome> =>
      member.consume(message, cluster, random, witness, ordered),
    );
    const options = ordered ? orderly(recorder, settings) : concurrent(recorder, settings);
    const member: Member = new Member(new PushConsumer(instance, options), kill);
    await member.consumer.start();
    return member;
  }

  kill(): void {
    this.killed = true;
    this.killProcess();
  }

  private async consume(
    message: ReceivedMessage,
    cluster: ScriptedCluster,
    random: Random,
    witness: Witness,
    ordered: boolean,
  ): Promise<Outcome> {
    if (this.killed) return success;
    witness.begin(message);
    const end = cluster.clock.now() + (random.nextInt(5) === 0 ? random.nextInt(2500) : 1);
    while (cluster.clock.now() < end && !this.killed)
      await sleep(cluster.clock, Math.min(50, end - cluster.clock.now()));
    if (this.killed) {
      witness.end(message, false);
      return success;
    }
    const failed = random.nextInt(20) === 0;
    witness.end(message, !failed || !ordered);
    if (!failed) return success;
    return ordered ? { status: 'SUSPEND', suspendMs: 50 } : { status: 'LATER' };
  }
}

const settings = { pullBatchSize: 4, consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET' } as const;

async function simulate(seedOfRun: number, ordered: boolean): Promise<void> {
  const random = seededRandom(seedOfRun);
  const cluster = new ScriptedCluster(seedOfRun);
  await cluster.start(...BROKERS);
  cluster.createTopic('orders', Object.fromEntries(BROKERS.map((name) => [name, QUEUES_PER_BROKER])));
  const witness = new Witness(ordered);
  const members = new Set<Member>();
  const join = async (): Promise<void> => void members.add(await Member.start(cluster, random, witness, ordered));
  await join();
  await cluster.settle();

  for (let step = 0; step < 40; step++) {
    await act(random, cluster, members, join);
    for (let n = random.nextInt(12); n > 0; n--) {
      cluster.broker(BROKERS[random.nextInt(3)]).put('orders', random.nextInt(QUEUES_PER_BROKER), `${step}`);
    }
    await cluster.settle(random.nextInt(4000));
  }
  await cluster.settle(180_000);

  const owners = [...members].flatMap(({ consumer }) => consumer.assignedQueues()).map(messageQueueKey);
  const expected = BROKERS.flatMap((brokerName) =>
    Array.from({ length: QUEUES_PER_BROKER }, (_, queueId) =>
      messageQueueKey({ topic: 'orders', brokerName, queueId }),
    ),
  );
  expect(owners.filter((key) => key.startsWith('orders@')).sort()).toEqual(expected);
  expect(witness.inversions).toEqual([]);
  expect(witness.overlaps).toEqual([]);
  expect(witness.missing(cluster)).toEqual([]);
  const stopping = [...members].map(({ consumer }) => consumer.stop());
  await cluster.settle(60_000);
  await Promise.all(stopping);
}

/** Somebody joins, leaves or is killed, or a broker restarts; often nothing happens. */
async function act(
  random: Random,
  cluster: ScriptedCluster,
  members: Set<Member>,
  join: () => Promise<void>,
): Promise<void> {
  const choice = random.nextInt(10);
  if (choice < 3 && members.size < 6) {
    await join();
  } else if (choice < 6 && members.size > 1) {
    const leaving = [...members][random.nextInt(members.size)];
    members.delete(leaving);
    if (choice === 5) leaving.kill();
    else void leaving.consumer.stop(); // it takes its time while the others go on
  } else if (choice < 8) {
    const broker = cluster.broker(BROKERS[random.nextInt(3)]);
    await broker.stop();
    await cluster.settle(random.nextInt(3000));
    await broker.start();
    if (random.nextInt(3) === 0) await join(); // in the very moment after the restart
  }
}

describe.each([
  ['orderly', true],
  ['concurrent', false],
])('a group of %s consumers whose members and brokers come and go', (_, ordered) => {
  test.each(Array.from({ length: cycles(25) }, (_, run) => seed + run))(
    'seed %i: each queue has one owner, no message is missing or overtaken',
    async (seedOfRun) => simulate(seedOfRun, ordered),
    30_000,
  );
});
