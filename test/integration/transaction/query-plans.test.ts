import { BrokerResponseError } from '../../../lib/engine/common/errors.js';
import { NodeClock } from '../../../lib/engine/platform/node-clock.js';
import { Inbox, OutboxService, type OutboxTuning } from '../../../lib/transaction/index.js';
import { ensureTable, inboxTable } from '../../../lib/transaction/library-tables.js';
import { addInboxRows, addSettledRows } from '../../support/settled-rows.js';
import { ExplainingUnitOfWork, type Access } from '../../support/explaining-unit-of-work.js';
import { ModelOutboxProducer } from '../../support/model-outbox-producer.js';
import { describeWhen } from '../../support/requirements.js';
import { cycles } from '../../support/run-options.js';
import { databasesUnderTest, stopServers, type OpenDatabase } from '../../support/transaction-databases.js';

/** As many parked as sent. */
const settled = cycles(10_000);

jest.setTimeout(60_000 + settled);

afterAll(stopServers);

const oneOfEach = databasesUnderTest.filter(({ name }) => /^\S+ by TypeORM$/.test(name));

/** Statements that look at all rows, or at none that is known. */
function scansOf(accesses: readonly Access[]): Access[] {
  const scans = accesses.filter(({ by }) => by.length === 0 || by.includes('scan'));
  return [...new Map(scans.map((access) => [access.statement, access])).values()];
}

describe.each(oneOfEach)('$name', ({ name, requirement, open }) => {
  describeWhen(requirement, name, () => {
    let database: OpenDatabase;
    beforeAll(async () => (database = await open()));
    afterAll(() => database.close());

    it('reaches what is to be sent, resumed or purged by an index, past any number of parked and sent rows', async () => {
      const unitOfWork = new ExplainingUnitOfWork(database.unitOfWork, 'rmq_outbox');
      const broker = new ModelOutboxProducer();
      const start = async (tuning: Partial<OutboxTuning>): Promise<OutboxService<unknown>> => {
        const settings = { engine: broker, unitOfWork, producer: { group: 'orders' }, clock: new NodeClock() };
        const outbox = new OutboxService({
          ...settings,
          synchronize: true,
          pollIntervalMs: 10,
          retryMs: 20,
          ...tuning,
        });
        await outbox.start();
        return outbox;
      };
      await using writer = await start({ relay: false });
      await database.unitOfWork.run((context) =>
        addSettledRows(database.unitOfWork, context, { from: 0, to: settled, bodyBytes: 500 }),
      );

      await using relay = await start({ maxAttempts: 2, batchSize: 50 });
      const refused = new BrokerResponseError(1, 'refused', 'broker-a');
      broker.failure = ({ keys }) => (keys === 'refused' ? refused : undefined);
      await writer.run((_, out) => {
        for (let i = 0; i < 200; i++) {
          const shardingKey = i % 2 === 0 ? `key-${i % 20}` : undefined;
          out.add({ topic: 'orders', body: Buffer.from('x'), shardingKey, keys: i % 100 < 2 ? 'refused' : undefined });
        }
        return Promise.resolve();
      });
      const until = async (isTrue: () => Promise<boolean>): Promise<void> => {
        while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 10));
      };
      await until(async () => (await relay.status()).parked >= settled + 3);
      broker.failure = () => undefined;
      expect(await relay.parked()).toHaveLength(100);
      for (const { messageId } of (await relay.parked(settled + 4)).filter(({ attempts }) => attempts === 2))
        await relay.resume({ messageId });
      await until(async () => broker.stored.length === 200);
      await relay.stop();
      expect(await writer.purgeParked()).toBe(settled);
      expect(await writer.purgeSent(settled / 2)).toBe(settled / 2); // what is small may rightly be scanned
      await writer.stop();

      const isCount = ({ statement }: { statement: string }): boolean => statement.includes('COUNT(*)');
      const accesses = unitOfWork.accesses.filter((access) => !isCount(access));
      expect(scansOf(accesses)).toEqual([]);
      const used = new Set(accesses.flatMap(({ by }) => by));
      for (const index of ['waiting', 'again', 'blocked', 'parked', 'sent'])
        expect(used).toContain(`rmq_outbox_${index}`);
    });

    it('purges what the inbox need not remember by an index, past any number of what it must', async () => {
      const unitOfWork = new ExplainingUnitOfWork(database.unitOfWork, 'rmq_inbox');
      const clock = new NodeClock();
      await ensureTable(unitOfWork, inboxTable, { synchronize: true });
      const remembered = async (): Promise<number> => {
        const [row] = await database.unitOfWork.run((context) =>
          database.unitOfWork.query(context, 'SELECT COUNT(*) AS n FROM rmq_inbox'),
        );
        return Number(row.n);
      };
      for (const createdAt of [0, clock.now()])
        await database.unitOfWork.run((context) =>
          addInboxRows(database.unitOfWork, context, { count: settled, createdAt }),
        );
      expect(await remembered()).toBe(2 * settled);
      await using inbox = new Inbox({ unitOfWork, clock });
      await inbox.start(); // which purges
      while ((await remembered()) > settled) await new Promise((resolve) => setTimeout(resolve, 10));
      await inbox.stop();
      expect(unitOfWork.accesses.length).toBeGreaterThan(settled / 1_000);
      expect(scansOf(unitOfWork.accesses)).toEqual([]);
    });
  });
});
