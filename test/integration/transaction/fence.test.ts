import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource, EntityManager } from 'typeorm';
import { NodeClock } from '../../../lib/engine/platform/node-clock.js';
import { Aside } from '../../../lib/transaction/aside.js';
import { ensureTable, transactionRecordTable } from '../../../lib/transaction/library-tables.js';
import { TransactionRecords } from '../../../lib/transaction/transaction-record.js';
import { TypeOrmUnitOfWork, type TypeOrmUnitOfWorkOptions } from '../../../lib/transaction/typeorm.unit-of-work.js';
import { sqliteDataSource } from '../../support/databases.js';
import { PostgresServer, postgresRequirement } from '../../support/postgres.js';
import { describeWhen } from '../../support/requirements.js';
import { cycles, seed } from '../../support/run-options.js';
import { seededRandom } from '../../../lib/testing/seeded-random.js';

const trials = cycles(200);
const handle = {
  topic: 't',
  brokerName: 'b',
  producerGroup: 'g',
  tranStateTableOffset: 0,
  commitLogOffset: 0,
  messageId: 'm',
  transactionId: 'm',
};

type Ask = (transactionId: string) => Promise<'COMMIT' | 'ROLLBACK' | 'UNKNOWN'>;

interface Split {
  committed: boolean;
  answer: string;
}

/**
 * Transactions of random length, a part of which fails, each asked about at a random moment.
 * Split: the answer, once it is not UNKNOWN, differs from what became of the transaction.
 */
async function countSplits(unitOfWork: TypeOrmUnitOfWork, records: TransactionRecords<EntityManager>, ask: Ask) {
  const random = seededRandom(seed);
  const pause = (most: number) => new Promise((resolve) => setTimeout(resolve, random.nextInt(most * 10) / 10));
  const answers: Split[] = [];

  const runTransaction = (transactionId: string) =>
    unitOfWork
      .run(async (manager) => {
        const times = { createdAt: 0, nextAttemptAt: 0 };
        const isFirst = await records.insert(manager, { transactionId, producerGroup: 'g', handle, ...times });
        if (!isFirst) throw new Error('fenced');
        await pause(3);
        if (random.nextInt(4) === 0) throw new Error('payment refused');
      })
      .then(
        () => true,
        () => false,
      );

  /** As the broker does: an UNKNOWN is asked again. */
  const askUntilDecided = async (transactionId: string) => {
    for (let asked = 1; ; asked++) {
      const answer = await ask(transactionId);
      if (answer !== 'UNKNOWN' || asked === 50) return answer;
      await pause(5);
    }
  };

  const trial = async (transactionId: string) => {
    await pause(3);
    const asking = pause(6).then(() => askUntilDecided(transactionId));
    await pause(4);
    const [committed, answer] = await Promise.all([runTransaction(transactionId), asking]);
    answers.push({ committed, answer });
  };

  for (let done = 0; done < trials; done += 20)
    await Promise.all(Array.from({ length: 20 }, (_, i) => trial(`tx-${done + i}`)));
  return {
    splits: answers.filter(({ committed, answer }) => answer === (committed ? 'ROLLBACK' : 'COMMIT')).length,
    committed: answers.filter(({ committed }) => committed).length,
    decided: answers.filter(({ answer }) => answer !== 'UNKNOWN').length,
  };
}

async function setUp(dataSource: DataSource, options?: TypeOrmUnitOfWorkOptions) {
  const unitOfWork = new TypeOrmUnitOfWork(dataSource, options);
  await unitOfWork.open();
  await ensureTable(unitOfWork, transactionRecordTable, { synchronize: true });
  await dataSource.query('DELETE FROM rmq_transaction_record');
  return { unitOfWork, records: new TransactionRecords<EntityManager>(unitOfWork) };
}

function fencedAsk(unitOfWork: TypeOrmUnitOfWork, records: TransactionRecords<EntityManager>): Ask {
  const aside = new Aside(unitOfWork, new NodeClock(), 50);
  return (transactionId) =>
    aside
      .run((manager) => records.decide(manager, transactionId, 'g', 0))
      .then(
        (verdict) => (verdict === 'COMMITTED' ? 'COMMIT' : 'ROLLBACK'),
        () => 'UNKNOWN',
      );
}

/** What a check without a fence does: it looks, and takes nothing found for a no. */
function naiveAsk(dataSource: DataSource): Ask {
  return async (transactionId) => {
    const runner = dataSource.createQueryRunner();
    try {
      const rows: unknown = await runner.query(
        `SELECT state FROM rmq_transaction_record WHERE tx_id = '${transactionId}'`,
      );
      return (rows as unknown[]).length > 0 ? 'COMMIT' : 'ROLLBACK';
    } finally {
      await runner.release();
    }
  };
}

function expectNoSplit(outcome: { splits: number; committed: number; decided: number }): void {
  expect(outcome.splits).toBe(0);
  // The trial is worth something only if both sides won often.
  expect(outcome.committed).toBeGreaterThan(trials / 10);
  expect(outcome.decided).toBeGreaterThan(trials / 2);
}

describe('a commit and a no exclude each other on SQLite', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'rmq-fence-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it('when the check takes its turn on the same connection', async () => {
    const dataSource = sqliteDataSource(join(directory, 'orders.db'));
    const { unitOfWork, records } = await setUp(dataSource);
    try {
      expectNoSplit(await countSplits(unitOfWork, records, fencedAsk(unitOfWork, records)));
    } finally {
      await dataSource.destroy();
    }
  });

  it('when the check comes from another process’s connection', async () => {
    const dataSource = sqliteDataSource(join(directory, 'orders.db'));
    const { unitOfWork, records } = await setUp(dataSource);
    const other = sqliteDataSource(join(directory, 'orders.db'));
    const checking = new TypeOrmUnitOfWork(other);
    await checking.open();
    await other.query('PRAGMA busy_timeout = 0'); // both live on one event loop here: waiting would be for itself
    try {
      expectNoSplit(await countSplits(unitOfWork, records, fencedAsk(checking, new TransactionRecords(checking))));
    } finally {
      await other.destroy();
      await dataSource.destroy();
    }
  });

  it('but a check that merely looks splits', async () => {
    const dataSource = sqliteDataSource(join(directory, 'orders.db'));
    const { unitOfWork, records } = await setUp(dataSource);
    try {
      const outcome = await countSplits(unitOfWork, records, naiveAsk(dataSource));
      expect(outcome.splits).toBeGreaterThan(0);
    } finally {
      await dataSource.destroy();
    }
  });
});

describeWhen(postgresRequirement, 'a commit and a no exclude each other on PostgreSQL', () => {
  let server: PostgresServer;
  let dataSource: DataSource;
  beforeAll(async () => {
    server = await PostgresServer.start();
    dataSource = await server.dataSource().initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await server.stop();
  });

  it.each(['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const)('at %s', async (isolation) => {
    const { unitOfWork, records } = await setUp(dataSource, { isolation });
    expectNoSplit(await countSplits(unitOfWork, records, fencedAsk(unitOfWork, records)));
  });

  it('but a check that merely looks splits', async () => {
    const { unitOfWork, records } = await setUp(dataSource);
    const outcome = await countSplits(unitOfWork, records, naiveAsk(dataSource));
    expect(outcome.splits).toBeGreaterThan(0);
  });
});
