import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EntityManager } from 'typeorm';
import { NodeClock } from '../../../lib/engine/platform/node-clock.js';
import { silentLogger } from '../../../lib/engine/ports/logger.js';
import { TransactionCoordinator } from '../../../lib/transaction/transaction-coordinator.js';
import { TypeOrmUnitOfWork } from '../../../lib/transaction/typeorm.unit-of-work.js';
import { sqliteDataSource } from '../../support/databases.js';
import { ModelBroker } from '../../support/model-broker.js';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rmq-sqlite-'));
  file = join(directory, 'orders.db');
});
afterEach(() => rmSync(directory, { recursive: true }));

const message = { topic: 'order-paid', keys: 'order-1', body: Buffer.from('{}') };

async function start(broker: ModelBroker) {
  const dataSource = sqliteDataSource(file);
  const coordinator = new TransactionCoordinator<EntityManager>({
    engine: broker,
    unitOfWork: new TypeOrmUnitOfWork(dataSource),
    producerGroup: 'orders',
    clock: new NodeClock(),
    logger: silentLogger,
    synchronize: true,
  });
  await coordinator.start();
  await dataSource.query('CREATE TABLE IF NOT EXISTS orders (id text PRIMARY KEY)');
  return {
    dataSource,
    coordinator,
    [Symbol.asyncDispose]: async () => {
      await coordinator.stop();
      if (dataSource.isInitialized) await dataSource.destroy();
    },
  };
}

const insertOrder = (manager: EntityManager) => manager.query("INSERT INTO orders (id) VALUES ('order-1')");

describe('a database file', () => {
  it('remembers through a restart what was committed and not ended; a check finishes it', async () => {
    const broker = new ModelBroker();
    {
      await using before = await start(broker);
      broker.losses.end.push('request');
      await before.coordinator.run(message, insertOrder);
    }
    expect(broker.visible).toHaveLength(0);
    await using after = await start(broker);
    await broker.check();
    expect(broker.visible.map(({ keys }) => keys)).toEqual(['order-1']);
    expect(await after.dataSource.query('SELECT id FROM orders')).toEqual([{ id: 'order-1' }]);
  });

  it('that is no database: says so, and what to do', async () => {
    writeFileSync(file, Buffer.alloc(8192, 7));
    await expect(start(new ModelBroker())).rejects.toMatchObject({
      code: 'CORRUPT_DATABASE',
      database: file,
      message: expect.stringMatching(/damaged.*restore it from a backup/) as string,
    });
  });

  it('with damaged pages: the transaction fails with the same words, and its message is dropped', async () => {
    {
      await using healthy = await start(new ModelBroker());
      await healthy.dataSource.query('PRAGMA wal_checkpoint(TRUNCATE)');
    }
    const bytes = readFileSync(file);
    bytes.fill(0x5a, 4096); // all but the page that says what tables there are
    writeFileSync(file, bytes);

    const broker = new ModelBroker();
    const dataSource = sqliteDataSource(file);
    const coordinator = new TransactionCoordinator<EntityManager>({
      engine: broker,
      unitOfWork: new TypeOrmUnitOfWork(dataSource),
      producerGroup: 'orders',
      clock: new NodeClock(),
      logger: silentLogger,
    });
    try {
      await coordinator.start();
      await expect(coordinator.run(message, insertOrder)).rejects.toMatchObject({ code: 'CORRUPT_DATABASE' });
      expect(broker.unresolved).toHaveLength(0);
      expect(broker.visible).toHaveLength(0);
    } finally {
      await coordinator.stop();
      await dataSource.destroy();
    }
  });

  it('written by another process: a check waits no longer than SQLite does and says UNKNOWN', async () => {
    const broker = new ModelBroker();
    await using ours = await start(broker);
    await ours.dataSource.query('PRAGMA busy_timeout = 0');
    const other = await sqliteDataSource(file).initialize();
    try {
      broker.storeHalf(
        { ...message, properties: { RMQ_TX_ID: 'theirs' } },
        { topic: 'order-paid', brokerName: 'broker-a', producerGroup: 'orders', messageId: 'M', transactionId: 'M' },
      );
      await other.transaction(async (manager) => {
        await manager.query("INSERT INTO orders (id) VALUES ('theirs')");
        await broker.check();
      });
      expect(broker.ends.at(-1)?.state).toBe('UNKNOWN');
      await broker.check();
      expect(broker.ends.at(-1)?.state).toBe('ROLLBACK');
    } finally {
      await other.destroy();
    }
  });
});
