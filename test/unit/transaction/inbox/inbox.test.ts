import type { EntityManager } from 'typeorm';
import { silentLogger } from '../../../../lib/engine/ports/logger.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';
import { Inbox } from '../../../../lib/transaction/inbox/inbox.js';
import { TypeOrmUnitOfWork } from '../../../../lib/transaction/typeorm.unit-of-work.js';
import { sqliteDataSource } from '../../../support/databases.js';

async function setUp() {
  const dataSource = await sqliteDataSource().initialize();
  await dataSource.query('CREATE TABLE points (customer text PRIMARY KEY, total integer NOT NULL)');
  await dataSource.query("INSERT INTO points VALUES ('ada', 0)");
  const clock = new VirtualClock();
  const unitOfWork = new TypeOrmUnitOfWork(dataSource);
  const inbox = new Inbox<EntityManager>({ unitOfWork, clock, logger: silentLogger, synchronize: true });
  await inbox.start();
  const addPoints = async (manager: EntityManager) => {
    await manager.query("UPDATE points SET total = total + 12 WHERE customer = 'ada'");
  };
  const total = async () => (await dataSource.query<{ total: number }[]>('SELECT total FROM points'))[0].total;
  return {
    clock,
    unitOfWork,
    inbox,
    addPoints,
    total,
    dataSource,
    [Symbol.asyncDispose]: async () => {
      await inbox.stop();
      await dataSource.destroy();
    },
  };
}
const entry = { group: 'points', key: 'order-1' };

it('applies a message once, however often it comes', async () => {
  await using t = await setUp();
  expect(await t.inbox.once(entry, t.addPoints)).toBe('applied');
  expect(await t.inbox.once(entry, t.addPoints)).toBe('duplicate');
  expect(await t.total()).toBe(12);
  expect(t.inbox.counts).toEqual({ applied: 1, duplicates: 1, failed: 0 });
});

it('applies it once when its copies come at the same time', async () => {
  await using t = await setUp();
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => t.inbox.once(entry, t.addPoints)));
  expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(1);
  expect(await t.total()).toBe(12);
});

it('forgets it when the work fails, so that the retry applies it', async () => {
  await using t = await setUp();
  const failing = t.inbox.once(entry, async (manager) => {
    await t.addPoints(manager);
    throw new Error('try later');
  });
  await expect(failing).rejects.toThrow('try later');
  expect(await t.total()).toBe(0);
  expect(await t.inbox.once(entry, t.addPoints)).toBe('applied');
});

it('keeps groups and keys apart', async () => {
  await using t = await setUp();
  await t.inbox.once(entry, t.addPoints);
  expect(await t.inbox.once({ ...entry, group: 'mails' }, t.addPoints)).toBe('applied');
  expect(await t.inbox.once({ ...entry, key: 'order-2' }, t.addPoints)).toBe('applied');
});

it('joins a transaction that its user has opened', async () => {
  await using t = await setUp();
  const apply = () =>
    t.unitOfWork.run(async (manager) => {
      if (await t.inbox.claim(manager, entry)) await t.addPoints(manager);
    });
  await apply();
  await apply();
  expect(await t.total()).toBe(12);
  await t.unitOfWork.run(() => t.inbox.once({ ...entry, key: 'order-2' }, t.addPoints));
  expect(await t.total()).toBe(24);
});

it.each([
  ['', 'key'],
  ['x'.repeat(256), 'key'],
])('refuses the key %p', async (key, field) => {
  await using t = await setUp();
  await expect(t.inbox.once({ group: 'points', key }, t.addPoints)).rejects.toMatchObject({
    code: 'CONFIGURATION',
    field,
  });
});

it('forgets after its retention, not before', async () => {
  await using t = await setUp();
  await t.inbox.once(entry, t.addPoints);
  await t.clock.advance(7 * 86_400_000 - 1);
  expect(await t.inbox.once(entry, t.addPoints)).toBe('duplicate');
  await t.clock.advance(3_600_001);
  expect(await t.inbox.once(entry, t.addPoints)).toBe('applied');
});

it('names the migration when its table is missing', async () => {
  await using t = await setUp();
  await t.dataSource.query('DROP TABLE rmq_inbox');
  const inbox = new Inbox({ unitOfWork: t.unitOfWork, clock: t.clock, logger: silentLogger });
  await expect(inbox.start()).rejects.toMatchObject({ code: 'MISSING_TABLE', table: 'rmq_inbox' });
});

it('starts and stops with the Nest application whose provider it is', async () => {
  await using t = await setUp();
  await t.dataSource.query('DROP TABLE rmq_inbox');
  const inbox = new Inbox({ unitOfWork: t.unitOfWork, synchronize: true, clock: t.clock });
  await inbox.onModuleInit();
  expect(await inbox.once(entry, t.addPoints)).toBe('applied');
  await inbox.beforeApplicationShutdown();
  expect(inbox.isRunning).toBe(false);
});
