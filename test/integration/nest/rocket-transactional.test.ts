import { Controller, Injectable, Scope, type OnModuleInit } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { RocketTransactional, TransactionContext } from '../../../lib/decorators/rocket-transactional.js';
import { Topic } from '../../../lib/decorators/topic.js';
import { TypeOrmUnitOfWork } from '../../../lib/typeorm.js';
import { sqliteDataSource } from '../../support/databases.js';
import { Cluster, Journal } from './cluster.js';

jest.setTimeout(30_000);

interface Order {
  id: string;
  isPaid: boolean;
}
const orderPlaced = new Topic<{ order: string }>('transactional-order', { tag: 'placed' });

describe('@RocketTransactional', () => {
  const cluster = new Cluster('in memory');
  let dataSource: DataSource;
  let journal: Journal;

  @Injectable()
  class Orders {
    @RocketTransactional({
      topic: orderPlaced,
      keys: (order: Order) => order.id,
      body: ({ id }: Order) => ({ order: id }),
      headers: () => ({ source: 'web' }),
    })
    async place(order: Order, @TransactionContext() manager?: EntityManager): Promise<string> {
      await manager?.query('INSERT INTO orders VALUES (?)', [order.id]);
      if (!order.isPaid) throw new Error('payment refused');
      return `order ${order.id}`;
    }
  }

  @Controller()
  class Listener {
    @RocketListener(orderPlaced, undefined, 'transactional-points', { consumeFrom: 'first' })
    handle({ order }: { order: string }) {
      journal.write(order);
    }
  }

  beforeAll(() => cluster.start());
  beforeEach(async () => {
    journal = new Journal();
    dataSource = await sqliteDataSource().initialize();
    await dataSource.query('CREATE TABLE orders (id text PRIMARY KEY)');
  });
  afterEach(async () => {
    await cluster.closeApps();
    await dataSource.destroy();
  });
  afterAll(() => cluster.stop());

  const mq = () => ({
    transaction: { unitOfWork: new TypeOrmUnitOfWork(dataSource), producerGroup: 'transactional', synchronize: true },
  });

  it('a call is a transaction with its message, both or neither', async () => {
    const app = await cluster.startApp({ controllers: [Listener], providers: [Orders], mq: mq() });
    const orders = app.get(Orders);
    await expect(orders.place({ id: 'refused', isPaid: false })).rejects.toThrow('payment refused');
    expect(await orders.place({ id: 'paid', isPaid: true })).toBe('order paid');
    expect(await journal.have(1)).toEqual(['paid']);
    expect(await dataSource.query('SELECT id FROM orders')).toEqual([{ id: 'paid' }]);
  });

  it('may be called by the hooks of the application', async () => {
    @Injectable()
    class Starter implements OnModuleInit {
      constructor(private readonly orders: Orders) {}

      async onModuleInit(): Promise<void> {
        await this.orders.place({ id: 'first', isPaid: true });
      }
    }
    await cluster.startApp({ controllers: [Listener], providers: [Orders, Starter], mq: mq() });
    expect(await journal.have(1)).toContain('first');
  });

  it('refuses calls outside of an application: nobody would send the message', async () => {
    await expect(new Orders().place({ id: 'alone', isPaid: true })).rejects.toThrow(
      /Orders.place is @RocketTransactional.*has started/,
    );
  });

  it('wants a module with transactions', async () => {
    const app = await cluster.createApp({ providers: [Orders] });
    await expect(app.init()).rejects.toThrow(/Orders.place is @RocketTransactional.*no option transaction/);
  });

  it('wants a class that lives as long as the application', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {
      @RocketTransactional({ topic: 'transactional-order' })
      async place(): Promise<void> {
        // never called
      }
    }
    const app = await cluster.createApp({ providers: [PerRequest], mq: mq() });
    await expect(app.init()).rejects.toThrow(/PerRequest.place belongs to a class that is made for each request/);
  });
});
