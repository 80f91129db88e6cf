import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  connectEngine,
  startBroker,
  startNameServer,
  type Engine,
  type RunningServer,
} from '../../lib/engine/index.js';
import { compileSources, type CompiledSources } from '../support/compiled-sources.js';
import { machineMs, type MemberOrder, type MemberReport } from '../support/orderly-member.js';
import { OrderWitness } from '../support/order-witness.js';
import { cycles, seed } from '../support/run-options.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';

const TOPIC = 'Orders';
const GROUP = 'Points';
const QUEUES = 8;
const MOST_MEMBERS = 4;
const SEND_EVERY_MS = 25;
/** Of a busy machine; what it comes to on a quiet one is printed. */
const HAND_OVER_LIMIT_MS = 5000;
/** Of a queue in which nothing is consumed: a killed member's lock runs out after 60 s at the broker. */
const STALL_LIMIT_MS = 90_000;
const LOOK_EVERY_MS = 1000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let directory: string;
let sources: CompiledSources;
let nameServer: RunningServer;
let broker: RunningServer;
let engine: Engine;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orderly-members-'));
  sources = compileSources();
  nameServer = await startNameServer({ port: 0 });
  broker = await startBroker({
    settings: { storePathRootDir: directory, listenPort: 0 },
    nameServers: [nameServer.address],
  });
  engine = await connectEngine({ nameServers: [nameServer.address] });
  await engine.admin.topics.create(TOPIC, { readQueueNums: QUEUES, writeQueueNums: QUEUES });
});

afterAll(async () => {
  await engine.stop();
  await broker.stop();
  await nameServer.stop();
  sources.remove();
  await rm(directory, { recursive: true });
});

const started = new Set<Member>();

afterEach(async () => {
  for (const member of started) await member.kill();
  started.clear();
});

/** A member as a process; what it reports goes to the witness. */
class Member {
  private static count = 0;
  readonly id = Member.count++;
  readonly gone: Promise<unknown>;
  private readonly child: ChildProcess;

  constructor(private readonly witness: OrderWitness) {
    this.child = fork(sources.pathOf('test/support/orderly-member.ts'));
    this.gone = once(this.child, 'exit');
    started.add(this);
    this.child.on('message', (report: MemberReport) => this.hear(report));
  }

  async start(): Promise<this> {
    const order: MemberOrder = { nameServers: [nameServer.address], group: GROUP, topic: TOPIC };
    this.child.send(order);
    await new Promise<void>((resolve) =>
      this.child.on('message', (report: MemberReport) => report.kind === 'ready' && resolve()),
    );
    return this;
  }

  /** Resolves when its process has ended. */
  async leave(): Promise<void> {
    this.witness.leaves(this.id, machineMs());
    this.child.send('stop');
    await this.gone;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.gone;
    this.witness.isKilled(this.id, machineMs());
  }

  private hear(report: MemberReport): void {
    if (report.kind === 'ready') return;
    const call = { member: this.id, queueId: report.queueId, queueOffset: report.queueOffset };
    if (report.kind === 'begin') this.witness.begins(call, report.at);
    else this.witness.ends(call, report.at);
  }
}

/** However long it takes, as long as it goes on. */
async function untilConsumed(witness: OrderWitness, queueId: number, sent: number): Promise<void> {
  let before = -1;
  let movedAt = performance.now();
  for (;;) {
    const consumed = witness.consumedOf(queueId);
    if (consumed >= sent) return;
    if (consumed > before) movedAt = performance.now();
    before = consumed;
    if (performance.now() - movedAt > STALL_LIMIT_MS) {
      throw new Error(`queue ${queueId} stands still: ${consumed} of ${sent} messages are consumed`);
    }
    await pause(LOOK_EVERY_MS);
  }
}

test(
  'orderly members in processes of their own join, leave and are killed: order is kept, nothing is lost, queues are handed over at once',
  async () => {
    const random = seededRandom(seed);
    const witness = new OrderWitness();
    let sent = 0;
    let isLoaded = true;
    const join = async (): Promise<Member> => new Member(witness).start();
    const members = [await join()];

    const producer = engine.createProducer({ group: 'producers' });
    await producer.start();
    const queues = await engine.admin.topics.queues(TOPIC);
    const load = (async () => {
      while (isLoaded) {
        const body = Buffer.from(String(sent));
        for (const queue of queues) await producer.send({ topic: TOPIC, body }, { queue });
        sent++;
        await pause(SEND_EVERY_MS);
      }
    })();

    const rebalances = cycles(12);
    for (let n = 0; n < rebalances; n++) {
      const kind = random.nextInt(10);
      const victim = members[random.nextInt(members.length)];
      if (members.length === 1 || (kind < 5 && members.length < MOST_MEMBERS)) {
        members.push(await join());
      } else {
        members.splice(members.indexOf(victim), 1);
        await (kind < 9 ? victim.leave() : victim.kill());
      }
      await pause(100 + random.nextInt(300));
    }
    isLoaded = false;
    await load;
    await Promise.all(queues.map(({ queueId }) => untilConsumed(witness, queueId, sent)));
    await Promise.all(members.map((member) => member.leave()));
    await producer.stop();

    const { inversions, overlaps, missing, handOversMs } = witness.judge(QUEUES, sent);
    const at = (part: number): string => handOversMs[Math.floor((handOversMs.length - 1) * part)]?.toFixed(0) ?? '-';
    console.log(
      `${rebalances} rebalances of processes, ${sent * QUEUES} messages, ${handOversMs.length} queues handed over: ` +
        `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`,
    );
    expect({ inversions, overlaps, missing }).toEqual({ inversions: [], overlaps: [], missing: [] });
    expect(Number(at(0.99))).toBeLessThanOrEqual(HAND_OVER_LIMIT_MS);
  },
  60 * 60_000,
);
