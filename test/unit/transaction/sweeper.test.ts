import type { EntityManager } from 'typeorm';
import { sleep } from '../../../lib/engine/common/sleep.js';
import { silentLogger } from '../../../lib/engine/ports/logger.js';
import { VirtualClock } from '../../../lib/testing/virtual-clock.js';
import { TransactionCoordinator } from '../../../lib/transaction/transaction-coordinator.js';
import { TypeOrmUnitOfWork } from '../../../lib/transaction/typeorm.unit-of-work.js';
import { sqliteDataSource } from '../../support/databases.js';
import { ModelBroker } from '../../support/model-broker.js';

const message = { topic: 'order-paid', keys: 'order-1', body: Buffer.from('{}') };
const nothing = () => Promise.resolve();

async function setUp(sweepIntervalMs = 5_000, keepPayload = false) {
  const dataSource = await sqliteDataSource().initialize();
  const broker = new ModelBroker();
  const clock = new VirtualClock();
  const create = (producerGroup = 'orders') =>
    new TransactionCoordinator<EntityManager>({
      engine: broker,
      unitOfWork: new TypeOrmUnitOfWork(dataSource),
      producerGroup,
      clock,
      logger: silentLogger,
      synchronize: true,
      sweepIntervalMs,
      keepPayload,
      sweepAfterMs: 10_000,
      recordRetentionMs: 80 * 3_600_000,
    });
  const count = async () =>
    (await dataSource.query<{ n: number }[]>('SELECT count(*) AS n FROM rmq_transaction_record'))[0].n;
  const unconfirmed = async () =>
    (
      await dataSource.query<unknown[]>(
        'SELECT tx_id FROM rmq_transaction_record WHERE state = 1 AND confirmed_at IS NULL',
      )
    ).length;
  return { dataSource, broker, clock, create, count, unconfirmed, [Symbol.asyncDispose]: () => dataSource.destroy() };
}

it('ends at start-up what an earlier process had committed and not ended', async () => {
  await using t = await setUp();
  const before = t.create();
  await before.start();
  t.broker.losses.end.push('request');
  await before.run(message, nothing);
  await before.stop();
  await t.clock.advance(3_600_000); // longer than any check lasts: only the sweeper can know
  expect(t.broker.visible).toHaveLength(0);

  await using after = t.create();
  await after.start();
  await t.clock.settle();
  expect(t.broker.visible).toHaveLength(1);
});

it('delivers nothing twice when the broker had been told and its answer got lost', async () => {
  await using t = await setUp();
  await using coordinator = t.create();
  await coordinator.start();
  t.broker.losses.end.push('answer');
  await coordinator.run(message, nothing);
  await t.clock.advance(60_000);
  expect(t.broker.visible).toHaveLength(1);
  expect(await t.unconfirmed()).toBe(0);
});

it('leaves a young transaction to the one who runs it', async () => {
  await using t = await setUp();
  await using coordinator = t.create();
  await coordinator.start();
  t.broker.losses.end.push('request');
  await coordinator.run(message, nothing);
  await t.clock.advance(9_000);
  expect(t.broker.ends).toEqual([]);
  await t.clock.advance(6_000);
  expect(t.broker.visible).toHaveLength(1);
});

it('tries again at growing distances, at last every five minutes', async () => {
  await using t = await setUp();
  await using coordinator = t.create();
  await coordinator.start();
  const startedAt = t.clock.now();
  t.broker.losses.end.push(...Array<'request'>(20).fill('request'));
  const attempts: number[] = [];
  t.broker.onEnd = () => void attempts.push(Math.round((t.clock.now() - startedAt) / 1000));
  await coordinator.run(message, nothing);
  await t.clock.advance(1_500_000);
  expect(attempts).toEqual([0, 10, 20, 40, 80, 160, 320, 620, 920, 1220]);
});

it('ends each transaction by one of several instances only', async () => {
  await using t = await setUp();
  await using first = t.create();
  await using second = t.create();
  await first.start();
  await second.start();
  for (let i = 0; i < 10; i++) {
    t.broker.losses.end.push('request');
    await first.run({ ...message, keys: `order-${i}` }, nothing);
  }
  await t.clock.advance(60_000);
  expect(t.broker.visible.map(({ keys }) => keys).sort()).toEqual(
    Array.from({ length: 10 }, (_, i) => `order-${i}`).sort(),
  );
});

it('shares the work with another instance that goes through the same rows at the same time', async () => {
  await using t = await setUp();
  await using first = t.create();
  await using second = t.create();
  await first.start();
  t.broker.losses.end.push(...Array<'request'>(10).fill('request'));
  for (let i = 0; i < 10; i++) await first.run({ ...message, keys: `order-${i}` }, nothing);
  await t.clock.advance(2_500);
  await second.start(); // its sweeps fall between those of the first
  t.broker.onEnd = () => sleep(t.clock, 1_000);
  await t.clock.advance(60_000);
  expect(t.broker.visible).toHaveLength(10);
});

it('leaves a transaction alone that this process is just about to end', async () => {
  await using t = await setUp();
  await using coordinator = t.create();
  await coordinator.start();
  t.broker.onEnd = () => sleep(t.clock, 30_000);
  const call = coordinator.run(message, nothing);
  await t.clock.advance(60_000);
  await call;
  expect(t.broker.ends).toHaveLength(1);
});

it('leaves the transactions of other groups in the same database alone', async () => {
  await using t = await setUp();
  await using orders = t.create('orders');
  await orders.start();
  t.broker.losses.end.push('request');
  await orders.run(message, nothing);
  await orders.stop();

  await using refunds = t.create('refunds');
  await refunds.start();
  await t.clock.advance(3_600_000);
  expect(t.broker.visible).toHaveLength(0);
});

it('goes through more than it reads at a time', async () => {
  await using t = await setUp();
  await using coordinator = t.create();
  await coordinator.start();
  t.broker.losses.end.push(...Array<'request'>(230).fill('request'));
  await Promise.all(Array.from({ length: 230 }, () => coordinator.run(message, nothing)));
  await t.clock.advance(15_000);
  expect(t.broker.visible).toHaveLength(230);
});

it('purges what is confirmed and old, never what the broker has not confirmed', async () => {
  await using t = await setUp(1_800_000);
  await using coordinator = t.create();
  await coordinator.start();
  await coordinator.run(message, nothing);
  t.broker.losses.end.push(...Array<'request'>(2_000).fill('request'));
  await coordinator.run(message, nothing);
  await t.clock.settle();
  expect(await t.count()).toBe(2);
  await t.clock.advance(79 * 3_600_000);
  expect(await t.count()).toBe(2);
  await t.clock.advance(2 * 3_600_000);
  expect(await t.count()).toBe(1);
});

describe('a half message that the broker has lost', () => {
  async function commitAndLose(keepPayload: boolean) {
    const t = await setUp(5_000, keepPayload);
    const coordinator = t.create();
    await coordinator.start();
    t.broker.losses.end.push('request');
    const { messageId, transactionId } = await coordinator.run({ ...message, tag: 'paid' }, nothing);
    t.broker.firstKept = t.broker.halves.length;
    await t.clock.advance(60_000);
    const [{ payload }] = await t.dataSource.query<{ payload: unknown }[]>(
      'SELECT payload FROM rmq_transaction_record',
    );
    const dispose = async () => {
      await coordinator.stop();
      await t.dataSource.destroy();
    };
    return { ...t, messageId, transactionId, payload, [Symbol.asyncDispose]: dispose };
  }

  it('is sent again, once and as it was, where the record keeps the message', async () => {
    await using t = await commitAndLose(true);
    expect(t.broker.visible).toEqual([
      { ...message, tag: 'paid', messageId: t.messageId, properties: { RMQ_TX_ID: t.transactionId } },
    ]);
    expect(await t.unconfirmed()).toBe(0);
    expect(t.payload).toBeNull(); // of no use any more
  });

  it('stays unconfirmed, and reported, where it does not', async () => {
    await using t = await commitAndLose(false);
    expect(t.broker.visible).toEqual([]);
    expect(await t.unconfirmed()).toBe(1);
  });
});
