import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { NodeClock, silentLogger, startEmbeddedEngine } from '../../../lib/engine/index.js';
import { TransactionCoordinator, type HalfMessageProducer } from '../../../lib/transaction/index.js';
import { TypeOrmUnitOfWork } from '../../../lib/typeorm.js';
import { sqliteDataSource } from '../../support/databases.js';

const message = { topic: 'order-paid', keys: 'order-1', body: Buffer.from('{"points":12}') };

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'rmq-tx-engine-'))));
afterEach(() => rmSync(directory, { recursive: true }));

/** Engine, database and coordinator of one process; the next one on the same directory finds what it left. */
async function start(broker: Record<string, unknown> = { transactionTimeOut: 200, transactionCheckInterval: 50 }) {
  const engine = await startEmbeddedEngine({ storeDir: join(directory, 'store'), broker });
  const dataSource = sqliteDataSource(join(directory, 'orders.db'));
  const unitOfWork = new TypeOrmUnitOfWork(dataSource);
  let producer = {} as HalfMessageProducer;
  const checks = new Arrivals();
  const coordinator = new TransactionCoordinator<EntityManager>({
    engine: {
      createTransactionProducer: (options) =>
        (producer = engine.createTransactionProducer({
          ...options,
          checker: (checked, handle) => {
            checks.add(handle.messageId);
            return options.checker(checked, handle);
          },
        })),
    },
    unitOfWork,
    producerGroup: 'orders',
    clock: new NodeClock(),
    logger: silentLogger,
    synchronize: true,
  });
  await coordinator.start();
  await dataSource.query('CREATE TABLE IF NOT EXISTS orders (id text PRIMARY KEY)');
  const consumed = new Arrivals();
  const consumer = engine.createPushConsumer({
    group: 'points',
    subscriptions: [{ topic: 'order-paid' }],
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    listener: {
      mode: 'concurrent',
      consume: (messages) => {
        for (const { keys } of messages) consumed.add(...keys);
        return Promise.resolve({ status: 'SUCCESS' });
      },
    },
  });
  await consumer.start();
  return {
    coordinator,
    dataSource,
    producer,
    checks,
    consumed,
    [Symbol.asyncDispose]: async () => {
      await coordinator.stop();
      await dataSource.destroy();
      await engine.stop();
    },
  };
}

/** What has arrived so far, and a way to wait for more. */
class Arrivals {
  readonly list: string[] = [];
  private readonly waiting: (() => void)[] = [];

  add(...arrived: string[]): void {
    this.list.push(...arrived);
    for (const look of this.waiting) look();
  }

  reach(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => this.list.length >= count && resolve();
      this.waiting.push(look);
      look();
    });
  }
}

const insertOrder = (manager: EntityManager) => manager.query("INSERT INTO orders (id) VALUES ('order-1')");

it('delivers what is committed, and nothing that is rolled back', async () => {
  await using t = await start();
  const refused = t.coordinator.run({ ...message, keys: 'refused' }, () => Promise.reject(new Error('refused')));
  await expect(refused).rejects.toThrow('refused');
  await t.coordinator.run(message, insertOrder);
  await t.consumed.reach(1);
  expect(t.consumed.list).toEqual(['order-1']);
});

it('survives checks while it runs: the message comes once', async () => {
  await using t = await start();
  await t.coordinator.run(message, async (manager) => {
    await t.checks.reach(3);
    await insertOrder(manager);
  });
  await t.consumed.reach(1);
  await pause(400); // nothing is to come: a copy left behind would have been asked about by now
  expect(t.consumed.list).toEqual(['order-1']);
});

it('finishes after a restart what was committed and never ended', async () => {
  {
    await using before = await start({ transactionTimeOut: 60_000 });
    before.producer.end = () => Promise.reject(new Error('as if the process had died after its commit'));
    expect((await before.coordinator.run(message, insertOrder)).isConfirmed).toBe(false);
  }
  await using after = await start();
  await after.consumed.reach(1);
  expect(after.consumed.list).toEqual(['order-1']);
  expect(await after.dataSource.query('SELECT id FROM orders')).toEqual([{ id: 'order-1' }]);
});

it('knows a message that is visible from one that is not', async () => {
  await using t = await start({ transactionTimeOut: 60_000 });
  const { producer } = t;
  const { handle } = await producer.sendHalf(message);
  expect(await producer.isVisible(handle)).toBe(false);
  await producer.end(handle, 'COMMIT');
  await t.consumed.reach(1); // dispatched to queue and index by then
  expect(await producer.isVisible(handle)).toBe(true);
  expect(await producer.isVisible({ ...handle, messageId: '7F00000100010000000000000000AAAA' })).toBe(false);
});
