import { sleep } from '../../lib/engine/common/sleep.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { TypeOrmUnitOfWork } from '../../lib/transaction/typeorm.unit-of-work.js';
import type { TransactionTuning } from '../../lib/transaction/transaction-options.js';
import { sqliteDataSource } from '../support/databases.js';
import { ModelBroker } from '../support/model-broker.js';
import { cycles, seed } from '../support/run-options.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { ChaosInstance, never, type ChaosRates } from '../support/transaction-chaos.js';

interface Books {
  orders: number;
  /** Orders in the database whose message is not visible. */
  lost: number;
  /** Visible messages whose order is not in the database. */
  ghosts: number;
  /** Visible messages beyond the first of an order. */
  again: number;
  kills: number;
}

interface RunOptions {
  checkMax: number;
  tuning?: Partial<TransactionTuning>;
  deliversAfterRollback?: boolean;
}

const ordersPerRun = 60;
const roughWeather: ChaosRates = { kill: 60, lose: 12, cut: 25 };
const calm: ChaosRates = { kill: 0, lose: 0, cut: 0 };
const checkIntervalMs = 5_000;

/**
 * Several instances take orders while processes die, requests get lost and the database goes away;
 * then calm, one healthy instance, and time for whatever is left to be finished.
 */
async function run(runSeed: number, options: RunOptions): Promise<Books> {
  const random = seededRandom(runSeed);
  const clock = new VirtualClock();
  const broker = new ModelBroker();
  broker.deliversAfterRollback = options.deliversAfterRollback ?? true;
  const dataSource = await sqliteDataSource().initialize();
  await dataSource.query('CREATE TABLE orders (id text PRIMARY KEY)');
  const database = new TypeOrmUnitOfWork(dataSource, { clock });
  const living: ChaosInstance[] = [];
  let kills = 0;

  const start = async (rates: ChaosRates): Promise<ChaosInstance> => {
    const weather = { ...calm }; // to start in
    const instance = new ChaosInstance(broker, database, random, weather, clock, options.tuning ?? {});
    await whileTimePasses(instance.coordinator.start());
    Object.assign(weather, rates);
    living.push(instance);
    return instance;
  };
  /** Somebody may hold the connection and wait for time to pass. */
  const whileTimePasses = async (done: Promise<void>): Promise<void> => {
    let isDone = false;
    const watched = done.finally(() => (isDone = true));
    while (!isDone) await clock.advance(50);
    await watched;
  };
  const passTime = async (ms: number, checks: number): Promise<void> => {
    for (let i = 0; i < checks; i++) {
      void broker.check(options.checkMax);
      await clock.advance(ms / checks);
    }
  };

  await start(roughWeather);
  await start(roughWeather);
  for (let i = 0; i < ordersPerRun; i++) {
    const instance = living[random.nextInt(living.length)];
    const message = { topic: 'order-paid', keys: `order-${i}`, body: Buffer.alloc(0) };
    void instance.coordinator
      .run(message, async (manager) => {
        if (instance.isDead) return never;
        await manager.query('INSERT INTO orders (id) VALUES (?)', [`order-${i}`]);
        await sleep(clock, random.nextInt(2_000));
        if (random.nextInt(5) === 0) throw new Error('payment refused');
      })
      .catch(() => undefined); // the books tell
    await passTime(random.nextInt(3_000), 1 + random.nextInt(2));
    for (const dead of living.filter(({ isDead }) => isDead)) {
      kills++;
      living.splice(living.indexOf(dead), 1);
      if (random.nextInt(3) > 0 || living.length === 0) await start(roughWeather);
    }
  }
  for (const instance of living) instance.kill();
  await passTime(30 * checkIntervalMs, 30); // nobody is there to be asked
  const healthy = await start(calm);
  await passTime(1_200_000, 240);
  await whileTimePasses(healthy.coordinator.stop());

  const stored = new Set((await dataSource.query<{ id: string }[]>('SELECT id FROM orders')).map(({ id }) => id));
  await dataSource.destroy();
  const visible = broker.visible.map(({ keys }) => keys as string);
  const distinct = new Set(visible);
  return {
    orders: stored.size,
    lost: [...stored].filter((id) => !distinct.has(id)).length,
    ghosts: [...distinct].filter((id) => !stored.has(id)).length,
    again: visible.length - distinct.size,
    kills,
  };
}

async function runMany(options: RunOptions): Promise<Books> {
  const sum: Books = { orders: 0, lost: 0, ghosts: 0, again: 0, kills: 0 };
  for (let cycle = 0; cycle < cycles(10); cycle++) {
    const books = await run(seed + cycle, options);
    for (const name of Object.keys(sum) as (keyof Books)[]) sum[name] += books[name];
  }
  return sum;
}

it('a message is visible if and only if its order is stored, whatever dies', async () => {
  const books = await runMany({ checkMax: 1_000 });
  expect(books).toMatchObject({ lost: 0, ghosts: 0 });
  expect(books.kills).toBeGreaterThan(10);
  expect(books.orders).toBeGreaterThan(100);
});

it('also when the broker gives up asking after a few checks, and a roll-back is final', async () => {
  expect(await runMany({ checkMax: 3, deliversAfterRollback: false })).toMatchObject({ lost: 0, ghosts: 0 });
});

it('which is the sweeper’s doing: without it, messages are lost', async () => {
  const weeksMs = 30 * 86_400_000;
  const books = await runMany({ checkMax: 3, tuning: { sweepIntervalMs: weeksMs, sweepAfterMs: weeksMs } });
  expect(books.lost).toBeGreaterThan(0);
  expect(books.ghosts).toBe(0);
});
