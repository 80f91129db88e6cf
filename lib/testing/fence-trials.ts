import { NodeClock, sleep } from '../engine/index.js';
import { Aside } from '../transaction/aside.js';
import { TransactionRecords } from '../transaction/transaction-record.js';
import type { UnitOfWork } from '../transaction/unit-of-work.js';
import { seededRandom } from './seeded-random.js';

const sideBySide = 20;
const handle = {
  topic: 't',
  brokerName: 'b',
  producerGroup: 'g',
  tranStateTableOffset: 0,
  commitLogOffset: 0,
  messageId: 'm',
  transactionId: 'm',
};

/** Answers whether a transaction was committed; UNKNOWN is asked again. */
export type Ask = (transactionId: string) => Promise<'COMMIT' | 'ROLLBACK' | 'UNKNOWN'>;

export interface FenceOutcome {
  /** Transactions whose answer contradicts what became of them. */
  splits: number;
  committed: number;
  /** How many got an answer. */
  decided: number;
}

export interface FenceTrialOptions<Context> {
  /** With the table rmq_transaction_record. */
  unitOfWork: UnitOfWork<Context>;
  trials: number;
  seed: number;
  /** Sets the trials of one run apart from those of another in the same table. */
  name: string;
  ask: Ask;
}

/**
 * Transactions of random length, a part of which fails, each asked about at a random moment. A check
 * that merely looks for the record splits some of them; a fenced one, see fencedAsk(), never does.
 */
export async function runFenceTrials<Context>(options: FenceTrialOptions<Context>): Promise<FenceOutcome> {
  const { ask, name, trials, unitOfWork } = options;
  const random = seededRandom(options.seed);
  const records = new TransactionRecords(unitOfWork);
  const clock = new NodeClock();
  const pause = (most: number): Promise<void> => sleep(clock, random.nextInt(most * 10) / 10);
  const outcome: FenceOutcome = { splits: 0, committed: 0, decided: 0 };

  const runTransaction = async (transactionId: string): Promise<boolean> => {
    try {
      const record = { transactionId, producerGroup: 'g', handle, createdAt: 0, nextAttemptAt: 0 };
      await records.run(record, async () => {
        await pause(3);
        if (random.nextInt(4) === 0) throw new Error('payment refused');
      });
      return true;
    } catch {
      return false; // fenced, refused, or in a conflict: rolled back each time
    }
  };

  /** As the broker does: an UNKNOWN is asked again. */
  const askUntilDecided = async (transactionId: string): Promise<string> => {
    for (let asked = 1; ; asked++) {
      const answer = await ask(transactionId);
      if (answer !== 'UNKNOWN' || asked === 50) return answer;
      await pause(5);
    }
  };

  const trial = async (transactionId: string): Promise<void> => {
    await pause(3);
    const asking = pause(6).then(() => askUntilDecided(transactionId));
    await pause(4);
    const [committed, answer] = await Promise.all([runTransaction(transactionId), asking]);
    if (answer === (committed ? 'ROLLBACK' : 'COMMIT')) outcome.splits++;
    if (committed) outcome.committed++;
    if (answer !== 'UNKNOWN') outcome.decided++;
  };

  for (let done = 0; done < trials; done += sideBySide) {
    const group = Math.min(sideBySide, trials - done);
    await Promise.all(Array.from({ length: group }, (_, i) => trial(`${name}-${done + i}`)));
  }
  return outcome;
}

/** The check that the library uses, from any process that reaches the database. */
export function fencedAsk<Context>(unitOfWork: UnitOfWork<Context>): Ask {
  const records = new TransactionRecords(unitOfWork);
  const aside = new Aside(unitOfWork, new NodeClock(), 50);
  return (transactionId) =>
    aside
      .run((context) => records.decide(context, transactionId, 'g', 0))
      .then(
        (verdict) => (verdict === 'COMMITTED' ? 'COMMIT' : 'ROLLBACK'),
        () => 'UNKNOWN',
      );
}
