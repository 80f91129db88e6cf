// Two services over one PostgreSQL, each in a process of its own until it is killed: orders whose
// messages go by the outbox, and points that the inbox gives once. The first message says which it is.
import { DataSource, type EntityManager } from 'typeorm';
import { connectEngine, NodeClock, silentLogger, type Engine } from '../../lib/engine/index.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { Inbox, OutboxService } from '../../lib/transaction/index.js';
import { TypeOrmUnitOfWork } from '../../lib/typeorm.js';

export interface ShopOrder {
  role: 'orders' | 'points';
  nameServers: string[];
  /** Directory of the database's socket. */
  host: string;
  /** Sets the orders of this process apart. */
  name: string;
  /** Orders that it places; it relays until it is killed. */
  orders: number;
  seed: number;
  /** The points service kills itself there, at the n-th message: its work is done and not committed, or not acknowledged. */
  dieAt?: { moment: 'before commit' | 'before acknowledgement'; times: number };
}

export const customers = ['ada', 'bob', 'cyd', 'dan', 'eve'];

async function takeOrders({ name, orders, seed }: ShopOrder, engine: Engine, dataSource: DataSource): Promise<void> {
  const outbox = new OutboxService<EntityManager>({
    engine,
    unitOfWork: new TypeOrmUnitOfWork(dataSource),
    producer: { group: 'orders', sendMsgTimeoutMs: 500 },
    clock: new NodeClock(),
    ...{ leaseMs: 1_000, pollIntervalMs: 20, retryMs: 50 },
  });
  await outbox.start();
  process.send!('ready');
  const random = seededRandom(seed);
  for (let serial = 0; serial < orders; serial++) {
    const id = `${name}-${serial}`;
    const customer = customers[random.nextInt(customers.length)];
    const amount = 1 + random.nextInt(100);
    await outbox.run(async (manager, out) => {
      await manager.query('INSERT INTO orders (id, customer, amount) VALUES ($1, $2, $3)', [id, customer, amount]);
      const shardingKey = random.nextInt(2) === 0 ? customer : undefined;
      out.add({ topic: 'order-paid', keys: id, shardingKey, body: Buffer.from(JSON.stringify({ customer, amount })) });
    });
  }
}

async function givePoints({ dieAt }: ShopOrder, engine: Engine, dataSource: DataSource): Promise<void> {
  const inbox = new Inbox<EntityManager>({ unitOfWork: new TypeOrmUnitOfWork(dataSource), clock: new NodeClock() });
  await inbox.start();
  let times = 0;
  const come = (moment: string): void => {
    if (dieAt?.moment === moment && ++times === dieAt.times) process.kill(process.pid, 'SIGKILL');
  };
  const consumer = engine.createPushConsumer({
    group: 'points',
    subscriptions: [{ topic: 'order-paid' }],
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    listener: {
      mode: 'concurrent',
      consume: async ([{ keys, body }]) => {
        await dataSource.query('INSERT INTO deliveries (id) VALUES ($1)', [keys[0]]);
        const { customer, amount } = JSON.parse(body.toString()) as { customer: string; amount: number };
        await inbox.once({ group: 'points', key: keys[0] }, async (manager) => {
          await manager.query('UPDATE accounts SET points = points + $1 WHERE customer = $2', [amount, customer]);
          come('before commit');
        });
        come('before acknowledgement');
        return { status: 'SUCCESS' };
      },
    },
  });
  await consumer.start();
  process.send!('ready');
}

async function main(order: ShopOrder): Promise<void> {
  process.once('disconnect', () => process.exit()); // nobody wants to know any more
  const { host, nameServers, role } = order;
  const engine = await connectEngine({ nameServers, logger: silentLogger });
  const dataSource = new DataSource({ type: 'postgres', host, username: 'test', database: 'postgres', poolSize: 12 });
  await (role === 'orders' ? takeOrders(order, engine, dataSource) : givePoints(order, engine, dataSource));
}

if (process.send) process.once('message', (order: ShopOrder) => void main(order));
