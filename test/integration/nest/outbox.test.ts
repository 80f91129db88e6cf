import { setTimeout as pause } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { concatMap, from, of, tap, throwError } from 'rxjs';
import type { DataSource, EntityManager } from 'typeorm';
import { Idempotent } from '../../../lib/decorators/idempotent.js';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { Inbox, OutboxService } from '../../../lib/transaction/index.js';
import { MqAdmin } from '../../../lib/transport/mq.admin.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { RocketContext } from '../../../lib/transport/rocketmq.context.js';
import { TypeOrmUnitOfWork } from '../../../lib/typeorm.js';
import { sqliteDataSource } from '../../support/databases.js';
import { bothWays, Cluster, Journal } from './cluster.js';

jest.setTimeout(30_000);

describe.each(bothWays)('outbox and inbox with an engine reached %s', (reached) => {
  const cluster = new Cluster(reached);
  let dataSource: DataSource;
  let unitOfWork: TypeOrmUnitOfWork;
  let journal: Journal;

  @Controller()
  class Listener {
    @RocketListener('outbox-order', '*', `outbox-points-${reached.replace(' ', '-')}`, {
      consumeFrom: 'first',
      mode: 'orderly',
    })
    handle(order: { id: string }) {
      journal.write(order.id);
    }
  }

  beforeAll(() => cluster.start());
  beforeEach(async () => {
    journal = new Journal();
    dataSource = await sqliteDataSource().initialize();
    unitOfWork = new TypeOrmUnitOfWork(dataSource);
    await dataSource.query('CREATE TABLE orders (id text PRIMARY KEY)');
    await dataSource.query('CREATE TABLE points (key text, total integer)');
  });
  afterEach(async () => {
    await cluster.closeApps();
    await dataSource.destroy();
  });
  afterAll(() => cluster.stop());

  const insert = (id: string) => (manager: EntityManager) => manager.query('INSERT INTO orders VALUES (?)', [id]);
  const outbox = () => ({ unitOfWork, synchronize: true });

  it('messages that are known inside only are sent if and only if the transaction commits', async () => {
    const app = await cluster.startApp({ controllers: [Listener], mq: { outbox: outbox() } });
    const template = app.get(RocketTemplate);
    const refused = template.sendInTransaction(async (manager: EntityManager, out) => {
      await insert('refused')(manager);
      out.add('outbox-order', { id: 'refused' });
      throw new Error('payment refused');
    });
    await expect(refused).rejects.toThrow('payment refused');
    const ids = await template.sendInTransaction(async (manager: EntityManager, out) => {
      await insert('o-1')(manager);
      return ['placed', 'paid', 'packed'].map((id) => out.add('outbox-order', { id }, { shardingKey: 'o-1' }));
    });
    expect(ids).toHaveLength(3);
    expect(await journal.have(3)).toEqual(['placed', 'paid', 'packed']);
    expect(app.get(MqAdmin).outbox).toBe(app.get(OutboxService));
    // A message may be handled before its sender has counted it.
    for (let look = 0; look < 300 && app.get(OutboxService).counts.sent < 3; look++) await pause(10);
    expect(app.get(OutboxService).counts).toEqual({ sent: 3, failed: 0, parked: 0 });
    expect(await dataSource.query('SELECT id FROM orders')).toEqual([{ id: 'o-1' }]);
  });

  it('the outbox takes by itself what a half message cannot be', async () => {
    const transaction = { unitOfWork, producerGroup: 'outbox-orders', synchronize: true };
    const app = await cluster.startApp({ controllers: [Listener], mq: { transaction, outbox: { synchronize: true } } });
    const template = app.get(RocketTemplate);
    const send = (id: string, settings = {}) =>
      template.sendInTransaction('outbox-order', { id }, (manager: EntityManager) => insert(id)(manager), settings);

    expect((await send('half')).transactionId).toBeDefined();
    for (const settings of [{ delay: 1 }, { delayLevel: 1 }, { shardingKey: 'k' }]) {
      const sent = await send(JSON.stringify(settings), settings);
      expect(sent).toMatchObject({ isConfirmed: false });
      expect(sent.transactionId).toBeUndefined();
    }
    const inner = await unitOfWork.run(() => send('inside'));
    expect(inner.transactionId).toBeUndefined();
    const two = await template.sendInTransaction(
      'outbox-order',
      { id: 'first' },
      async (manager: EntityManager, out) => {
        await insert('first')(manager);
        out.add('outbox-order', { id: 'second' });
      },
    );
    expect(two.transactionId).toBeDefined();

    const all = ['half', '{"delay":1}', '{"delayLevel":1}', '{"shardingKey":"k"}', 'inside', 'first', 'second'];
    expect((await journal.have(all.length)).toSorted()).toEqual(all.toSorted());
  });

  it('an idempotent listener applies a message once, in the transaction of its handler', async () => {
    const seen = new Journal();
    let failures = 2;
    @Controller()
    class Points {
      @RocketListener('outbox-paid', 'a || b', `inbox-${reached.replace(' ', '-')}`, { consumeFrom: 'first' })
      @Idempotent({ key: ({ keys }) => keys[0] })
      async apply(_: unknown, @Ctx() context: RocketContext) {
        const [key] = context.getKeys();
        await context.getTransaction<EntityManager>().query('INSERT INTO points VALUES (?, 1)', [key]);
        if (key === 'fails' && failures-- > 0) throw new Error('try later');
        seen.write(key);
      }

      @Idempotent()
      @RocketListener('outbox-paid', 'c', `inbox-${reached.replace(' ', '-')}`)
      stream(_: unknown, @Ctx() context: RocketContext) {
        const manager = context.getTransaction<EntityManager>();
        return from(manager.query("INSERT INTO points VALUES ('stream', 1)")).pipe(
          concatMap(() => (failures-- > 0 ? throwError(() => new Error('try later')) : of('done'))),
          tap(() => seen.write('stream')),
        );
      }
    }
    const app = await cluster.startApp({ controllers: [Points], mq: { inbox: { unitOfWork, synchronize: true } } });
    const template = app.get(RocketTemplate);
    const counts = app.get(MqAdmin).inbox.counts;
    expect(app.get(Inbox).counts).toBe(counts);

    for (const key of ['one', 'one', 'two', 'fails', 'one']) await template.send('outbox-paid:a', {}, { keys: key });
    await template.send('outbox-paid:b', {}, { keys: 'one' }); // of another tag: another effect
    await template.send('outbox-paid:c', {});
    await seen.until(() => seen.entries.length >= 5 && counts.duplicates >= 2);
    expect(seen.entries.toSorted()).toEqual(['fails', 'one', 'one', 'stream', 'two']);
    await cluster.closeApps(); // so that what was seen last is committed
    expect(counts).toMatchObject({ applied: 5, duplicates: 2, failed: 2 });
    expect(await dataSource.query('SELECT key, sum(total) AS n FROM points GROUP BY key ORDER BY key')).toEqual([
      { key: 'fails', n: 1 },
      { key: 'one', n: 2 },
      { key: 'stream', n: 1 },
      { key: 'two', n: 1 },
    ]);
  });

  it('an idempotent listener without an inbox is refused at the start, and so is one of batches', async () => {
    @Controller()
    class NoInbox {
      @RocketListener('outbox-paid', '*', 'no-inbox')
      @Idempotent()
      apply() {
        return 'never';
      }
    }
    await expect(cluster.startApp({ controllers: [NoInbox] })).rejects.toThrow(
      /inbox: is missing .* NoInbox\.apply is idempotent/,
    );
    await cluster.closeApps();
    @Controller()
    class Batches {
      @RocketListener('outbox-paid', '*', 'batches', { batch: { size: 2 }, idempotency: true })
      apply() {
        return 'never';
      }
    }
    const mq = { inbox: { unitOfWork, synchronize: true } };
    await expect(cluster.startApp({ controllers: [Batches], mq })).rejects.toThrow(/idempotency: works message by/);
  });

  it.each(['outbox', 'inbox'])('%s without a unit of work is refused by name', async (option) => {
    await expect(cluster.startApp({ mq: { [option]: {} } })).rejects.toMatchObject({ field: `${option}.unitOfWork` });
  });

  it('without its option, the outbox is missed by name', async () => {
    const app = await cluster.startApp({});
    expect(() => app.get(MqAdmin).outbox).toThrow(/outbox: is missing/);
    const sending = app.get(RocketTemplate).sendInTransaction(() => Promise.resolve());
    await expect(sending).rejects.toThrow(/transaction: is missing/);
  });
});
