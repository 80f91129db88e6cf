import { QueryFailedError, type DataSource, type EntityManager } from 'typeorm';
import { NodeClock } from '../../../lib/engine/platform/node-clock.js';
import { OutboxService } from '../../../lib/transaction/index.js';
import { TypeOrmUnitOfWork } from '../../../lib/typeorm.js';
import { ModelOutboxProducer } from '../../support/model-outbox-producer.js';
import { PostgresServer, postgresRequirement } from '../../support/postgres.js';
import { describeWhen } from '../../support/requirements.js';

describeWhen(postgresRequirement, 'PostgreSQL by TypeORM', () => {
  let server: PostgresServer;
  let dataSource: DataSource;
  let outbox: OutboxService<EntityManager>;
  let client: { processID: number; query: (...args: unknown[]) => unknown };
  beforeAll(async () => (server = await PostgresServer.start()));
  afterAll(() => server.stop());
  beforeEach(async () => {
    dataSource = await server.dataSource(1).initialize();
    const unitOfWork = new TypeOrmUnitOfWork(dataSource);
    const producer = { group: 'orders' };
    const settings = { unitOfWork, producer, clock: new NodeClock(), synchronize: true, relay: false };
    outbox = new OutboxService({ engine: new ModelOutboxProducer(), ...settings });
    await outbox.start();
    await dataSource.query('CREATE TABLE IF NOT EXISTS orders (id integer PRIMARY KEY)');
    await dataSource.query('DELETE FROM orders');
    await dataSource.query('DELETE FROM rmq_outbox');
    const runner = dataSource.createQueryRunner();
    client = (await runner.connect()) as typeof client; // of a pool of one
    await runner.release();
  });
  afterEach(async () => {
    await outbox.stop();
    await dataSource.destroy();
  });

  const place = (id: number, ...messageIds: string[]) =>
    outbox.run(async (manager, out) => {
      await manager.query('INSERT INTO orders (id) VALUES ($1)', [id]);
      for (const messageId of messageIds)
        out.add({ topic: 'orders', body: Buffer.from([0, 255, id]), shardingKey: 'ada', messageId });
    });
  const prepared = async (): Promise<string[]> => {
    const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM pg_prepared_statements ORDER BY name');
    return rows.map(({ name }) => name);
  };

  it('adds messages, their order kept, without a round trip of their own', async () => {
    const sent = jest.spyOn(client, 'query');
    await place(1, 'M-1');
    await place(2, 'M-2', 'M-3');
    expect(sent).toHaveBeenCalledTimes(6); // BEGIN, the order, what is added with COMMIT
    const rows = await dataSource.query<object[]>('SELECT msg_uid, body, props FROM rmq_outbox ORDER BY id');
    const bodies = [1, 2, 2].map((id) => Buffer.from([0, 255, id]));
    expect(rows).toEqual(bodies.map((body, i) => ({ msg_uid: `M-${i + 1}`, body, props: null })));
  });

  it('has the server keep what is always the same', async () => {
    for (let id = 1; id <= 3; id++) await place(id, `M-${id}`);
    expect(await prepared()).toEqual(['rmq_commit', 'rmq_outbox_insert', 'rmq_outbox_lock']);
  });

  it('has nothing kept where a pool is between, whose next transaction may reach another connection', async () => {
    Object.assign(client, { processID: client.processID + 1 });
    for (let id = 1; id <= 3; id++) await place(id, `M-${id}`);
    expect(await prepared()).toEqual([]);
    expect(await dataSource.query('SELECT count(*)::int AS n FROM rmq_outbox')).toEqual([{ n: 3 }]);
  });

  it('keeps nothing of a transaction whose messages are refused, and goes on with the next', async () => {
    await place(1, 'M-1');
    for (const id of [2, 3]) {
      const refused = place(id, 'M-1');
      await expect(refused).rejects.toThrow(QueryFailedError);
      await expect(refused).rejects.toMatchObject({ driverError: { code: '23505' } });
    }
    await place(4, 'M-4');
    expect(await dataSource.query('SELECT id FROM orders ORDER BY id')).toEqual([{ id: 1 }, { id: 4 }]);
    expect(await prepared()).toContain('rmq_outbox_insert');
  });

  it('tells what the server says to COMMIT', async () => {
    await dataSource.query(`CREATE TABLE lines (order_id integer REFERENCES orders DEFERRABLE INITIALLY DEFERRED)`);
    const failing = outbox.run(async (manager, out) => {
      await manager.query('INSERT INTO lines (order_id) VALUES (404)');
      out.add({ topic: 'orders', body: Buffer.from('x') });
    });
    await expect(failing).rejects.toMatchObject({ driverError: { code: '23503' } });
    expect(await outbox.status()).toMatchObject({ waiting: 0 });
    await dataSource.query('DROP TABLE lines');
  });
});
