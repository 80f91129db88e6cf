import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import { NodeClock } from '../../../lib/engine/platform/node-clock.js';
import { silentLogger } from '../../../lib/engine/ports/logger.js';
import { ClsUnitOfWork } from '../../../lib/cls.js';
import { PrismaUnitOfWork } from '../../../lib/prisma.js';
import { TransactionCoordinator } from '../../../lib/transaction/transaction-coordinator.js';
import type { UnitOfWork } from '../../../lib/transaction/unit-of-work.js';
import { TypeOrmUnitOfWork } from '../../../lib/typeorm.js';
import { typeOrmTransactionHost } from '../../support/cls.js';
import { sqliteDataSource } from '../../support/databases.js';
import { MariaDbServer, mariaDbRequirement } from '../../support/mariadb.js';
import { ModelBroker } from '../../support/model-broker.js';
import { PostgresServer, postgresRequirement } from '../../support/postgres.js';
import {
  postgresPrisma,
  sqlitePrisma,
  type TestPrismaClient,
  type TestTransactionClient,
} from '../../support/prisma.js';
import { describeWhen } from '../../support/requirements.js';

const message = { topic: 'order-paid', body: Buffer.from('{}') };

async function start<Context>(broker: ModelBroker, unitOfWork: UnitOfWork<Context>) {
  const coordinator = new TransactionCoordinator<Context>({
    engine: broker,
    unitOfWork,
    producerGroup: 'orders',
    clock: new NodeClock(),
    logger: silentLogger,
    synchronize: true,
    lockTimeoutMs: 50,
  });
  await coordinator.start();
  return { coordinator, [Symbol.asyncDispose]: () => coordinator.stop() };
}

function expectNothingSent(broker: ModelBroker): void {
  expect(broker.visible).toHaveLength(0);
  expect(broker.unresolved).toHaveLength(0);
}

describe('TypeORM on SQLite, whose transactions share one query runner', () => {
  it('a check does not take what is open there for committed', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'rmq-traps-'));
    const dataSource = sqliteDataSource(join(directory, 'orders.db'));
    const broker = new ModelBroker();
    {
      await using running = await start(broker, new TypeOrmUnitOfWork(dataSource));
      await using asked = await start(broker, new TypeOrmUnitOfWork(dataSource));
      const call = running.coordinator.run(message, async () => {
        await broker.check();
        throw new Error('payment refused');
      });
      await expect(call).rejects.toThrow('payment refused');
      expect(broker.ends.map(({ state }) => state)).not.toContain('COMMIT');
      expect(asked.coordinator.isRunning).toBe(true);
      await broker.check(); // about the copy that the first one stored
    }
    expectNothingSent(broker);
    await dataSource.destroy();
    rmSync(directory, { recursive: true });
  });
});

describeWhen(postgresRequirement, 'on PostgreSQL', () => {
  let server: PostgresServer;
  let dataSource: DataSource;
  let client: TestPrismaClient;
  beforeAll(async () => {
    server = await PostgresServer.start();
    dataSource = await server.dataSource().initialize();
    client = postgresPrisma(server.directory);
  }, 60_000);
  afterAll(async () => {
    await client.$disconnect();
    await dataSource.destroy();
    await server.stop();
  });
  beforeEach(async () => {
    await dataSource.query('DROP TABLE IF EXISTS orders');
    await dataSource.query('CREATE TABLE orders (id text PRIMARY KEY)');
  });
  const insert = (manager: EntityManager, id: string): Promise<unknown> =>
    manager.query('INSERT INTO orders (id) VALUES ($1)', [id]);
  const orders = async (): Promise<string[]> =>
    (await dataSource.query<{ id: string }[]>('SELECT id FROM orders ORDER BY id')).map(({ id }) => id);

  const withQuietAsides: [string, (own: DataSource) => UnitOfWork<EntityManager>][] = [
    ['TypeORM', (own) => new FailingOnlyInRun(own, dataSource)],
    ['nestjs-cls', (own) => new ClsUnitOfWork(typeOrmTransactionHost(own), new FailingOnlyInRun(own, dataSource))],
  ];
  it.each(withQuietAsides)('%s: a subscriber that throws after the commit takes no message back', async (_, make) => {
    const own = await server.dataSource().initialize();
    own.subscribers.push({
      afterTransactionCommit() {
        throw new Error('the mail server is away');
      },
    });
    const broker = new ModelBroker();
    // With its tables there already: their creation would meet the subscriber, too.
    await (await start(broker, new TypeOrmUnitOfWork(dataSource))).coordinator.stop();
    await using t = await start(broker, make(own));
    await t.coordinator.run(message, (manager) => insert(manager, 'a'));
    expect(broker.visible).toHaveLength(1);
    expect(await orders()).toEqual(['a']);
    await own.destroy();
  });

  it('TypeORM: a subscriber hears of a commit when a savepoint is released; the message waits for the real one', async () => {
    const own = await server.dataSource().initialize();
    const broker = new ModelBroker();
    const visibleThen: number[] = [];
    own.subscribers.push({ afterTransactionCommit: () => void visibleThen.push(broker.visible.length) });
    await using t = await start(broker, new TypeOrmUnitOfWork(own));
    visibleThen.length = 0;
    const call = t.coordinator.run(message, async (manager) => {
      await manager.transaction((nested) => insert(nested, 'a'));
      expect(visibleThen).toEqual([0]);
      throw new Error('payment refused');
    });
    await expect(call).rejects.toThrow('payment refused');
    expect(await orders()).toEqual([]);
    expectNothingSent(broker);
    await t.coordinator.stop();
    await own.destroy();
  });

  it('TypeORM: a savepoint that is rolled back leaves the rest and its message', async () => {
    const broker = new ModelBroker();
    await using t = await start(broker, new TypeOrmUnitOfWork(dataSource));
    await t.coordinator.run(message, async (manager) => {
      await insert(manager, 'a');
      const inner = manager.transaction(async (nested) => {
        await insert(nested, 'b');
        await insert(nested, 'a');
      });
      await expect(inner).rejects.toThrow(/duplicate key/);
      await insert(manager, 'c');
    });
    expect(await orders()).toEqual(['a', 'c']);
    expect(broker.visible).toHaveLength(1);
  });

  const adapters: [string, () => UnitOfWork<EntityManager>][] = [
    ['TypeORM', () => new TypeOrmUnitOfWork(dataSource)],
    ['nestjs-cls', () => new ClsUnitOfWork(typeOrmTransactionHost(dataSource), new TypeOrmUnitOfWork(dataSource))],
  ];
  it.each(adapters)(
    '%s: an error that the work swallowed has ended its transaction: no message',
    async (_name, make) => {
      const broker = new ModelBroker();
      await using t = await start(broker, make());
      const call = t.coordinator.run(message, async (manager) => {
        await insert(manager, 'a');
        await insert(manager, 'a').catch(() => undefined); // and COMMIT will be answered, by rolling back
      });
      await expect(call).rejects.toMatchObject({ code: 'TRANSACTION_LOST' });
      expect(await orders()).toEqual([]);
      expectNothingSent(broker);
    },
  );

  it('nestjs-cls: inside a transaction of somebody else’s, a message would not follow it', async () => {
    const broker = new ModelBroker();
    const host = typeOrmTransactionHost(dataSource);
    await using t = await start(broker, new ClsUnitOfWork(host, new TypeOrmUnitOfWork(dataSource)));
    await host.withTransaction(async () => {
      const call = t.coordinator.run(message, (manager) => insert(manager, 'a'));
      await expect(call).rejects.toMatchObject({ code: 'NESTED_UNIT_OF_WORK' });
    });
    expectNothingSent(broker);
  });

  it('nestjs-cls: whoever uses the host inside the work is part of it', async () => {
    const broker = new ModelBroker();
    const host = typeOrmTransactionHost(dataSource);
    await using t = await start(broker, new ClsUnitOfWork(host, new TypeOrmUnitOfWork(dataSource)));
    const repository = { save: (id: string) => insert(host.tx, id) }; // knows nothing of messages
    const refused = t.coordinator.run(message, async () => {
      await repository.save('a');
      throw new Error('payment refused');
    });
    await expect(refused).rejects.toThrow('payment refused');
    await t.coordinator.run(message, () => repository.save('b'));
    expect(await orders()).toEqual(['b']);
    expect(broker.visible).toHaveLength(1);
  });

  it('Prisma: an error that the work swallowed has ended its transaction: no message', async () => {
    const broker = new ModelBroker();
    await using t = await start(broker, new PrismaUnitOfWork(client, { dialect: 'postgres' }));
    const call = t.coordinator.run(message, async (transaction) => {
      await transaction.order.create({ data: { id: 'a' } });
      await transaction.order.create({ data: { id: 'a' } }).catch(() => undefined);
    });
    await expect(call).rejects.toMatchObject({ code: 'TRANSACTION_LOST' });
    expect(await orders()).toEqual([]);
    expectNothingSent(broker);
  });

  it('Prisma: the library’s own models read its tables', async () => {
    const broker = new ModelBroker();
    await using t = await start(broker, new PrismaUnitOfWork<TestTransactionClient>(client, { dialect: 'postgres' }));
    const { transactionId } = await t.coordinator.run(message, (transaction) =>
      transaction.order.create({ data: { id: 'a' } }),
    );
    const records = await client.rocketMqTransactionRecord.findMany();
    expect(records.find((record) => record.transactionId === transactionId)).toMatchObject({ state: 1 });
  });
});

describe.each<'PostgreSQL' | 'SQLite'>(['PostgreSQL', 'SQLite'])('Prisma on %s', (database) => {
  const isPostgres = database === 'PostgreSQL';
  const when = isPostgres && !postgresRequirement.met ? it.skip : it;
  const dialect = isPostgres ? 'postgres' : 'sqlite';
  let client: TestPrismaClient;
  let close: () => Promise<void> | void;
  beforeAll(async () => {
    if (isPostgres && !postgresRequirement.met) return;
    if (isPostgres) {
      const server = await PostgresServer.start();
      client = postgresPrisma(server.directory);
      close = () => server.stop();
    } else {
      const directory = mkdtempSync(join(tmpdir(), 'rmq-traps-'));
      client = sqlitePrisma(join(directory, 'orders.db'));
      close = () => rmSync(directory, { recursive: true });
    }
    await client.$executeRawUnsafe('CREATE TABLE orders (id text PRIMARY KEY)');
  }, 60_000);
  afterAll(async () => {
    await client?.$disconnect();
    await close?.();
  });
  beforeEach(() => client?.$executeRawUnsafe('DELETE FROM orders'));
  const orders = async (): Promise<string[]> => (await client.order.findMany()).map(({ id }) => id).sort();

  when('a transaction that took too long is rolled back, and so is its message', async () => {
    const broker = new ModelBroker();
    await using t = await start(broker, new PrismaUnitOfWork(client, { dialect, timeoutMs: 300 }));
    const call = t.coordinator.run(message, async (transaction) => {
      await transaction.order.create({ data: { id: 'a' } });
      await pause(600);
    });
    await expect(call).rejects.toMatchObject({ code: 'P2028' });
    expect(await orders()).toEqual([]);
    expectNothingSent(broker);
  });

  when(
    'a nested $transaction that fails takes only its own writes back; the message follows the outer one',
    async () => {
      const broker = new ModelBroker();
      await using t = await start(broker, new PrismaUnitOfWork(client, { dialect }));
      await t.coordinator.run(message, async (transaction) => {
        await transaction.order.create({ data: { id: 'a' } });
        const inner = transaction.$transaction(async (nested) => {
          await nested.order.create({ data: { id: 'b' } });
          throw new Error('no gift');
        });
        await expect(inner).rejects.toThrow('no gift');
        await transaction.order.create({ data: { id: 'c' } });
      });
      expect(await orders()).toEqual(['a', 'c']);
      expect(broker.visible).toHaveLength(1);
    },
  );

  when('a nested $transaction that succeeded is taken back with the outer one, and so is the message', async () => {
    const broker = new ModelBroker();
    await using t = await start(broker, new PrismaUnitOfWork(client, { dialect }));
    const call = t.coordinator.run(message, async (transaction) => {
      await transaction.$transaction((nested) => nested.order.create({ data: { id: 'a' } }));
      throw new Error('payment refused');
    });
    await expect(call).rejects.toThrow('payment refused');
    expect(await orders()).toEqual([]);
    expectNothingSent(broker);
  });
});

describeWhen(mariaDbRequirement, 'on MariaDB', () => {
  it('a deadlock that the work swallowed has ended its transaction: no message', async () => {
    const server = await MariaDbServer.start();
    const dataSource = await server.dataSource().initialize();
    await dataSource.query('CREATE TABLE orders (id varchar(20) PRIMARY KEY, amount int) ENGINE = InnoDB');
    await dataSource.query("INSERT INTO orders VALUES ('a', 0), ('b', 0)");
    const broker = new ModelBroker();
    const other = dataSource.createQueryRunner();
    try {
      await using t = await start(broker, new TypeOrmUnitOfWork(dataSource));
      // Whoever has changed less is the victim of a deadlock: not this one.
      await other.startTransaction();
      for (let i = 0; i < 50; i++) await other.query(`INSERT INTO orders VALUES ('other-${i}', 0)`);
      await other.query("UPDATE orders SET amount = 1 WHERE id = 'b'");
      const call = t.coordinator.run(message, async (manager) => {
        await manager.query("UPDATE orders SET amount = 2 WHERE id = 'a'");
        const theirs = other.query("UPDATE orders SET amount = 1 WHERE id = 'a'");
        await manager.query("UPDATE orders SET amount = 2 WHERE id = 'b'").catch(() => undefined);
        await theirs;
      });
      await expect(call).rejects.toMatchObject({ code: 'TRANSACTION_LOST' });
      await other.commitTransaction();
      expect(await dataSource.query("SELECT amount FROM orders WHERE id = 'a'")).toEqual([{ amount: 1 }]);
      expectNothingSent(broker);
    } finally {
      await other.release();
      await dataSource.destroy();
      await server.stop();
    }
  }, 60_000);
});

/** Its own short transactions go past the subscriber, which is about those of the application. */
class FailingOnlyInRun extends TypeOrmUnitOfWork {
  private readonly quiet: TypeOrmUnitOfWork;

  constructor(failing: DataSource, quiet: DataSource) {
    super(failing);
    this.quiet = new TypeOrmUnitOfWork(quiet);
  }

  override runAside: TypeOrmUnitOfWork['runAside'] = (work, patience) => this.quiet.runAside(work, patience);
}
