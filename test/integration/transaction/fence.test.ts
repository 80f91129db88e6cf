import { NodeClock } from '../../../lib/engine/platform/node-clock.js';
import { fencedAsk, runFenceTrials, type Ask, type FenceOutcome } from '../../../lib/testing/fence-trials.js';
import { Aside } from '../../../lib/transaction/aside.js';
import { ensureTable, transactionRecordTable } from '../../../lib/transaction/library-tables.js';
import { placeholders } from '../../../lib/transaction/sql.js';
import type { UnitOfWork } from '../../../lib/transaction/unit-of-work.js';
import { describeWhen } from '../../support/requirements.js';
import { cycles, seed } from '../../support/run-options.js';
import { databasesUnderTest, stopServers, type OpenDatabase } from '../../support/transaction-databases.js';

// `--cycles 200` and more for a release: a split would show in one of a few.
const trials = cycles(40);

/** What a check without a fence does: it looks, and takes nothing found for a no. */
function naiveAsk(unitOfWork: UnitOfWork): Ask {
  const aside = new Aside(unitOfWork, new NodeClock(), 50);
  const look = placeholders(unitOfWork.dialect)('SELECT state FROM rmq_transaction_record WHERE tx_id = ?');
  return (transactionId) =>
    aside
      .run((context) => unitOfWork.query(context, look, [transactionId]))
      .then(
        (rows) => (rows.length > 0 ? 'COMMIT' : 'ROLLBACK'),
        () => 'UNKNOWN',
      );
}

function expectNoSplit(outcome: FenceOutcome): void {
  expect(outcome.splits).toBe(0);
  // The trial is worth something only if both sides won often.
  expect(outcome.committed).toBeGreaterThan(trials / 10);
  expect(outcome.decided).toBeGreaterThan(trials / 2);
}

afterAll(stopServers);
let suites = 0;

for (const { name, requirement, isolations, open } of databasesUnderTest) {
  for (const isolation of isolations) {
    describeWhen(
      requirement,
      `a commit and a no exclude each other on ${name}${isolation ? ` at ${isolation}` : ''}`,
      () => {
        const suite = ++suites;
        let database: OpenDatabase;
        beforeAll(async () => {
          database = await open(isolation);
          await ensureTable(database.unitOfWork, transactionRecordTable, { synchronize: true });
        }, 60_000);
        afterAll(() => database.close());

        const run = (trialName: string, ask: Ask): Promise<FenceOutcome> =>
          runFenceTrials({ unitOfWork: database.unitOfWork, trials, seed, name: `${suite}-${trialName}`, ask });
        const timeoutMs = 20_000 + trials * 1_000; // SQLite by Prisma is slow where two clients write

        it(
          'when the process itself is asked',
          async () => expectNoSplit(await run('own', fencedAsk(database.unitOfWork))),
          timeoutMs,
        );

        it(
          'when another process is asked',
          async () => expectNoSplit(await run('other', fencedAsk(database.other))),
          timeoutMs,
        );

        it(
          'but a check that merely looks splits',
          async () => expect((await run('naive', naiveAsk(database.other))).splits).toBeGreaterThan(0),
          timeoutMs,
        );
      },
    );
  }
}
