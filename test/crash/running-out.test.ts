import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  connectEngine,
  RocketMqError,
  silentLogger,
  startBroker,
  startNameServer,
  type Engine,
  type RunningServer,
} from '../../lib/engine/index.js';
import { compileSources, type CompiledSources } from '../support/compiled-sources.js';
import { CuttableDisk, cuttableDiskRequirement } from '../support/cuttable-disk.js';
import { LimitedProcess } from '../support/limited-process.js';
import type { ProcessFigures } from '../support/process-figures.js';
import { describeWhen } from '../support/requirements.js';

const MIB = 1024 * 1024;
const TOPIC = 'Scarce';
/** From the moment on that there is enough again. */
const HEAL_MS = 5000;
/** Enough for a process to load its modules. */
const DESCRIPTORS = 512;
const PATIENCE_MS = 30_000;

/** Sends numbered messages, and remembers which were acknowledged. */
class Sender {
  readonly acknowledged = new Set<number>();
  readonly refusals = new Map<string, number>();
  private next = 0;

  private constructor(
    private readonly nameServer: string,
    private readonly engine: Engine,
    private readonly send: (body: Buffer) => Promise<unknown>,
  ) {}

  static async start(nameServer: string): Promise<Sender> {
    const engine = await connectEngine({ nameServers: [nameServer], logger: silentLogger });
    await engine.admin.topics.create(TOPIC, { readQueueNums: 2, writeQueueNums: 2 });
    const producer = engine.createProducer({
      group: 'senders',
      retryTimesWhenSendFailed: 0,
      compressMsgBodyOverHowmuch: 4 * MIB,
    });
    await producer.start();
    return new Sender(nameServer, engine, (body) => producer.send({ topic: TOPIC, body }));
  }

  stop(): Promise<void> {
    return this.engine.stop();
  }

  /** @returns whether it was acknowledged @throws what is no typed refusal */
  async one(bytes: number): Promise<boolean> {
    const number = this.next++;
    const body = Buffer.alloc(bytes, number % 251);
    body.writeInt32BE(number);
    try {
      await this.send(body);
      this.acknowledged.add(number);
      return true;
    } catch (error) {
      if (!(error instanceof RocketMqError)) throw error;
      const what = error.code === 'BROKER_RESPONSE' ? error.message.replace(/[\d.:]+/g, '#') : error.code;
      this.refusals.set(what, (this.refusals.get(what) ?? 0) + 1);
      return false;
    }
  }

  /** @returns how long it took until a message was taken */
  async untilTaken(bytes = 1000): Promise<number> {
    const begun = performance.now();
    while (!(await this.one(bytes))) {
      if (performance.now() - begun > PATIENCE_MS) throw new Error('not healed');
      await pause(50);
    }
    return performance.now() - begun;
  }

  /** Which of those that were acknowledged a new group does not get. */
  async missing(group: string): Promise<number[]> {
    const missing = new Set(this.acknowledged);
    await using engine = await connectEngine({ nameServers: [this.nameServer], logger: silentLogger });
    let allSeen: () => void;
    const seen = new Promise<void>((resolve) => (allSeen = resolve));
    const consumer = engine.createPushConsumer({
      group,
      subscriptions: [{ topic: TOPIC }],
      consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
      listener: {
        mode: 'concurrent',
        consume: async (messages) => {
          for (const { body } of messages) {
            const number = body.readInt32BE(0);
            if (body.subarray(4).every((byte) => byte === number % 251)) missing.delete(number);
          }
          if (missing.size === 0) allSeen();
          return { status: 'SUCCESS' };
        },
      },
    });
    await consumer.start();
    await Promise.race([seen, pause(PATIENCE_MS, undefined, { ref: false })]);
    await consumer.stop();
    return [...missing];
  }
}

describeWhen(cuttableDiskRequirement(), 'a disk of 64 MB', () => {
  test('full: sends are refused, everything can be read; with space again they are taken, and nothing is lost', async () => {
    const disk = new CuttableDisk({ sizeMib: 64 });
    const ballast = join(disk.path, 'ballast');
    writeFileSync(ballast, Buffer.alloc(24 * MIB, 1));
    const nameServer = await startNameServer({ port: 0 });
    const start = (listenPort: number): Promise<RunningServer> =>
      startBroker({
        nameServers: [nameServer.address],
        settings: {
          storePathRootDir: join(disk.path, 'store'),
          listenPort,
          mappedFileSizeCommitLog: 4 * MIB,
          mappedFileSizeConsumeQueue: 20 * 1000,
          maxHashSlotNum: 5000,
          maxIndexNum: 20_000,
        },
      });
    let broker = await start(0);
    const sender = await Sender.start(nameServer.address);
    try {
      for (let refused = 0, sent = 0; refused < 10 && sent < 2000; sent++) if (!(await sender.one(100_000))) refused++;
      expect([...sender.refusals.keys()].every((what) => what.includes('the disk is full'))).toBe(true);
      expect(sender.acknowledged.size).toBeGreaterThan(100);
      expect(await sender.missing('while-full')).toEqual([]);
      rmSync(ballast);
      expect(await sender.untilTaken(100_000)).toBeLessThan(HEAL_MS);
      for (let more = 0; more < 20; more++) expect(await sender.one(100_000)).toBe(true);
      console.log(Object.fromEntries(sender.refusals));
      const port = Number(broker.address.split(':')[1]);
      await broker.stop();
      broker = await start(port);
      await sender.untilTaken();
      expect(await sender.missing('afterwards')).toEqual([]);
    } finally {
      await sender.stop();
      await broker.stop();
      await nameServer.stop();
      disk.remove();
    }
  });
});

describe('servers that the system gives less', () => {
  let sources: CompiledSources;
  let directory: string;
  let servers: LimitedProcess | undefined;

  beforeAll(() => (sources = compileSources()));

  afterAll(() => sources.remove());

  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'running-out-'))));

  afterEach(async () => {
    await servers?.kill();
    await rm(directory, { recursive: true });
  });

  test('no descriptor left: nobody new gets in; with some again everything goes on, and nothing is lost', async () => {
    servers = new LimitedProcess(sources.pathOf('test/support/soak-servers.ts'), { descriptors: DESCRIPTORS });
    const nameServer = await servers.ask<string>(directory);
    const sender = await Sender.start(nameServer);
    await sender.untilTaken();
    const [host, port] = nameServer.split(':');
    const crowd: Socket[] = [];
    try {
      for (let i = 0; i < DESCRIPTORS + 50; i++) crowd.push(connect(Number(port), host).on('error', () => undefined));
      for (let looks = 0; looks < 50 && servers.descriptors < DESCRIPTORS; looks++) await pause(100);
      expect(servers.descriptors).toBe(DESCRIPTORS);
      // Several files of the log, each of which wants a descriptor.
      for (let i = 0; i < 100 && (await sender.one(100_000)); i++);
      expect([...sender.refusals.keys()]).toEqual(['REQUEST_TIMEOUT']);
      for (const socket of crowd.splice(0)) socket.destroy();
      expect(await sender.untilTaken()).toBeLessThan(HEAL_MS);
      for (let i = 0; i < 40; i++) expect(await sender.one(100_000)).toBe(true);
      console.log(Object.fromEntries(sender.refusals));
      expect(await sender.missing('afterwards')).toEqual([]);
    } finally {
      for (const socket of crowd) socket.destroy();
      await sender.stop();
    }
  });

  test('little memory: a flood is refused or waits, the servers live on, and nothing is lost', async () => {
    servers = new LimitedProcess(sources.pathOf('test/support/soak-servers.ts'), { heapMib: 48 });
    const sender = await Sender.start(await servers.ask<string>(directory));
    try {
      await Promise.all(Array.from({ length: 60 }, () => sender.one(MIB)));
      for (let round = 0; round < 3; round++) await Promise.all(Array.from({ length: 1000 }, () => sender.one(1000)));
      expect(await sender.untilTaken()).toBeLessThan(HEAL_MS);
      console.log(Object.fromEntries(sender.refusals));
      const { heldMib, residentMib } = await servers.ask<ProcessFigures>('measure');
      console.log(`the servers hold ${heldMib.toFixed(0)} MiB, ${residentMib.toFixed(0)} MiB resident`);
      expect(residentMib).toBeLessThan(400);
      expect(await sender.missing('afterwards')).toEqual([]);
    } finally {
      await sender.stop();
    }
  });
});
