import type { DataSource, EntityManager, Logger } from 'typeorm';
import { NodeClock } from '../../../lib/engine/platform/node-clock.js';
import { silentLogger } from '../../../lib/engine/ports/logger.js';
import { Inbox } from '../../../lib/transaction/inbox/inbox.js';
import { ensureTable, transactionRecordTable } from '../../../lib/transaction/library-tables.js';
import { TransactionCoordinator } from '../../../lib/transaction/transaction-coordinator.js';
import { TransactionRecords } from '../../../lib/transaction/transaction-record.js';
import type { TransactionTuning } from '../../../lib/transaction/transaction-options.js';
import { CreateRocketMqTables, TypeOrmUnitOfWork } from '../../../lib/typeorm.js';
import { FaultyUnitOfWork } from '../../support/databases.js';
import { ModelBroker } from '../../support/model-broker.js';
import { PostgresServer, postgresRequirement } from '../../support/postgres.js';
import { describeWhen } from '../../support/requirements.js';

const somewhere = { brokerName: 'b', producerGroup: 'orders', tranStateTableOffset: 0, commitLogOffset: 0 };
const silentTypeOrm: Logger = {
  logQuery: () => undefined,
  logQueryError: () => undefined,
  logQuerySlow: () => undefined,
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
  log: () => undefined,
};
const message = { topic: 'order-paid', keys: 'order-1', body: Buffer.from('{}') };

describeWhen(postgresRequirement, 'PostgreSQL', () => {
  let server: PostgresServer;
  let dataSource: DataSource;
  beforeAll(async () => {
    server = await PostgresServer.start();
    dataSource = await server.dataSource().initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await server.stop();
  });
  beforeEach(async () => {
    await dataSource.query('DROP TABLE IF EXISTS rmq_transaction_record, rmq_inbox, orders');
    await dataSource.query('CREATE TABLE orders (id text PRIMARY KEY)');
  });

  async function start(broker: ModelBroker, tuning: Partial<TransactionTuning> = {}) {
    const unitOfWork = new FaultyUnitOfWork(new TypeOrmUnitOfWork(dataSource));
    const coordinator = new TransactionCoordinator<EntityManager>({
      engine: broker,
      unitOfWork,
      producerGroup: 'orders',
      clock: new NodeClock(),
      logger: silentLogger,
      synchronize: true,
      lockTimeoutMs: 50,
      ...tuning,
    });
    await coordinator.start();
    return { unitOfWork, coordinator, [Symbol.asyncDispose]: () => coordinator.stop() };
  }
  const insert = (id: string) => (manager: EntityManager) => manager.query('INSERT INTO orders (id) VALUES ($1)', [id]);
  const orders = async () => (await dataSource.query<unknown[]>('SELECT id FROM orders')).length;

  it('commits side by side, each with its record and its message', async () => {
    const broker = new ModelBroker();
    {
      await using t = await start(broker);
      const calls = Array.from({ length: 50 }, (_, i) => t.coordinator.run(message, insert(`order-${i}`)));
      await Promise.all(calls);
    }
    expect(broker.visible).toHaveLength(50);
    expect(await orders()).toBe(50);
    expect(
      await dataSource.query('SELECT count(*)::int AS n FROM rmq_transaction_record WHERE confirmed_at IS NOT NULL'),
    ).toEqual([{ n: 50 }]);
  });

  it('answers UNKNOWN while another instance’s transaction is open, and lets it live', async () => {
    const broker = new ModelBroker();
    await using running = await start(broker);
    await using asked = await start(broker);
    const result = await running.coordinator.run(message, async (manager) => {
      await insert('order-1')(manager);
      await broker.check();
      expect(broker.ends.at(-1)?.state).toBe('UNKNOWN');
    });
    expect(result.value).toBeUndefined();
    expect(asked.coordinator.isRunning).toBe(true);
    expect(await orders()).toBe(1);
    expect(broker.visible).toHaveLength(1);
  });

  it('finds out what became of a COMMIT whose connection was cut', async () => {
    const broker = new ModelBroker();
    await using t = await start(broker);
    // The backend dies when all but COMMIT is done: nothing was committed.
    const call = t.coordinator.run(message, async (manager) => {
      await insert('order-1')(manager);
      const [{ pid }] = await manager.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
      await dataSource.query('SELECT pg_terminate_backend($1)', [pid]);
    });
    await expect(call).rejects.toThrow();
    expect(await orders()).toBe(0);
    expect(broker.visible).toHaveLength(0);
    expect(broker.unresolved).toHaveLength(0);

    t.unitOfWork.faults.push('commit-lost');
    await t.coordinator.run(message, insert('order-2'));
    expect(await orders()).toBe(1);
    expect(broker.visible).toHaveLength(1);
  });

  it('delivers nothing when COMMIT itself fails, here by a deferred constraint', async () => {
    await dataSource.query(
      'ALTER TABLE orders ADD CONSTRAINT once UNIQUE (id) DEFERRABLE INITIALLY DEFERRED, DROP CONSTRAINT orders_pkey',
    );
    const broker = new ModelBroker();
    await using t = await start(broker);
    const call = t.coordinator.run(message, async (manager) => {
      await insert('twice')(manager);
      await insert('twice')(manager);
    });
    await expect(call).rejects.toThrow(/duplicate key/);
    expect(await orders()).toBe(0);
    expect(broker.visible).toHaveLength(0);
    expect(broker.unresolved).toHaveLength(0);
  });

  it('opens a transaction and writes its record by one message', async () => {
    const messages: string[] = [];
    const logger = { ...silentTypeOrm, logQuery: (text: string) => void messages.push(text) };
    const logged = await server.dataSource(2).setOptions({ logger }).initialize();
    const unitOfWork = new TypeOrmUnitOfWork(logged, { isolation: 'SERIALIZABLE' });
    const records = new TransactionRecords(unitOfWork);
    await ensureTable(unitOfWork, transactionRecordTable, { synchronize: true });
    messages.length = 0;
    const handle = { topic: "it's", ...somewhere, messageId: 'M', transactionId: 'M' };
    const record = { transactionId: 'tx-1', producerGroup: 'orders', handle, createdAt: 1, nextAttemptAt: 2 };
    await records.run(record, async (manager) => {
      const [{ level }] = await manager.query<{ level: string }[]>(
        "SELECT current_setting('transaction_isolation') AS level",
      );
      expect(level).toBe('serializable');
    });
    expect(messages).toHaveLength(3);
    expect(messages[0]).toMatch(/^START TRANSACTION; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; INSERT INTO/);
    expect(messages[2]).toBe('COMMIT');
    const [stored] = await unitOfWork.run((manager) => records.due(manager, 'orders', 3, 1));
    expect(stored).toMatchObject({ transactionId: 'tx-1', handle });
    await logged.destroy();
  });

  it('leaves the beginning to a subscriber that has statements of its own there', async () => {
    const own = await server.dataSource(2).initialize();
    own.subscribers.push({
      afterTransactionStart: ({ queryRunner }) => queryRunner.query("SELECT set_config('app.tenant', 'acme', true)"),
    });
    const unitOfWork = new TypeOrmUnitOfWork(own);
    const first = { sql: "INSERT INTO orders (id) VALUES (current_setting('app.tenant'))", values: [] };
    await unitOfWork.runOpenedBy(first, (_manager, concerned) => {
      expect(concerned).toBe(1);
      return Promise.resolve();
    });
    expect(await dataSource.query('SELECT id FROM orders')).toEqual([{ id: 'acme' }]);
    await own.destroy();
  });

  it('lets instances that start together create the tables together', async () => {
    const broker = new ModelBroker();
    const started = await Promise.all(Array.from({ length: 6 }, () => start(broker)));
    await Promise.all(started.map(({ coordinator }) => coordinator.stop()));
  });

  it('takes the tables of the migration', async () => {
    const runner = dataSource.createQueryRunner();
    const migration = new CreateRocketMqTables();
    await migration.up(runner);
    const broker = new ModelBroker();
    {
      await using t = await start(broker, { synchronize: false });
      await t.coordinator.run(message, insert('order-1'));
    }
    expect(broker.visible).toHaveLength(1);
    await migration.down(runner);
    await runner.release();
    await expect(start(broker, { synchronize: false })).rejects.toMatchObject({ code: 'MISSING_TABLE' });
  });

  it('applies each message of an inbox once, with copies side by side and handlers that fail', async () => {
    await dataSource.query('DROP TABLE IF EXISTS points');
    await dataSource.query('CREATE TABLE points (total integer NOT NULL)');
    await dataSource.query('INSERT INTO points VALUES (0)');
    const inbox = new Inbox<EntityManager>({
      unitOfWork: new TypeOrmUnitOfWork(dataSource),
      clock: new NodeClock(),
      logger: silentLogger,
      synchronize: true,
    });
    await inbox.start();
    let failures = 0;
    /** Delivered until it is acknowledged. */
    const deliver = async (key: string): Promise<void> => {
      for (let attempt = 0; attempt < 20; attempt++) {
        try {
          await inbox.once({ group: 'points', key }, async (manager) => {
            await manager.query('UPDATE points SET total = total + 1');
            if (attempt === 0 && Number(key) % 5 === 0) throw new Error('try later');
          });
          return;
        } catch {
          failures++;
        }
      }
    };
    const copies = Array.from({ length: 200 }, (_, i) => String(i % 50)).map(deliver);
    await Promise.all(copies);
    await inbox.stop();
    expect(failures).toBeGreaterThan(0);
    expect(await dataSource.query('SELECT total FROM points')).toEqual([{ total: 50 }]);
  });
});
