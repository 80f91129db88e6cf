// Two services over one PostgreSQL, each in a process of its own until it is killed: orders are
// placed in transactions, and each is worth one row of points. The first message says which it is.
import { subscribe } from 'node:diagnostics_channel';
import { setTimeout as pause } from 'node:timers/promises';
import { DataSource, type EntityManager } from 'typeorm';
import { connectEngine, NodeClock, silentLogger, type Engine } from '../../lib/engine/index.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import {
  Inbox,
  TransactionCoordinator,
  transactionStepChannel,
  type TransactionStep,
  type TransactionStepEvent,
  type TransactionTuning,
} from '../../lib/transaction/index.js';
import { TypeOrmUnitOfWork } from '../../lib/typeorm.js';

export interface ServiceOrder {
  role: 'orders' | 'points';
  topic: string;
  nameServers: string[];
  /** Directory of the database's socket. */
  host: string;
  /** Sets the orders of this process apart. */
  name: string;
  /** Transactions at a time; 0: none, it only finishes what others left. */
  inFlight: number;
  seed: number;
  tuning: Partial<TransactionTuning>;
  /** SIGKILL itself when one of its transactions has come there, at the n-th time. */
  dieAt?: { step: TransactionStep; times: number };
}

async function takeOrders(order: ServiceOrder, engine: Engine, dataSource: DataSource): Promise<void> {
  const { dieAt, inFlight, name, topic, tuning } = order;
  let times = 0;
  subscribe(transactionStepChannel, (event) => {
    if ((event as TransactionStepEvent).step === dieAt?.step && ++times === dieAt.times)
      process.kill(process.pid, 'SIGKILL');
  });
  const coordinator = new TransactionCoordinator<EntityManager>({
    engine,
    unitOfWork: new TypeOrmUnitOfWork(dataSource),
    producerGroup: `${topic}-orders`,
    producer: { sendMsgTimeoutMs: 1_000 },
    clock: new NodeClock(),
    logger: silentLogger,
    ...tuning,
  });
  await coordinator.start();
  process.send!('ready');
  const random = seededRandom(order.seed);
  let serial = 0;
  const worker = async (): Promise<void> => {
    for (;;) {
      const id = `${name}-${++serial}`;
      const message = { topic, keys: id, body: Buffer.from(id) };
      await coordinator
        .run(message, async (manager) => {
          await manager.query('INSERT INTO orders (id) VALUES ($1)', [id]);
          await pause(random.nextInt(20));
          if (random.nextInt(5) === 0) throw new Error('payment refused');
        })
        .catch(() => pause(10)); // the books tell
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

async function givePoints({ topic }: ServiceOrder, engine: Engine, dataSource: DataSource): Promise<void> {
  const group = `${topic}-points`;
  const inbox = new Inbox<EntityManager>({ unitOfWork: new TypeOrmUnitOfWork(dataSource) });
  await inbox.start();
  const consumer = engine.createPushConsumer({
    group,
    subscriptions: [{ topic }],
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    listener: {
      mode: 'concurrent',
      consume: async (messages) => {
        for (const { body } of messages) {
          const id = body.toString();
          await inbox.once({ group, key: id }, async (manager) => {
            await manager.query('INSERT INTO points (order_id) VALUES ($1)', [id]);
          });
        }
        return { status: 'SUCCESS' };
      },
    },
  });
  await consumer.start();
  process.send!('ready');
}

async function main(order: ServiceOrder): Promise<void> {
  process.once('disconnect', () => process.exit()); // nobody wants to know any more
  const { host, nameServers } = order;
  const engine = await connectEngine({ nameServers, logger: silentLogger });
  const dataSource = new DataSource({ type: 'postgres', host, username: 'test', database: 'postgres', poolSize: 12 });
  if (order.role === 'orders') await takeOrders(order, engine, dataSource);
  else await givePoints(order, engine, dataSource);
}

if (process.send) process.once('message', (order: ServiceOrder) => void main(order));
