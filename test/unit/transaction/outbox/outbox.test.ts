import type { EntityManager } from 'typeorm';
import { BrokerResponseError, ConnectError, InvalidMessageError } from '../../../../lib/engine/common/errors.js';
import type { Message } from '../../../../lib/engine/message/message.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';
import { OutboxService, type OutboxOptions } from '../../../../lib/transaction/outbox/index.js';
import { TypeOrmUnitOfWork } from '../../../../lib/transaction/typeorm.unit-of-work.js';
import { FaultyUnitOfWork, sqliteDataSource } from '../../../support/databases.js';
import { ModelOutboxProducer } from '../../../support/model-outbox-producer.js';

const message = (body: string, more: Partial<Message> = {}): Message => ({
  topic: 'orders',
  body: Buffer.from(body),
  ...more,
});
const refused = () => new BrokerResponseError(1, 'refused', 'broker-a');
const unreachable = () => new ConnectError('broker-a', 'refused');

async function setUp(tuning: Partial<OutboxOptions<EntityManager>> = {}) {
  const dataSource = await sqliteDataSource().initialize();
  await dataSource.query('CREATE TABLE orders (id text PRIMARY KEY)');
  const clock = new VirtualClock();
  const unitOfWork = new FaultyUnitOfWork(new TypeOrmUnitOfWork(dataSource, { clock }));
  const broker = new ModelOutboxProducer();
  const outbox = new OutboxService<EntityManager>({
    engine: broker,
    unitOfWork,
    producer: { group: 'orders' },
    clock,
    synchronize: true,
    ...tuning,
  });
  await outbox.start();
  const order = (id: string) => (manager: EntityManager) => manager.query('INSERT INTO orders (id) VALUES (?)', [id]);
  const add = (...messages: Message[]) =>
    outbox.run((_, out) => {
      for (const each of messages) out.add(each);
      return Promise.resolve();
    });
  const count = async (what: string) =>
    (await dataSource.query<{ n: number }[]>(`SELECT count(*) AS n FROM ${what}`))[0].n;
  /** Lets the relay do all that it can do at this time. */
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await clock.settle();
  };
  /** In steps, so that what becomes due is done before time goes on. */
  const advance = async (ms: number, stepMs = 100) => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await clock.advance(Math.min(stepMs, ms - passed));
      await settle();
    }
  };
  return {
    ...{ dataSource, clock, unitOfWork, broker, outbox, order, add, count, settle, advance },
    [Symbol.asyncDispose]: async () => {
      const stopped = outbox.stop();
      await advance(100);
      await stopped;
      await dataSource.destroy();
    },
  };
}

describe('a message of the outbox', () => {
  it('is sent when its transaction has committed, with all that belongs to it, and its row is gone', async () => {
    await using t = await setUp();
    const given = message('paid', {
      tag: 'paid',
      keys: ['o-1', 'c-7'],
      flag: 3,
      properties: { color: 'red' },
      deliverAt: 5_000,
    });
    const id = await t.outbox.run(async (manager, out) => {
      await t.order('o-1')(manager);
      const messageId = out.add(given);
      await t.settle();
      expect(t.broker.stored).toHaveLength(0);
      return messageId;
    });
    await t.settle();
    expect(t.broker.stored).toEqual([{ ...given, keys: 'o-1 c-7', messageId: id }]);
    expect(await t.count('orders')).toBe(1);
    expect(await t.count('rmq_outbox')).toBe(0);
    expect(t.outbox.counts).toEqual({ sent: 1, failed: 0, parked: 0 });
  });

  it('is not sent when its transaction fails', async () => {
    await using t = await setUp();
    const failing = t.outbox.run(async (manager, out) => {
      await t.order('o-1')(manager);
      out.add(message('paid'));
      throw new Error('payment refused');
    });
    await expect(failing).rejects.toThrow('payment refused');
    await t.advance(1_000);
    expect(t.broker.stored).toHaveLength(0);
    expect(await t.count('orders')).toBe(0);
  });

  it('that could not be sent is refused at once, and fails its transaction', async () => {
    await using t = await setUp();
    await expect(t.add(message('fine'), message(''))).rejects.toMatchObject({ code: 'INVALID_MESSAGE', field: 'body' });
    const longKey = message('x', { shardingKey: 'k'.repeat(256) });
    await expect(t.add(longKey)).rejects.toMatchObject({ code: 'INVALID_MESSAGE', field: 'shardingKey' });
    await t.settle();
    expect(t.broker.stored).toHaveLength(0);
  });

  it('joins the transaction that its sender is inside of', async () => {
    await using t = await setUp();
    await t.unitOfWork.run(async (manager) => {
      await t.order('o-1')(manager);
      await t.add(message('joined'));
      await t.outbox.enqueue(manager, message('handed on'));
      await t.settle();
      expect(t.broker.stored).toHaveLength(0);
    });
    await t.advance(20);
    expect(t.broker.bodies()).toEqual(['joined', 'handed on']);
    const rolledBack = t.unitOfWork.run(async () => {
      await t.add(message('never'));
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    await t.advance(1_000);
    expect(t.broker.stored).toHaveLength(2);
  });

  it('is sent by another process when its own has no relay', async () => {
    await using t = await setUp({ relay: false });
    await t.add(message('left'));
    await t.advance(1_000);
    expect(t.broker.stored).toHaveLength(0);
    const { broker: engine, clock, unitOfWork } = t;
    const other = new OutboxService({ engine, unitOfWork, clock, producer: { group: 'orders' } });
    await other.start();
    await t.settle();
    expect(t.broker.bodies()).toEqual(['left']);
    await other.stop();
  });

  it('keeps its id when it is sent twice, because the relay could not note that it had sent it', async () => {
    await using t = await setUp();
    t.broker.onRequest = () => {
      if (t.broker.requests === 1) t.unitOfWork.faults.push('aside');
    };
    await t.add(message('paid', { shardingKey: 'a' }));
    await t.advance(1_000);
    expect(t.broker.stored.map(({ messageId }) => messageId)).toEqual(['M1', 'M1']);
    expect(await t.count('rmq_outbox')).toBe(0);
  });
});

describe('order', () => {
  const rows = (key: string, count: number, from = 0) =>
    Array.from({ length: count }, (_, i) => message(`${key}${from + i}`, { shardingKey: key }));

  it('of a key is kept, over batches, topics and delays', async () => {
    await using t = await setUp({ batchSize: 3 });
    const a = rows('a', 10).map((each, i) => ({ ...each, topic: i % 4 === 3 ? 'others' : 'orders' }));
    a[5].delayLevel = 1;
    await t.add(...a, ...rows('b', 4));
    await t.settle();
    const of = (key: string) => t.broker.bodies().filter((body) => body.startsWith(key));
    expect(of('a')).toEqual(a.map(({ body }) => body.toString()));
    expect(of('b')).toEqual(['b0', 'b1', 'b2', 'b3']);
    expect(t.broker.requests).toBeLessThan(14);
  });

  it('a row that fails blocks its key and nothing else; what follows it comes after it', async () => {
    await using t = await setUp();
    t.broker.failure = ({ body }) => (body.toString() === 'a1' ? refused() : undefined);
    await t.add(...rows('a', 4), ...rows('b', 3), message('free'));
    await t.settle();
    expect(t.broker.bodies().toSorted()).toEqual(['a0', 'b0', 'b1', 'b2', 'free']);
    await t.add(...rows('a', 1, 4), ...rows('b', 1, 3));
    await t.settle();
    expect(t.broker.bodies()).not.toContain('a4');
    expect(t.broker.bodies()).toContain('b3');
    expect(await t.outbox.status()).toMatchObject({ waiting: 0, again: 1, held: 3, parked: 0 });
    t.broker.failure = () => undefined;
    await t.advance(1_000);
    expect(t.broker.bodies().filter((body) => body.startsWith('a'))).toEqual(['a0', 'a1', 'a2', 'a3', 'a4']);
    expect(await t.count('rmq_outbox')).toBe(0);
  });

  it('a row that goes on failing is parked with its error, and resumed', async () => {
    await using t = await setUp({ maxAttempts: 3, retryMs: 1_000 });
    t.broker.failure = ({ topic }) => (topic === 'bad' ? refused() : undefined);
    const [first, ...others] = rows('a', 3);
    await t.add({ ...first, topic: 'bad' }, ...others, message('free', { topic: 'bad' }));
    await t.advance(900);
    expect(await t.outbox.status()).toMatchObject({ again: 2, parked: 0 });
    await t.advance(4_000);
    expect(await t.outbox.status()).toMatchObject({ again: 0, parked: 2, held: 2, lagMs: 0 });
    expect(t.outbox.counts).toEqual({ sent: 0, failed: 6, parked: 2 });
    const parked = await t.outbox.parked();
    expect(parked).toHaveLength(2);
    expect(parked[0]).toMatchObject({ topic: 'bad', attempts: 3 });
    expect(parked[0].lastError).toMatch(/BrokerResponseError: .*refused/);
    await t.advance(100_000, 10_000);
    expect(t.broker.stored).toHaveLength(0);

    t.broker.failure = () => undefined;
    expect(await t.outbox.resume({ topic: 'others' })).toBe(0);
    expect(await t.outbox.resume()).toBe(2);
    await t.settle();
    expect(t.broker.bodies().filter((body) => body.startsWith('a'))).toEqual(['a0', 'a1', 'a2']);
    expect(t.broker.bodies()).toContain('free');
  });

  it('what follows a parked row is sent when that is purged', async () => {
    await using t = await setUp({ maxAttempts: 1 });
    t.broker.failure = ({ body }) => (body.toString() === 'a0' ? refused() : undefined);
    await t.add(...rows('a', 3));
    await t.settle();
    const [{ messageId }] = await t.outbox.parked();
    expect(await t.outbox.purgeParked({ messageId })).toBe(1);
    await t.settle();
    expect(t.broker.bodies()).toEqual(['a1', 'a2']);
  });

  it('a message that has become invalid is parked at once', async () => {
    await using t = await setUp();
    t.broker.failure = () => new InvalidMessageError('body', 'is larger than the limit of today');
    await t.add(...rows('a', 2));
    await t.settle();
    expect(await t.outbox.status()).toMatchObject({ parked: 1, held: 1 });
  });

  it('the one that fails is found among those of its batch', async () => {
    await using t = await setUp();
    await t.add(...rows('a', 4));
    await t.dataSource.query("UPDATE rmq_outbox SET topic = 'bad' WHERE msg_uid = 'M3'");
    t.broker.failure = ({ topic }) => (topic === 'bad' ? refused() : undefined);
    await t.settle();
    expect(t.broker.bodies()).toEqual(['a0', 'a1']);
    expect(await t.outbox.status()).toMatchObject({ again: 1, held: 1 });
  });

  it('a lane that somebody else leases is left alone until the lease has ended', async () => {
    await using t = await setUp();
    const until = t.clock.now() + 60_000;
    await t.dataSource.query(`UPDATE rmq_outbox_lane SET owner = 'other', lease_until = ${until} WHERE lane >= 0`);
    await t.add(...rows('a', 2), message('free'));
    await t.advance(59_000, 1_000);
    expect(t.broker.bodies()).toEqual(['free']);
    await t.advance(2_000, 1_000);
    expect(t.broker.bodies()).toEqual(['free', 'a0', 'a1']);
  });

  it('a relay that lost its lease sends no further batch', async () => {
    await using t = await setUp({ batchSize: 1 });
    t.broker.onRequest = () => t.dataSource.query("UPDATE rmq_outbox_lane SET owner = 'other', lease_until = 9e15");
    await t.add(...rows('a', 3));
    await t.settle();
    expect(t.broker.bodies()).toEqual(['a0']);
    expect(await t.count('rmq_outbox')).toBe(2);
  });

  it('a relay that lost its lease still lets go on what it had held', async () => {
    await using t = await setUp();
    t.broker.failure = refused;
    await t.add(...rows('a', 3));
    await t.settle();
    await t.add(...rows('a', 1, 3));
    await t.settle();
    expect(await t.outbox.status()).toMatchObject({ again: 1, held: 3 });
    t.broker.failure = () => undefined;
    const steal = (until: number) =>
      `UPDATE rmq_outbox_lane SET owner = 'other', lease_until = ${until} WHERE lane >= 0`;
    t.broker.onRequest = () => {
      t.broker.onRequest = () => undefined;
      return t.dataSource.query(steal(t.clock.now() + 5_000));
    };
    await t.advance(1_000);
    expect(t.broker.bodies()).toEqual(['a0']);
    await t.advance(6_000);
    expect(t.broker.bodies()).toEqual(['a0', 'a1', 'a2', 'a3']);
  });

  it('nothing is sent when the lease could end before', async () => {
    await using t = await setUp({ batchSize: 1 });
    const own = t.clock.monotonic.bind(t.clock);
    let late = 0;
    t.clock.monotonic = () => own() + late;
    t.broker.onRequest = () => void (late = 12_500); // of 15 s; a send may take 3
    await t.add(message('a0', { shardingKey: 'a' }), message('a1', { shardingKey: 'a', topic: 'others' }));
    await t.settle();
    expect(t.broker.bodies()).toEqual(['a0', 'a1']); // the second after the lease was renewed
    expect(t.broker.requests).toBe(2);
  });
});

describe('while the cluster is out of reach', () => {
  it('nothing is parked, however long it takes, and it is asked ever less often', async () => {
    await using t = await setUp({ maxAttempts: 2, pollIntervalMs: 5_000 });
    t.broker.failure = unreachable;
    await t.add(message('free'), message('a0', { shardingKey: 'a' }), message('a1', { shardingKey: 'a' }));
    await t.advance(600_000, 5_000);
    expect(t.broker.requests).toBeLessThan(300);
    expect(await t.outbox.status()).toMatchObject({ parked: 0, lagMs: 600_000 });
    t.broker.failure = () => undefined;
    await t.advance(70_000, 1_000);
    expect(t.broker.bodies().toSorted()).toEqual(['a0', 'a1', 'free']);
  });
});

describe('rows that were sent', () => {
  it('are kept as long as asked for, then purged', async () => {
    await using t = await setUp({ keepSentMs: 3_600_000, pollIntervalMs: 60_000 });
    await t.add(message('free'), message('a0', { shardingKey: 'a' }));
    await t.settle();
    expect(await t.outbox.status()).toMatchObject({ waiting: 0, again: 0, sent: 2, lagMs: 0 });
    await t.advance(3_500_000, 100_000);
    expect(await t.count('rmq_outbox')).toBe(2);
    await t.advance(200_000, 60_000);
    expect(await t.count('rmq_outbox')).toBe(0);
    expect(t.broker.stored).toHaveLength(2);
  });
});

describe('batches', () => {
  it('stay within their bytes, but one row is read at least', async () => {
    await using t = await setUp({ batchBytes: 1_000 });
    let most = 0;
    let underWay = 0;
    t.broker.onRequest = async () => {
      most = Math.max(most, ++underWay);
      await new Promise(setImmediate);
      underWay--;
    };
    await t.add(...Array.from({ length: 9 }, (_, i) => message(String(i).repeat(400))), message('x'.repeat(5_000)));
    for (let turn = 0; turn < 20; turn++) await t.settle();
    expect(t.broker.stored).toHaveLength(10);
    expect(most).toBe(2);
  });
});

it.each([
  ['batchSize', 0],
  ['maxAttempts', 1.5],
  ['leaseMs', 5_000],
])('refuses %s: %p', async (field, value) => {
  await expect(setUp({ [field]: value })).rejects.toMatchObject({ code: 'CONFIGURATION', field });
});

it('names the migration when a table is missing', async () => {
  await expect(setUp({ synchronize: false })).rejects.toMatchObject({ code: 'MISSING_TABLE' });
});

it('takes nothing when it does not run', async () => {
  await using t = await setUp();
  const { broker: engine, unitOfWork } = t;
  const outbox = new OutboxService({ engine, unitOfWork, producer: { group: 'orders' } });
  await expect(outbox.run(() => Promise.resolve())).rejects.toMatchObject({ code: 'CLOSED' });
});
