import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { DataSource } from 'typeorm';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { inboxTable, transactionRecordTable } from '../../lib/transaction/library-tables.js';
import type { TransactionStep, TransactionTuning } from '../../lib/transaction/index.js';
import { ApacheCluster } from '../interop/support/apache-cluster.js';
import { java17AndMaven } from '../interop/support/java-programs.js';
import { OurCluster } from '../interop/support/our-cluster.js';
import type { ServiceOrder } from '../support/chaos-services.js';
import { PostgresServer, postgresRequirement } from '../support/postgres.js';
import { describeWhen, type Requirement } from '../support/requirements.js';
import { cycles, seed } from '../support/run-options.js';

/** Each is one misfortune; `--cycles 1000` takes hours. */
const misfortunes = cycles(7);
const program = join(__dirname, '../support/chaos-services.ts');
const loader = pathToFileURL(join(__dirname, '../../scripts/ts.mjs')).href;
const unhurried = { sweepIntervalMs: 500, sweepAfterMs: 1_000, lockTimeoutMs: 500 };
const weeksMs = 30 * 86_400_000;
const noSweeper = { ...unhurried, sweepIntervalMs: weeksMs, sweepAfterMs: weeksMs };
/** Checks that end within seconds, as they do within minutes by default. */
const properties = {
  transactionCheckInterval: '1000',
  transactionTimeOut: '1000',
  transactionCheckMax: '3',
  autoCreateTopicEnable: 'true',
};
const longerThanChecksMs = 6_000;
const settleLimitMs = 90_000;
const steps: TransactionStep[] = ['half-sending', 'half-sent', 'record-written', 'work-done', 'committed', 'ended'];

jest.setTimeout(240_000 + misfortunes * 30_000);

interface RunningCluster {
  nameServerAddresses: string;
  /** Its process is killed, and started again on what it left. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

async function startOurs(): Promise<RunningCluster> {
  const cluster = await OurCluster.start({ properties });
  const { nameServerAddresses } = cluster;
  return { nameServerAddresses, restart: () => cluster.killAndRestart(), stop: () => cluster.stop() };
}

async function startApaches(): Promise<RunningCluster> {
  const cluster = await ApacheCluster.start({ properties });
  const restart = async (): Promise<void> => {
    await cluster.kill();
    await cluster.startAgain();
  };
  return { nameServerAddresses: cluster.nameServerAddresses, restart, stop: () => cluster.stop() };
}

/** One of the two services, as a process. */
class Service {
  private static readonly running = new Set<Service>();
  readonly ended: Promise<unknown>;
  private readonly child: ChildProcess;

  private constructor(order: ServiceOrder) {
    this.child = fork(program, { execArgv: ['--import', loader] });
    this.ended = once(this.child, 'exit');
    this.child.send(order);
    Service.running.add(this);
  }

  static async start(order: ServiceOrder): Promise<Service> {
    const service = new Service(order);
    await Promise.race([once(service.child, 'message'), service.ended]);
    return service;
  }

  static async killAll(): Promise<void> {
    for (const service of [...Service.running]) await service.kill();
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async kill(): Promise<void> {
    Service.running.delete(this);
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

interface Books {
  orders: number;
  /** Orders without points. */
  lost: number;
  /** Points without an order. */
  ghosts: number;
  /** Points beyond the first of an order. */
  again: number;
}

async function readBooks(database: DataSource): Promise<Books> {
  const count = (sql: string): string => `(SELECT count(*)::int FROM ${sql})`;
  const [books] = await database.query<Books[]>(
    `SELECT ${count('orders')} AS orders,
       ${count('orders WHERE id NOT IN (SELECT order_id FROM points)')} AS lost,
       ${count('points WHERE order_id NOT IN (SELECT id FROM orders)')} AS ghosts,
       ${count('points')} - (SELECT count(DISTINCT order_id)::int FROM points) AS again`,
  );
  return books;
}

/** Until each order has its points, and nothing is waiting for its confirmation. @returns the books then, or in the end */
async function settled(database: DataSource, limitMs: number): Promise<Books> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const books = await readBooks(database);
    const [{ open }] = await database.query<{ open: number }[]>(
      'SELECT count(*)::int AS open FROM rmq_transaction_record WHERE state = 1 AND confirmed_at IS NULL',
    );
    if ((books.lost === 0 && open === 0) || performance.now() > deadline) return books;
    await pause(500);
  }
}

function suite(name: string, requirement: Requirement, startCluster: () => Promise<RunningCluster>): void {
  describeWhen(requirement, `orders and points on PostgreSQL, over ${name}`, () => {
    let postgres: PostgresServer;
    let database: DataSource;
    let cluster: RunningCluster;
    let topic: string;
    let services = 0;
    let topics = 0;

    beforeAll(async () => {
      postgres = await PostgresServer.start();
      database = await postgres.dataSource(2).initialize();
      cluster = await startCluster();
    }, 120_000);
    beforeEach(async () => {
      topic = `Chaos-${++topics}`; // what another test left there is no ghost of this one
      await database.query('DROP TABLE IF EXISTS orders, points, rmq_transaction_record, rmq_inbox');
      await database.query('CREATE TABLE orders (id text PRIMARY KEY)');
      await database.query('CREATE TABLE points (order_id text NOT NULL)'); // twice would show
      for (const table of [transactionRecordTable, inboxTable])
        for (const statement of table.ddl.postgres) await database.query(statement);
    });
    afterEach(() => Service.killAll());
    afterAll(async () => {
      await database.destroy();
      await cluster.stop();
      await postgres.stop();
    });

    const start = (
      role: ServiceOrder['role'],
      more: Partial<ServiceOrder> & { tuning?: Partial<TransactionTuning> } = {},
    ): Promise<Service> =>
      Service.start({
        role,
        topic,
        nameServers: cluster.nameServerAddresses.split(';'),
        host: postgres.directory,
        name: `service-${++services}`,
        inFlight: 4,
        seed: seed + services,
        tuning: unhurried,
        ...more,
      });

    it('agree whatever is killed, cut or away for longer than the checks last', async () => {
      const random = seededRandom(seed);
      let points = await start('points');
      let orders = await start('orders');
      const misfortune: Record<string, () => Promise<void>> = {
        async 'the order service dies at a step'() {
          await orders.kill();
          const step = steps[random.nextInt(steps.length)];
          orders = await start('orders', { dieAt: { step, times: 1 + random.nextInt(20) } });
          await Promise.race([orders.ended, pause(5_000)]);
        },
        async 'the order service is killed at any moment'() {
          await orders.kill();
        },
        async 'the points service is killed'() {
          await points.kill();
          points = await start('points');
        },
        async 'the broker is killed'() {
          await cluster.restart();
        },
        async 'connections to the database are cut, some of them at COMMIT'() {
          for (let cut = 0; cut < 20; cut++) {
            await database.query(
              `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND query LIKE ANY ($1) LIMIT 1`,
              [random.nextInt(2) === 0 ? ['COMMIT%'] : ['%orders%']],
            );
            await pause(random.nextInt(50));
          }
        },
        async 'nobody is there for longer than the checks last'() {
          await orders.kill();
          await pause(longerThanChecksMs);
        },
      };
      const kinds = Object.keys(misfortune);
      for (let n = 0; n < misfortunes; n++) {
        await pause(random.nextInt(800));
        // Each kind once before chance chooses.
        await misfortune[kinds[n < kinds.length ? n : random.nextInt(kinds.length)]]();
        if (!orders.isAlive) orders = await start('orders');
      }
      await orders.kill();
      await start('orders', { inFlight: 0 });
      const books = await settled(database, settleLimitMs);
      console.log(`${name}: ${misfortunes} misfortunes, ${JSON.stringify(books)}`);
      expect(books).toMatchObject({ lost: 0, ghosts: 0, again: 0 });
      expect(books.orders).toBeGreaterThan(misfortunes);
    });

    it('which is the sweeper’s doing: without it, messages are lost', async () => {
      await start('points');
      const orders = await start('orders', { tuning: noSweeper, dieAt: { step: 'committed', times: 10 } });
      await orders.ended;
      await pause(2 * longerThanChecksMs);
      await start('orders', { tuning: noSweeper, inFlight: 0 });
      const books = await settled(database, 5_000);
      console.log(`${name}, no sweeper: ${JSON.stringify(books)}`);
      expect(books.lost).toBeGreaterThan(0);
      expect(books.ghosts).toBe(0);
    });
  });
}

const bothMet: Requirement = java17AndMaven.met ? postgresRequirement : java17AndMaven;
suite('our broker', postgresRequirement, startOurs);
suite('Apache’s broker', bothMet, startApaches);
