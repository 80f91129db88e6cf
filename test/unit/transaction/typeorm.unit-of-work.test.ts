import { DataSource, type EntityManager, type EntitySubscriberInterface } from 'typeorm';
import Database from 'libsql';
import { VirtualClock } from '../../../lib/testing/virtual-clock.js';
import { libraryTables } from '../../../lib/transaction/library-tables.js';
import { CreateRocketMqTables, TypeOrmUnitOfWork } from '../../../lib/typeorm.js';
import { sqliteDataSource } from '../../support/databases.js';

const patience = { lockTimeoutMs: 1_000, signal: new AbortController().signal };

async function setUp() {
  const dataSource = sqliteDataSource();
  const clock = new VirtualClock();
  const unitOfWork = new TypeOrmUnitOfWork(dataSource, { clock });
  await unitOfWork.open();
  await dataSource.query('CREATE TABLE orders (id text PRIMARY KEY)');
  const insert = (manager: EntityManager, id: string) => manager.query('INSERT INTO orders (id) VALUES (?)', [id]);
  const orders = async () =>
    (await dataSource.query<{ id: string }[]>('SELECT id FROM orders ORDER BY id')).map(({ id }) => id);
  return { clock, dataSource, unitOfWork, insert, orders, [Symbol.asyncDispose]: () => dataSource.destroy() };
}

it('initializes the data source when nobody has, and makes commits durable', async () => {
  await using t = await setUp();
  expect(t.dataSource.isInitialized).toBe(true);
  expect(await t.dataSource.query('PRAGMA synchronous')).toEqual([{ synchronous: 2 }]);
  await new TypeOrmUnitOfWork(t.dataSource).open();
});

it('commits what resolves and rolls back what rejects', async () => {
  await using t = await setUp();
  await t.unitOfWork.run((manager) => t.insert(manager, 'a'));
  const failing = t.unitOfWork.run(async (manager) => {
    await t.insert(manager, 'b');
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await t.orders()).toEqual(['a']);
});

it('takes turns on the one connection, also with a second unit of work on the same data source', async () => {
  await using t = await setUp();
  const second = new TypeOrmUnitOfWork(t.dataSource);
  const failing = t.unitOfWork
    .run(async (manager) => {
      await t.insert(manager, 'a');
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error('no');
    })
    .catch(() => 'rolled back');
  const other = second.run((manager) => t.insert(manager, 'b'));
  const aside = t.unitOfWork.runAside((manager) => t.insert(manager, 'c'), patience);
  await Promise.all([failing, other, aside]);
  expect(await t.orders()).toEqual(['b', 'c']);
});

it('refuses a unit of work inside another', async () => {
  await using t = await setUp();
  const nested = t.unitOfWork.run(() => t.unitOfWork.run((manager) => t.insert(manager, 'a')));
  await expect(nested).rejects.toMatchObject({ code: 'NESTED_UNIT_OF_WORK' });
});

it('takes what was started inside, and goes on after it, for no part of it', async () => {
  await using t = await setUp();
  let later: Promise<unknown> = Promise.resolve();
  await t.unitOfWork.run(async (manager) => {
    await t.insert(manager, 'a');
    later = new Promise((resolve) => setImmediate(resolve)).then(() =>
      t.unitOfWork.run((inner) => t.insert(inner, 'b')),
    );
  });
  await later;
  expect(await t.orders()).toEqual(['a', 'b']);
});

it('waits for a transaction that was opened past it, instead of becoming a part of it', async () => {
  await using t = await setUp();
  const foreign = t.dataSource
    .transaction(async (manager) => {
      await t.insert(manager, 'foreign');
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error('rolled back');
    })
    .catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  const ours = t.unitOfWork.run((manager) => t.insert(manager, 'ours'));
  await t.clock.advance(10);
  await Promise.all([ours, foreign]);
  expect(await t.orders()).toEqual(['ours']);
});

it('says what to do when such a transaction stays open', async () => {
  await using t = await setUp();
  let release: () => void = () => {};
  const foreign = t.dataSource.transaction(() => new Promise<void>((resolve) => (release = resolve)));
  const ours = expect(t.unitOfWork.run((manager) => t.insert(manager, 'ours'))).rejects.toMatchObject({
    code: 'FOREIGN_TRANSACTION',
  });
  await t.clock.advance(5_002);
  await ours;
  release();
  await foreign;
});

it('rejects although it has committed when a subscriber throws after the commit', async () => {
  await using t = await setUp();
  const subscriber: EntitySubscriberInterface = {
    afterTransactionCommit: () => Promise.reject(new Error('mail not sent')),
  };
  t.dataSource.subscribers.push(subscriber);
  await expect(t.unitOfWork.run((manager) => t.insert(manager, 'a'))).rejects.toThrow('mail not sent');
  t.dataSource.subscribers.pop();
  expect(await t.orders()).toEqual(['a']);
  await t.unitOfWork.run((manager) => t.insert(manager, 'b'));
  expect(await t.orders()).toEqual(['a', 'b']);
});

it('runs statements inside the transaction of the given manager only', async () => {
  await using t = await setUp();
  const rows = await t.unitOfWork.run(async (manager) => {
    await t.unitOfWork.query(manager, 'INSERT INTO orders (id) VALUES (?)', ['a']);
    return t.unitOfWork.query(manager, 'UPDATE orders SET id = ? WHERE id = ? RETURNING id', ['b', 'a']);
  });
  expect(rows).toEqual([{ id: 'b' }]);
  await expect(t.unitOfWork.query(t.dataSource.manager, 'SELECT 1')).rejects.toMatchObject({ field: 'context' });
});

it('refuses databases that it does not know, naming those that it does', () => {
  const dataSource = new DataSource({ type: 'sqljs', driver: {} });
  expect(() => new TypeOrmUnitOfWork(dataSource)).toThrow(/"sqljs".*better-sqlite3, mariadb, mysql, postgres/);
});

it('asks PostgreSQL when its driver has passed an error on but not heard the end of it yet', async () => {
  const unitOfWork = new TypeOrmUnitOfWork(new DataSource({ type: 'postgres' }));
  const failed = new Error('current transaction is aborted');
  const contextOf = (readyForQuery: boolean): EntityManager =>
    ({
      queryRunner: {
        connect: async () => ({ readyForQuery, getTransactionStatus: () => 'T' }),
        query: () => Promise.reject(failed),
      },
    }) as unknown as EntityManager;
  await expect(unitOfWork.refuseLost(contextOf(true))).resolves.toBeUndefined();
  await expect(unitOfWork.refuseLost(contextOf(false))).rejects.toMatchObject({ code: 'TRANSACTION_LOST' });
});

it('brings a migration that creates and drops the tables', async () => {
  const dataSource = new DataSource({
    type: 'better-sqlite3',
    driver: Database,
    database: ':memory:',
    migrations: [CreateRocketMqTables],
  });
  await dataSource.initialize();
  const tables = () =>
    dataSource.query<unknown[]>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'rmq%' ORDER BY name",
    );
  try {
    await dataSource.runMigrations();
    expect(await tables()).toEqual(
      libraryTables.map(({ name }) => ({ name })).sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
    await dataSource.undoLastMigration();
    expect(await tables()).toEqual([]);
  } finally {
    await dataSource.destroy();
  }
});
