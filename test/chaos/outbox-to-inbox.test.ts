import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { startEmbeddedEngine, type Engine } from '../../lib/engine/index.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { libraryTables } from '../../lib/transaction/library-tables.js';
import { ForkedProgram } from '../support/forked-program.js';
import { customers, type ShopOrder } from '../support/outbox-inbox-services.js';
import { PostgresServer, postgresRequirement } from '../support/postgres.js';
import { describeWhen } from '../support/requirements.js';
import { cycles, seed } from '../support/run-options.js';

/** Of each service. */
const kills = cycles(2);
const ordersPerProcess = 150;
const settleLimitMs = 60_000;

jest.setTimeout(180_000 + kills * 20_000);

interface Books {
  orders: number;
  deliveries: number;
  /** Customers whose points are not the sum of their orders. */
  wrong: number;
  waiting: number;
}

describeWhen(postgresRequirement, 'orders by the outbox, points by the inbox, on PostgreSQL', () => {
  let directory: string;
  let engine: Engine;
  let postgres: PostgresServer;
  let database: DataSource;
  let services = 0;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'rmq-outbox-inbox-'));
    engine = await startEmbeddedEngine({ storeDir: directory, listen: { nameServerPort: 0, brokerPort: 0 } });
    await engine.admin.topics.create('order-paid', { readQueueNums: 4, writeQueueNums: 4 });
    postgres = await PostgresServer.start();
    database = await postgres.dataSource(2).initialize();
    for (const { ddl } of libraryTables) for (const statement of ddl.postgres) await database.query(statement);
    await database.query('CREATE TABLE orders (id text PRIMARY KEY, customer text NOT NULL, amount integer NOT NULL)');
    await database.query('CREATE TABLE accounts (customer text PRIMARY KEY, points integer NOT NULL)');
    await database.query('CREATE TABLE deliveries (id text NOT NULL)');
    for (const customer of customers) await database.query('INSERT INTO accounts VALUES ($1, 0)', [customer]);
  });
  afterAll(async () => {
    await ForkedProgram.killAll();
    await database.destroy();
    await postgres.stop();
    await engine.stop();
    rmSync(directory, { recursive: true });
  });

  const start = (role: ShopOrder['role'], more: Partial<ShopOrder> = {}): Promise<ForkedProgram<ShopOrder>> => {
    const nameServers = (engine.nameServerAddresses ?? '').split(';');
    const name = `service-${++services}`;
    const order = {
      role,
      nameServers,
      host: postgres.directory,
      name,
      orders: ordersPerProcess,
      seed: seed + services,
    };
    return ForkedProgram.start('outbox-inbox-services.ts', { ...order, ...more });
  };

  const read = async (): Promise<Books> => {
    const [books] = await database.query<Books[]>(
      `SELECT (SELECT count(*)::int FROM orders) AS orders, (SELECT count(*)::int FROM deliveries) AS deliveries,
         (SELECT count(*)::int FROM rmq_outbox) AS waiting,
         (SELECT count(*)::int FROM accounts a
          WHERE points <> (SELECT coalesce(sum(amount), 0) FROM orders o WHERE o.customer = a.customer)) AS wrong`,
    );
    return books;
  };
  /** Until there are no more to come, and what came is right; or in the end. */
  const settled = async (): Promise<Books> => {
    const deadline = performance.now() + settleLimitMs;
    for (;;) {
      const books = await read();
      const progress = await engine.admin.offsets.progress('points', 'order-paid');
      const isConsumed = progress.every(({ lag }) => lag === 0);
      if ((books.waiting === 0 && books.wrong === 0 && isConsumed) || performance.now() > deadline) return books;
      await pause(100);
    }
  };

  it('points are exact, though relays die between sending and deleting, and consumers before they acknowledge', async () => {
    const random = seededRandom(seed);
    let orders = await start('orders');
    for (let kill = 0; kill < kills; kill++) {
      const moment = kill % 2 === 0 ? 'before acknowledgement' : 'before commit';
      const points = await start('points', { dieAt: { moment, times: 1 + random.nextInt(30) } });
      const killing = async (): Promise<void> => {
        await pause(random.nextInt(500));
        await orders.kill();
        orders = await start('orders');
      };
      await Promise.all([points.ended, killing()]);
    }
    await start('points');
    const books = await settled();
    console.log(`${kills} kills of each service: ${JSON.stringify(books)}`);
    expect(books).toMatchObject({ wrong: 0, waiting: 0 });
    expect(books.orders).toBeGreaterThanOrEqual(ordersPerProcess);
    expect(books.deliveries).toBeGreaterThanOrEqual(books.orders + kills);
  });
});
