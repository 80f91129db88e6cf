import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { EntityManager } from 'typeorm';
import { silentLogger } from '../../../lib/engine/ports/logger.js';
import { VirtualClock } from '../../../lib/testing/virtual-clock.js';
import { TransactionCoordinator } from '../../../lib/transaction/transaction-coordinator.js';
import type { TransactionTuning } from '../../../lib/transaction/transaction-options.js';
import { transactionStepChannel, type TransactionStepEvent } from '../../../lib/transaction/transaction-steps.js';
import { TypeOrmUnitOfWork } from '../../../lib/transaction/typeorm.unit-of-work.js';
import { FaultyUnitOfWork, sqliteDataSource } from '../../support/databases.js';
import { ModelBroker } from '../../support/model-broker.js';

const message = { topic: 'order-paid', keys: 'order-1', body: Buffer.from('{"points":12}') };

async function setUp(tuning: Partial<TransactionTuning> = {}) {
  const dataSource = await sqliteDataSource().initialize();
  await dataSource.query('CREATE TABLE orders (id text PRIMARY KEY)');
  const broker = new ModelBroker();
  const clock = new VirtualClock();
  const unitOfWork = new FaultyUnitOfWork(new TypeOrmUnitOfWork(dataSource));
  const create = () =>
    new TransactionCoordinator<EntityManager>({
      engine: broker,
      unitOfWork,
      producerGroup: 'orders',
      clock,
      logger: silentLogger,
      synchronize: true,
      ...tuning,
    });
  const coordinator = create();
  await coordinator.start();
  const insertOrder = (manager: EntityManager) => manager.query("INSERT INTO orders (id) VALUES ('order-1')");
  const orders = async () => (await dataSource.query<unknown[]>('SELECT id FROM orders')).length;
  const records = () =>
    dataSource.query<{ state: number; confirmed_at: number | null }[]>(
      'SELECT state, confirmed_at FROM rmq_transaction_record ORDER BY state',
    );
  return {
    broker,
    clock,
    unitOfWork,
    coordinator,
    create,
    insertOrder,
    orders,
    records,
    dataSource,
    [Symbol.asyncDispose]: async () => {
      await coordinator.stop();
      await dataSource.destroy();
    },
  };
}

/** Lets a call on the virtual clock come to its end, whatever it waits for. */
async function finish<T>(clock: VirtualClock, call: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [outcome] = await Promise.all([Promise.allSettled([call]), clock.advance(60_000)]);
  return outcome[0];
}

describe('a transaction that goes well', () => {
  it('makes the message visible, the work durable, and notes that the broker knows', async () => {
    await using t = await setUp();
    const result = await t.coordinator.run(message, async (manager) => {
      await t.insertOrder(manager);
      return 42;
    });
    await t.clock.settle();

    expect(result).toMatchObject({ value: 42, isConfirmed: true });
    expect(t.broker.visible.map(({ keys }) => keys)).toEqual(['order-1']);
    expect(await t.orders()).toBe(1);
    expect(await t.records()).toEqual([{ state: 1, confirmed_at: t.clock.now() }]);
  });

  it('keeps the properties of the message and adds the one that names the record', async () => {
    await using t = await setUp();
    const { transactionId } = await t.coordinator.run({ ...message, properties: { color: 'red' } }, t.insertOrder);
    expect(t.broker.visible[0].properties).toEqual({ color: 'red', RMQ_TX_ID: transactionId });
  });

  it('stores the half message before any work, and tells the broker after the commit', async () => {
    await using t = await setUp();
    const steps: string[] = [];
    const listen = (event: unknown): void => void steps.push((event as TransactionStepEvent).step);
    subscribe(transactionStepChannel, listen);
    try {
      await t.coordinator.run(message, async (manager) => {
        steps.push('work');
        await t.insertOrder(manager);
      });
      await t.clock.settle();
    } finally {
      unsubscribe(transactionStepChannel, listen);
    }
    expect(steps).toEqual([
      'half-sending',
      'half-sent',
      'record-written',
      'work',
      'work-done',
      'committed',
      'ended',
      'confirmed',
    ]);
  });

  it('runs many at a time on one connection', async () => {
    await using t = await setUp();
    const calls = Array.from({ length: 20 }, (_, i) =>
      t.coordinator.run({ ...message, keys: `order-${i}` }, (manager) =>
        manager.query('INSERT INTO orders (id) VALUES (?)', [`order-${i}`]),
      ),
    );
    await Promise.all(calls);
    expect(t.broker.visible).toHaveLength(20);
    expect(await t.orders()).toBe(20);
  });
});

describe('before the transaction', () => {
  it('gives up without touching the database when the broker takes no half message', async () => {
    await using t = await setUp();
    t.broker.losses.sendHalf.push('request', 'request', 'request');
    const work = jest.fn();
    await expect(t.coordinator.run(message, work)).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
    expect(work).not.toHaveBeenCalled();
    expect(t.broker.losses.sendHalf).toHaveLength(0);
  });

  it('sends a new half message when the answer got lost, and the lost one is rolled back by its check', async () => {
    await using t = await setUp();
    t.broker.losses.sendHalf.push('answer');
    await t.coordinator.run(message, t.insertOrder);
    expect(t.broker.halves).toHaveLength(2);

    await t.broker.check();
    expect(t.broker.visible).toHaveLength(1);
    expect(t.broker.unresolved).toHaveLength(0);
    expect(await t.records()).toMatchObject([{ state: 1 }, { state: 2 }]);
  });

  it('refuses a half message that is not replicated, if told so, and drops it', async () => {
    await using t = await setUp({ acceptUnreplicatedHalf: false, halfAttempts: 1 });
    t.broker.nextStatus = 'SLAVE_NOT_AVAILABLE';
    await expect(t.coordinator.run(message, t.insertOrder)).rejects.toMatchObject({
      code: 'HALF_MESSAGE_NOT_REPLICATED',
    });
    expect(await t.orders()).toBe(0);
    expect(t.broker.unresolved).toHaveLength(0);
  });

  it('accepts it by default: the master has it', async () => {
    await using t = await setUp();
    t.broker.nextStatus = 'FLUSH_SLAVE_TIMEOUT';
    await t.coordinator.run(message, t.insertOrder);
    expect(t.broker.visible).toHaveLength(1);
  });

  it('refuses to run before start() and after stop()', async () => {
    await using t = await setUp();
    await expect(t.create().run(message, t.insertOrder)).rejects.toMatchObject({ code: 'CLOSED' });
    await t.coordinator.stop();
    await expect(t.coordinator.run(message, t.insertOrder)).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

describe('a transaction that fails', () => {
  it('throws what the work threw, rolls back and drops the message', async () => {
    await using t = await setUp();
    const call = t.coordinator.run(message, async (manager) => {
      await t.insertOrder(manager);
      throw new Error('payment refused');
    });
    await expect(call).rejects.toThrow('payment refused');
    expect(t.broker.visible).toHaveLength(0);
    expect(t.broker.unresolved).toHaveLength(0);
    expect(await t.orders()).toBe(0);
    expect(await t.records()).toEqual([]);
  });

  it('leaves the drop to the check when the roll-back does not reach the broker', async () => {
    await using t = await setUp();
    t.broker.losses.end.push('request');
    await expect(t.coordinator.run(message, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(t.broker.unresolved).toHaveLength(1);
    await t.broker.check();
    expect(t.broker.unresolved).toHaveLength(0);
    expect(t.broker.visible).toHaveLength(0);
  });

  it('drops the message when no transaction could be begun', async () => {
    await using t = await setUp();
    t.unitOfWork.faults.push('begin');
    await expect(t.coordinator.run(message, t.insertOrder)).rejects.toThrow('connection refused');
    expect(t.broker.unresolved).toHaveLength(0);
  });

  it('refuses a transaction inside a transaction: its message would not follow the outer one', async () => {
    await using t = await setUp();
    const call = t.coordinator.run(message, async (manager) => {
      await t.insertOrder(manager);
      await t.coordinator.run({ ...message, keys: 'inner' }, t.insertOrder);
    });
    await expect(call).rejects.toMatchObject({ code: 'NESTED_UNIT_OF_WORK' });
    expect(t.broker.visible).toHaveLength(0);
    expect(t.broker.unresolved).toHaveLength(0);
    expect(await t.orders()).toBe(0);
  });
});

describe('a COMMIT whose result is lost', () => {
  it('delivers the message when it had taken effect, and the call succeeds', async () => {
    await using t = await setUp();
    t.unitOfWork.faults.push('commit-lost');
    const result = await t.coordinator.run(message, async (manager) => {
      await t.insertOrder(manager);
      return 'stored';
    });
    expect(result).toMatchObject({ value: 'stored', isConfirmed: true });
    expect(t.broker.visible).toHaveLength(1);
    expect(await t.orders()).toBe(1);
  });

  it('drops the message when it had not, and leaves a tombstone', async () => {
    await using t = await setUp();
    t.unitOfWork.faults.push('commit');
    await expect(t.coordinator.run(message, t.insertOrder)).rejects.toThrow('connection lost during COMMIT');
    expect(t.broker.visible).toHaveLength(0);
    expect(t.broker.unresolved).toHaveLength(0);
    expect(await t.orders()).toBe(0);
    expect(await t.records()).toMatchObject([{ state: 2 }]);
  });

  it('asks again while the database does not answer', async () => {
    await using t = await setUp();
    t.unitOfWork.faults.push('commit-lost', 'aside', 'aside', 'aside');
    const outcome = await finish(t.clock, t.coordinator.run(message, t.insertOrder));
    expect(outcome.status).toBe('fulfilled');
    expect(t.broker.visible).toHaveLength(1);
  });

  it('says that it does not know when the database stays away; the check finds out later', async () => {
    await using t = await setUp({ sweepIntervalMs: 3_600_000 });
    t.unitOfWork.faults.push('commit-lost', ...Array<'aside'>(30).fill('aside'));
    const outcome = await finish(t.clock, t.coordinator.run(message, t.insertOrder));
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'TRANSACTION_OUTCOME_UNKNOWN' } });
    expect(t.broker.visible).toHaveLength(0);

    t.unitOfWork.faults.length = 0;
    await t.broker.check();
    expect(t.broker.visible).toHaveLength(1);
    expect(await t.orders()).toBe(1);
  });
});

describe('a check while the transaction runs', () => {
  it('is not answered; the newest half message is ended instead of the first', async () => {
    await using t = await setUp();
    await t.coordinator.run(message, async (manager) => {
      await t.broker.check();
      await t.broker.check();
      await t.insertOrder(manager);
    });
    expect(t.broker.ends).toEqual([{ offset: 2, state: 'COMMIT' }]);
    expect(t.broker.visible).toHaveLength(1);
    expect(t.broker.unresolved).toHaveLength(0);
  });

  it('between the commit and its end delivers once: the copy it stored is dropped', async () => {
    await using t = await setUp();
    t.broker.onEnd = async () => {
      t.broker.onEnd = () => {};
      await t.broker.check();
    };
    await t.coordinator.run(message, t.insertOrder);
    expect(t.broker.visible).toHaveLength(1);
    expect(t.broker.unresolved).toHaveLength(0);
  });

  it('by another instance fences the transaction off before any work; it is run once more as a new one', async () => {
    await using t = await setUp();
    await using other = t.create();
    await other.start(); // asked from now on: it knows nothing of what the first one is doing
    const work = jest.fn(t.insertOrder);
    t.unitOfWork.beforeBegin = async () => {
      t.unitOfWork.beforeBegin = () => {};
      await t.broker.check();
    };
    await t.coordinator.run(message, work);

    expect(work).toHaveBeenCalledTimes(1);
    expect(t.broker.visible).toHaveLength(1);
    expect(t.broker.unresolved).toHaveLength(0);
    expect(await t.records()).toMatchObject([{ state: 1 }, { state: 2 }]);
  });

  it('fails as fenced when that happens again, with nothing changed', async () => {
    await using t = await setUp();
    await using other = t.create();
    await other.start();
    t.unitOfWork.beforeBegin = () => t.broker.check();
    await expect(t.coordinator.run(message, t.insertOrder)).rejects.toMatchObject({
      code: 'TRANSACTION_FENCED',
      retriable: true,
    });
    expect(await t.orders()).toBe(0);
    expect(t.broker.visible).toHaveLength(0);
    expect(t.broker.unresolved).toHaveLength(0);
  });
});

describe('an END_TRANSACTION that is not answered', () => {
  it('is repeated by the sweeper until the broker confirms; the call succeeds meanwhile', async () => {
    await using t = await setUp();
    t.broker.losses.end.push('request', 'request');
    const result = await t.coordinator.run(message, t.insertOrder);
    expect(result.isConfirmed).toBe(false);
    expect(t.broker.visible).toHaveLength(0);

    await t.clock.advance(60_000);
    expect(t.broker.visible).toHaveLength(1);
    expect(await t.records()).toMatchObject([{ state: 1, confirmed_at: expect.any(Number) as number }]);
  });

  it('is finished by a check as well, and the sweeper then leaves it alone', async () => {
    await using t = await setUp();
    t.broker.losses.end.push('request');
    await t.coordinator.run(message, t.insertOrder);
    await t.broker.check();
    expect(t.broker.visible).toHaveLength(1);
    await t.clock.advance(600_000);
    expect(t.broker.visible).toHaveLength(1);
  });
});

describe('stop()', () => {
  it('waits for transactions that run, and notes their confirmation', async () => {
    await using t = await setUp();
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const call = t.coordinator.run(message, async (manager) => {
      await gate;
      await t.insertOrder(manager);
    });
    await t.clock.settle();
    const stopping = t.coordinator.stop();
    release();
    await Promise.all([call, stopping]);
    expect(await t.records()).toMatchObject([{ state: 1, confirmed_at: t.clock.now() }]);
    expect(t.clock.scheduledTasks).toBe(0);
  });

  it('notes a confirmation that could not be noted at once', async () => {
    await using t = await setUp();
    await t.clock.settle(); // the first sweep is over
    t.unitOfWork.faults.push('aside');
    await t.coordinator.run(message, t.insertOrder);
    await t.clock.advance(100);
    expect(t.unitOfWork.faults).toEqual([]);
    expect(await t.records()).toEqual([{ state: 1, confirmed_at: null }]);
    await t.coordinator.stop();
    expect(await t.records()).toEqual([{ state: 1, confirmed_at: t.clock.now() }]);
  });

  it('waits no longer than its deadline', async () => {
    await using t = await setUp({ drainTimeoutMs: 1_000 });
    let release: () => void = () => {};
    const call = t.coordinator.run(message, () => new Promise<void>((resolve) => (release = resolve)));
    await t.clock.settle();
    const stopping = t.coordinator.stop();
    await t.clock.advance(1_000);
    release();
    await Promise.all([stopping, call]);
  });
});

describe('start()', () => {
  it('names the migration when the table is missing and may not be created', async () => {
    await using t = await setUp();
    await t.dataSource.query('DROP TABLE rmq_transaction_record');
    const coordinator = new TransactionCoordinator({
      engine: t.broker,
      unitOfWork: t.unitOfWork,
      producerGroup: 'orders',
      clock: t.clock,
      logger: silentLogger,
    });
    await expect(coordinator.start()).rejects.toMatchObject({
      code: 'MISSING_TABLE',
      message: expect.stringContaining('CreateRocketMqTables') as string,
    });
  });
});
