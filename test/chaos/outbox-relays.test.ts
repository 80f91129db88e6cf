import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { startEmbeddedEngine, type Engine } from '../../lib/engine/index.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { OutboxService } from '../../lib/transaction/index.js';
import { TypeOrmUnitOfWork } from '../../lib/typeorm.js';
import { sqliteDataSource } from '../support/databases.js';
import { ForkedProgram } from '../support/forked-program.js';
import { MariaDbServer, mariaDbRequirement } from '../support/mariadb.js';
import type { RelayOrder } from '../support/outbox-relay-process.js';
import { PostgresServer, postgresRequirement } from '../support/postgres.js';
import { describeWhen, type Requirement } from '../support/requirements.js';
import { cycles, seed } from '../support/run-options.js';

const kills = cycles(3);
const relays = 3;
const keys = 20;
const messagesPerKill = 200;

jest.setTimeout(120_000 + kills * 20_000);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const startRelay = (order: RelayOrder): Promise<ForkedProgram<RelayOrder>> =>
  ForkedProgram.start('outbox-relay-process.ts', order);

interface Database {
  name: string;
  requirement: Requirement;
  start(): Promise<{ dataSource: () => DataSource; stop: () => Promise<void> }>;
}

const databases: Database[] = [
  {
    name: 'SQLite',
    requirement: { met: true, reason: '' },
    start() {
      const directory = mkdtempSync(join(tmpdir(), 'rmq-relays-db-'));
      const stop = (): Promise<void> => rm(directory, { recursive: true });
      return Promise.resolve({ dataSource: () => sqliteDataSource(join(directory, 'orders.db')), stop });
    },
  },
  { name: 'PostgreSQL', requirement: postgresRequirement, start: () => serverOf(PostgresServer.start()) },
  { name: 'MariaDB', requirement: mariaDbRequirement, start: () => serverOf(MariaDbServer.start()) },
];

async function serverOf(starting: Promise<PostgresServer | MariaDbServer>) {
  const server = await starting;
  return { dataSource: () => server.dataSource(6), stop: () => server.stop() };
}

describe.each(databases)('$name', ({ name, requirement, start }) => {
  describeWhen(requirement, name, () => {
    let directory: string;
    let engine: Engine;
    let database: Awaited<ReturnType<typeof start>>;
    let dataSource: DataSource;
    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'rmq-relays-'));
      const listen = { nameServerPort: 0, brokerPort: 0 };
      engine = await startEmbeddedEngine({ storeDir: directory, listen });
      await engine.admin.topics.create('relayed', { readQueueNums: 4, writeQueueNums: 4 });
      await engine.admin.topics.create('closed', { perm: 4 }); // readable only
      database = await start();
      dataSource = await database.dataSource().initialize();
    });
    afterAll(async () => {
      await ForkedProgram.killAll();
      await dataSource.destroy();
      await database.stop();
      await engine.stop();
      rmSync(directory, { recursive: true });
    });

    it('three relays that are killed at random keep the order of each key and lose nothing', async () => {
      const random = seededRandom(seed);
      const unitOfWork = new TypeOrmUnitOfWork(dataSource);
      const writer = new OutboxService({
        engine,
        unitOfWork,
        producer: { group: 'writers' },
        relay: false,
        synchronize: true,
      });
      await writer.start();
      // A driver is no data; the relay has its own.
      const options = { ...dataSource.options, driver: undefined };
      const order: RelayOrder = {
        nameServers: (engine.nameServerAddresses ?? '').split(';'),
        dataSource: options,
        tuning: { batchSize: 20, leaseMs: 1_000, pollIntervalMs: 20, retryMs: 50, maxAttempts: 2 },
      };
      const running = await Promise.all(Array.from({ length: relays }, () => startRelay(order)));

      const seen = consume(engine);
      await seen.start();
      const total = kills * messagesPerKill;
      let written = 0;
      const write = async (): Promise<void> => {
        const next = new Map<string, number>();
        while (written < total) {
          const count = Math.min(1 + random.nextInt(8), total - written);
          await writer.run((_context, out) => {
            for (let i = 0; i < count; i++) {
              const key = `key-${random.nextInt(keys)}`;
              const n = next.get(key) ?? 0;
              next.set(key, n + 1);
              // One of them goes where nothing can be sent to.
              const topic = key === 'key-0' && n === 3 ? 'closed' : 'relayed';
              out.add({ topic, body: Buffer.from(`${key}:${n}`), shardingKey: key });
              out.add({ topic: 'relayed', body: Buffer.from(`free:${written}`) });
              written++;
            }
            return Promise.resolve();
          });
          if (written % 100 < 8) await pause(random.nextInt(20));
        }
      };
      const killing = (async () => {
        for (let kill = 0; kill < kills; kill++) {
          await pause(200 + random.nextInt(600));
          const victim = random.nextInt(relays);
          await running[victim].kill();
          running[victim] = await startRelay(order);
        }
      })();
      await Promise.all([write(), killing]);

      let status = await writer.status();
      while (status.waiting + status.again > 0) {
        await pause(100);
        status = await writer.status();
      }
      expect(status.parked).toBe(1);
      const [poison] = await writer.parked();
      expect(poison).toMatchObject({ topic: 'closed', shardingKey: 'key-0' });
      expect(seen.first('key-0')).toEqual([0, 1, 2]);
      await writer.purgeParked();
      while ((await writer.status()).waiting > 0 || (await writer.status()).held > 0) await pause(100);
      await ForkedProgram.killAll();
      await seen.until(total * 2 - 1);
      await seen.stop();
      await writer.stop();

      console.log(
        `${name}: ${total * 2 - 1} messages, ${kills} kills, ${seen.duplicates} duplicates, none missing, order kept`,
      );
      expect(seen.distinct).toBe(total * 2 - 1);
      for (let i = 0; i < keys; i++) {
        const numbers = seen.first(`key-${i}`);
        const gap = i === 0 ? 3 : -1; // what was purged
        expect(numbers).toEqual(
          Array.from({ length: numbers.length + (gap < 0 ? 0 : 1) }, (__, n) => n).filter((n) => n !== gap),
        );
      }
    });
  });
});

/** What is in the topic: the first sight of each message, and how many were seen again. */
function consume(engine: Engine) {
  const known = new Set<string>();
  const byKey = new Map<string, number[]>();
  let duplicates = 0;
  const consumer = engine.createPushConsumer({
    group: 'watcher',
    subscriptions: [{ topic: 'relayed' }],
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    listener: {
      mode: 'orderly',
      consume: ([message]) => {
        const text = message.body.toString();
        if (known.has(text)) duplicates++;
        else {
          known.add(text);
          const [key, n] = text.split(':');
          byKey.set(key, [...(byKey.get(key) ?? []), Number(n)]);
        }
        return Promise.resolve({ status: 'SUCCESS' });
      },
    },
  });
  return {
    start: () => consumer.start(),
    stop: () => consumer.stop(),
    first: (key: string) => byKey.get(key) ?? [],
    get distinct() {
      return known.size;
    },
    get duplicates() {
      return duplicates;
    },
    async until(count: number) {
      while (known.size < count) await pause(20);
    },
  };
}
