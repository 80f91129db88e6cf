import { Controller, Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { Topic } from '../../../lib/decorators/topic.js';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { TransactionCheck } from '../../../lib/decorators/transaction-check.js';
import type { HalfMessageHandle, ReceivedMessage, TransactionState } from '../../../lib/engine/index.js';
import { TypeOrmUnitOfWork } from '../../../lib/typeorm.js';
import { MqAdmin } from '../../../lib/transport/mq.admin.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { RocketMqServer } from '../../../lib/transport/rocketmq.server.js';
import { sqliteDataSource } from '../../support/databases.js';
import { bothWays, Cluster, Journal } from './cluster.js';

jest.setTimeout(30_000);

interface OrderPaid {
  id: string;
}
const orderPaid = new Topic<OrderPaid>('tx-order', { tag: 'paid' });

describe.each(bothWays)('transactions with an engine reached %s', (reached) => {
  const cluster = new Cluster(reached);
  let dataSource: DataSource;
  let journal: Journal;

  @Controller()
  class Listener {
    @RocketListener(orderPaid, undefined, 'tx-points', { consumeFrom: 'first' })
    handle({ id }: OrderPaid) {
      journal.write(id);
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

  const settings = () => ({
    unitOfWork: new TypeOrmUnitOfWork(dataSource),
    producerGroup: 'tx-orders',
    synchronize: true,
  });
  const insert = (id: string) => async (manager: EntityManager) => {
    await manager.query('INSERT INTO orders VALUES (?)', [id]);
    return id;
  };

  it('a message is delivered if and only if its transaction commits', async () => {
    const app = await cluster.startApp({ controllers: [Listener], mq: { transaction: settings() } });
    const template = app.get(RocketTemplate);
    const refused = template.sendInTransaction(orderPaid, { id: 'refused' }, async (manager: EntityManager) => {
      await insert('refused')(manager);
      throw new Error('payment refused');
    });
    await expect(refused).rejects.toThrow('payment refused');
    const result = await template.sendInTransaction(orderPaid, { id: 'paid' }, insert('paid'), { keys: 'paid' });

    expect(result).toMatchObject({ value: 'paid', isConfirmed: true });
    expect(await journal.have(1)).toEqual(['paid']);
    expect(await dataSource.query('SELECT id FROM orders')).toEqual([{ id: 'paid' }]);
    const records = await app.get(MqAdmin).transactionRecords();
    expect(records.map(({ producerGroup, count }) => `${producerGroup}: ${count}`)).toEqual(['tx-orders: 1']);
  });

  it('@TransactionCheck answers for half messages that the coordinator did not send', async () => {
    const asked = new Journal();
    @Injectable()
    class Checks {
      private readonly answers: Record<string, TransactionState> = { known: 'COMMIT', unknown: 'ROLLBACK' };

      @TransactionCheck({ topic: 'tx-order' })
      check(message: ReceivedMessage, handle: HalfMessageHandle): Promise<TransactionState> {
        const { id } = JSON.parse(message.body.toString()) as OrderPaid;
        asked.write(`${id} of ${handle.producerGroup}`);
        return Promise.resolve(this.answers[id]);
      }
    }
    const sender = await cluster.startApp({});
    const engine = await sender.get(RocketMqServer).unwrap();
    const foreign = engine.createTransactionProducer({ group: 'tx-orders', checker: () => Promise.resolve('UNKNOWN') });
    await foreign.start();
    for (const id of ['known', 'unknown'])
      await foreign.sendHalf({ topic: 'tx-order', tag: 'paid', body: Buffer.from(JSON.stringify({ id })) });
    await cluster.closeApps(); // before it could end them

    await cluster.startApp({ controllers: [Listener], providers: [Checks], mq: { transaction: settings() } });
    expect([...(await asked.have(2))].sort()).toEqual(['known of tx-orders', 'unknown of tx-orders']);
    expect(await journal.have(1)).toEqual(['known']);
  });

  it('two checks for the same topic contradict each other', async () => {
    @Injectable()
    class Checks {
      @TransactionCheck({ topic: 't' })
      one() {
        return Promise.resolve('COMMIT');
      }

      @TransactionCheck({ topic: 't' })
      two() {
        return Promise.resolve('ROLLBACK');
      }
    }
    const app = await cluster.createApp({ providers: [Checks], mq: { transaction: settings() } });
    await expect(app.init()).rejects.toThrow(/Checks.one and Checks.two both answer for topic t/);
  });
});
