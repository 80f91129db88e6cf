import type { EntityManager } from 'typeorm';
import type { TransactionChecker } from '../../../lib/engine/client/producer/producer-options.js';
import { silentLogger } from '../../../lib/engine/ports/logger.js';
import { VirtualClock } from '../../../lib/testing/virtual-clock.js';
import { TransactionCoordinator } from '../../../lib/transaction/transaction-coordinator.js';
import type { TransactionCoordinatorOptions } from '../../../lib/transaction/transaction-options.js';
import { TypeOrmUnitOfWork } from '../../../lib/transaction/typeorm.unit-of-work.js';
import { FaultyUnitOfWork, sqliteDataSource } from '../../support/databases.js';
import { ModelBroker } from '../../support/model-broker.js';

const message = { topic: 'order-paid', keys: 'order-1', body: Buffer.from('{}') };

async function setUp(options: Partial<TransactionCoordinatorOptions<EntityManager>> = {}) {
  const dataSource = await sqliteDataSource().initialize();
  const broker = new ModelBroker();
  const clock = new VirtualClock();
  const unitOfWork = new FaultyUnitOfWork(new TypeOrmUnitOfWork(dataSource));
  const coordinator = new TransactionCoordinator<EntityManager>({
    engine: broker,
    unitOfWork,
    producerGroup: 'orders',
    clock,
    logger: silentLogger,
    synchronize: true,
    sweepIntervalMs: 3_600_000,
    ...options,
  });
  await coordinator.start();
  await clock.settle();
  const halfOf = (properties: Record<string, string>) =>
    broker.storeHalf(
      { ...message, properties },
      { topic: 'order-paid', brokerName: 'broker-a', producerGroup: 'orders', messageId: 'M', transactionId: 'M' },
    );
  const records = () => dataSource.query<unknown[]>('SELECT tx_id, state FROM rmq_transaction_record');
  /** As a crash leaves it: committed, and the broker was not told. */
  const commitWithoutEnd = async () => {
    broker.losses.end.push('request');
    await coordinator.run(message, () => Promise.resolve());
  };
  return {
    broker,
    clock,
    unitOfWork,
    coordinator,
    halfOf,
    records,
    commitWithoutEnd,
    [Symbol.asyncDispose]: async () => {
      await coordinator.stop();
      await dataSource.destroy();
    },
  };
}

describe('a check of a half message that the coordinator sent', () => {
  it('finds the record: COMMIT, and the record is confirmed', async () => {
    await using t = await setUp();
    await t.commitWithoutEnd();
    await t.broker.check();
    expect(t.broker.visible).toHaveLength(1);
    expect(t.broker.unresolved).toHaveLength(0);
  });

  it('finds none: a tombstone, and ROLLBACK', async () => {
    await using t = await setUp();
    t.halfOf({ RMQ_TX_ID: 'never-begun' });
    await t.broker.check();
    expect(t.broker.ends.at(-1)?.state).toBe('ROLLBACK');
    expect(await t.records()).toEqual([{ tx_id: 'never-begun', state: 2 }]);
  });

  it('finds the tombstone: ROLLBACK again', async () => {
    await using t = await setUp();
    t.halfOf({ RMQ_TX_ID: 'never-begun' });
    await t.broker.check();
    t.halfOf({ RMQ_TX_ID: 'never-begun' });
    await t.broker.check();
    expect(t.broker.ends.map(({ state }) => state)).toEqual(['ROLLBACK', 'ROLLBACK']);
  });

  it('cannot ask the database: UNKNOWN, and the next check gets its answer', async () => {
    await using t = await setUp();
    await t.commitWithoutEnd();
    t.unitOfWork.faults.push('aside');
    await t.broker.check();
    expect(t.broker.ends.at(-1)?.state).toBe('UNKNOWN');
    await t.broker.check();
    expect(t.broker.visible).toHaveLength(1);
  });

  it('waits for the only connection no longer than the lock time: UNKNOWN', async () => {
    await using t = await setUp({ lockTimeoutMs: 500 });
    t.halfOf({ RMQ_TX_ID: 'someone-else' });
    let release: () => void = () => {};
    const busy = t.unitOfWork.real.run(() => new Promise<void>((resolve) => (release = resolve)));
    const check = t.broker.check();
    await t.clock.advance(500);
    await check;
    expect(t.broker.ends).toEqual([{ offset: 1, state: 'UNKNOWN' }]);
    release();
    await busy;
  });

  it('finds the message delivered already: nothing is delivered twice, and nobody asks again', async () => {
    await using t = await setUp();
    await t.coordinator.run(message, () => Promise.resolve());
    t.broker.halves[0].isResolved = false; // killed before its op message reached the disk
    await t.broker.check();
    expect(t.broker.visible).toHaveLength(1);
    expect(t.broker.unresolved).toHaveLength(0);
  });

  it('delivers it once more rather than never while the index does not know it yet', async () => {
    await using t = await setUp();
    await t.coordinator.run(message, () => Promise.resolve());
    t.broker.halves[0].isResolved = false;
    t.broker.canQuery = false;
    await t.broker.check();
    expect(t.broker.visible).toHaveLength(2);
  });
});

describe('a check of a half message that somebody else sent', () => {
  it('is answered by the user’s handler, and leaves no tombstone', async () => {
    const checkHandler = jest.fn<ReturnType<TransactionChecker>, Parameters<TransactionChecker>>(() =>
      Promise.resolve('COMMIT'),
    );
    await using t = await setUp({ checkHandler });
    t.halfOf({ color: 'red' });
    await t.broker.check();
    expect(checkHandler.mock.calls[0][0].properties.get('color')).toBe('red');
    expect(t.broker.visible).toHaveLength(1);
    expect(await t.records()).toEqual([]);
  });

  it('without a handler is UNKNOWN, and leaves no tombstone', async () => {
    await using t = await setUp();
    t.halfOf({ color: 'red' });
    await t.broker.check();
    expect(t.broker.ends.at(-1)?.state).toBe('UNKNOWN');
    expect(await t.records()).toEqual([]);
  });
});
