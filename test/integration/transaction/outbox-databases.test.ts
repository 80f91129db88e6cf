import type { Message } from '../../../lib/engine/message/message.js';
import { NodeClock } from '../../../lib/engine/platform/node-clock.js';
import { Inbox, OutboxService, placeholders, type UnitOfWork } from '../../../lib/transaction/index.js';
import { ModelOutboxProducer } from '../../support/model-outbox-producer.js';
import { describeWhen } from '../../support/requirements.js';
import { cycles, seed } from '../../support/run-options.js';
import { seededRandom } from '../../../lib/testing/seeded-random.js';
import { databasesUnderTest, stopServers, type OpenDatabase } from '../../support/transaction-databases.js';

jest.setTimeout(120_000 + cycles(20) * 200);

const keys = cycles(20);
const copies = 4;

afterAll(stopServers);

describe.each(databasesUnderTest)('$name', ({ name, requirement, open }) => {
  describeWhen(requirement, name, () => {
    let database: OpenDatabase;
    let unitOfWork: UnitOfWork;
    let sql: (text: string) => string;
    beforeAll(async () => {
      database = await open();
      unitOfWork = database.unitOfWork;
      sql = placeholders(unitOfWork.dialect);
      // Tests may share a server.
      const patience = { lockTimeoutMs: 10_000, signal: new AbortController().signal };
      const tables = ['rmq_outbox', 'rmq_outbox_lane', 'rmq_inbox', 'points'];
      await unitOfWork.runAside(async (context) => {
        for (const table of tables) await unitOfWork.execute(context, `DROP TABLE IF EXISTS ${table}`);
        await unitOfWork.execute(context, 'CREATE TABLE points (customer varchar(20) PRIMARY KEY, total integer)');
      }, patience);
    });
    afterAll(() => database.close());

    it('the inbox applies each of many messages once, with copies side by side and handlers that fail', async () => {
      const inbox = new Inbox({ unitOfWork, synchronize: true, clock: new NodeClock() });
      await inbox.start();
      const customers = Array.from({ length: 5 }, (_, i) => `customer-${i}`);
      await unitOfWork.run(async (context) => {
        for (const customer of customers)
          await unitOfWork.execute(context, sql('INSERT INTO points VALUES (?, 0)'), [customer]);
      });
      const random = seededRandom(seed);
      /** A fifth, once each. */
      const mustFail = new Set(Array.from({ length: keys / 5 }, (_, i) => i * 5));
      /** Until it is acknowledged, as a broker does. */
      const deliver = async (key: number): Promise<void> => {
        for (let attempt = 1; ; attempt++) {
          try {
            await inbox.once({ group: 'points', key: `order-${key}` }, async (context) => {
              const customer = customers[key % customers.length];
              await unitOfWork.execute(context, sql('UPDATE points SET total = total + 1 WHERE customer = ?'), [
                customer,
              ]);
              if (mustFail.delete(key)) throw new Error('try later');
            });
            return;
          } catch (error) {
            if (attempt === 100) throw error;
          }
        }
      };
      const queue = Array.from({ length: keys * copies }, (_, i) => i % keys).sort(() => random.nextInt(3) - 1);
      const worker = async (): Promise<void> => {
        for (let key = queue.pop(); key !== undefined; key = queue.pop()) await deliver(key);
      };
      await Promise.all(Array.from({ length: 8 }, worker));
      await inbox.stop();

      const sums = await unitOfWork.run((context) => unitOfWork.query(context, 'SELECT SUM(total) AS n FROM points'));
      expect(Number(sums[0].n)).toBe(keys);
      expect(inbox.counts).toMatchObject({ applied: keys, duplicates: keys * (copies - 1) });
      expect(inbox.counts.failed).toBeGreaterThanOrEqual(keys / 5);
    });

    it('the outbox sends each key in the order of its commits, whoever writes and relays', async () => {
      const broker = new ModelOutboxProducer();
      const startRelay = async (on: UnitOfWork): Promise<OutboxService<unknown>> => {
        const outbox = new OutboxService({
          engine: broker,
          unitOfWork: on,
          producer: { group: 'orders' },
          clock: new NodeClock(),
          synchronize: true,
          batchSize: 5,
          pollIntervalMs: 20,
          retryMs: 20,
          maxAttempts: 3,
        });
        await outbox.start();
        return outbox;
      };
      const outboxes = [await startRelay(unitOfWork), await startRelay(database.other)];
      broker.failure = ({ body }) => (body.toString() === 'key-0:3' ? new Error('poison') : undefined);
      /** Commit order of each key: what was counted inside the transaction that added it, under the row's lock. */
      const place = (key: string, body: (n: number) => Partial<Message>) =>
        outboxes[0].run(async (context, out) => {
          await unitOfWork.execute(context, sql('UPDATE points SET total = total + 1 WHERE customer = ?'), [key]);
          const rows = await unitOfWork.query(context, sql('SELECT total FROM points WHERE customer = ?'), [key]);
          out.add({ topic: 'orders', body: Buffer.from('x'), ...body(Number(rows[0].total)) });
        });
      const chosen = Array.from({ length: 4 }, (_, i) => `key-${i}`);
      await unitOfWork.run(async (context) => {
        for (const key of chosen) await unitOfWork.execute(context, sql('INSERT INTO points VALUES (?, 0)'), [key]);
      });
      const perKey = 10;
      const writer = async (key: string): Promise<void> => {
        for (let i = 0; i < perKey; i++) {
          await place(key, (n) => ({
            body: Buffer.from(`${key}:${n}`),
            shardingKey: key,
            properties: { n: String(n) },
          }));
          await place(key, (n) => ({ body: Buffer.from(`free:${key}:${n}`), tag: 'free', keys: ['a', 'b'] }));
        }
      };
      await Promise.all(chosen.map(writer));
      const until = async (isTrue: () => boolean | Promise<boolean>): Promise<void> => {
        while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 10));
      };
      await until(async () => {
        const { waiting, again, parked } = await outboxes[1].status();
        return waiting === 0 && again === 0 && parked === 1;
      });
      const [parked] = await outboxes[1].parked();
      expect(parked).toMatchObject({ shardingKey: 'key-0', attempts: 3, lastError: 'Error: poison' });
      const of = (key: string) => broker.bodies().filter((body) => body.startsWith(`${key}:`));
      const all = (key: string) => Array.from({ length: perKey }, (_, i) => `${key}:${2 * i + 1}`);
      expect(of('key-0')).toEqual(['key-0:1']);
      for (const key of chosen.slice(1)) expect(of(key)).toEqual(all(key));
      expect(of('free')).toHaveLength(chosen.length * perKey);

      broker.failure = () => undefined;
      await outboxes[1].resume();
      await until(async () => (await outboxes[0].status()).held === 0 && of('key-0').length === perKey);
      expect(of('key-0')).toEqual(all('key-0'));
      await Promise.all(outboxes.map((outbox) => outbox.stop()));
      const status = await outboxes[0].status();
      expect(status).toEqual({ waiting: 0, again: 0, parked: 0, held: 0, sent: 0, lagMs: 0 });
      expect(new Set(broker.stored.map(({ messageId }) => messageId)).size).toBe(broker.stored.length);
    });
  });
});
