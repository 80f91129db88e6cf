import assert from 'node:assert/strict';
import { NodeClock } from '../engine/index.js';
import { Aside } from '../transaction/aside.js';
import { ensureTable, transactionRecordTable } from '../transaction/library-tables.js';
import { insertIfAbsent, placeholders } from '../transaction/sql.js';
import { hasCode } from '../transaction/transaction-errors.js';
import type { SqlDialect, UnitOfWork } from '../transaction/unit-of-work.js';
import { fencedAsk, runFenceTrials } from './fence-trials.js';

const table = 'rmq_contract';
const bytesType: Record<SqlDialect, string> = { postgres: 'bytea', mysql: 'blob', sqlite: 'blob' };
const fenceTrials = 40;

/** One promise that a unit of work makes, and the proof: `run` rejects, with what was expected, if it is broken. */
export interface ContractCase {
  name: string;
  run(): Promise<void>;
}

/**
 * What a unit of work has to keep so that messages and transactions stay together, for whoever
 * writes one for another ORM. With jest: `for (const { name, run } of unitOfWorkContract(create)) it(name, run)`.
 * @param create makes one on an empty database of the test's own, or hands out the same each time;
 *   tables rmq_contract and rmq_transaction_record are made there
 */
export function unitOfWorkContract<Context>(create: () => Promise<UnitOfWork<Context>>): ContractCase[] {
  return Object.entries(cases).map(([name, prove]) => ({
    name,
    async run() {
      const subject = new Subject(await create());
      await subject.reset();
      await prove(subject);
    },
  }));
}

/** The unit of work with a table `rmq_contract(id, amount, content)`. */
class Subject<Context> {
  private readonly sql: (text: string) => string;

  constructor(readonly unitOfWork: UnitOfWork<Context>) {
    this.sql = placeholders(unitOfWork.dialect);
  }

  async reset(): Promise<void> {
    const { unitOfWork } = this;
    await unitOfWork.open();
    await this.aside(async (context) => {
      await unitOfWork.execute(context, `DROP TABLE IF EXISTS ${table}`);
      const columns = `id varchar(64) PRIMARY KEY NOT NULL, amount bigint, content ${bytesType[unitOfWork.dialect]}`;
      await unitOfWork.execute(context, `CREATE TABLE ${table} (${columns})`);
    }, 10_000);
  }

  insert(context: Context, id: string, amount = 0, content: Uint8Array | null = null): Promise<number> {
    const text = this.sql(`INSERT INTO ${table} (id, amount, content) VALUES (?, ?, ?)`);
    return this.unitOfWork.execute(context, text, [id, amount, content]);
  }

  insertIfAbsent(context: Context, id: string): Promise<number> {
    const text = this.sql(insertIfAbsent(this.unitOfWork.dialect, table, 'id', 'id, amount'));
    return this.unitOfWork.execute(context, text, [id, 0]);
  }

  aside<Result>(work: (context: Context) => Promise<Result>, lockTimeoutMs = 2_000): Promise<Result> {
    return new Aside(this.unitOfWork, new NodeClock(), lockTimeoutMs).run(work);
  }

  async ids(): Promise<string[]> {
    const rows = await this.aside((context) => this.unitOfWork.query(context, `SELECT id FROM ${table} ORDER BY id`));
    return rows.map(({ id }) => id as string);
  }
}

const refused = new Error('payment refused');

const cases: Record<string, (subject: Subject<unknown>) => Promise<void>> = {
  async 'commits what the work did when it resolves, and returns its result'(s) {
    const result = await s.unitOfWork.run(async (context) => {
      await s.insert(context, 'a');
      return 'done';
    });
    assert.equal(result, 'done');
    assert.deepEqual(await s.ids(), ['a']);
  },

  async 'rolls back what the work did when it rejects, and rejects with the same error'(s) {
    const run = s.unitOfWork.run(async (context) => {
      await s.insert(context, 'a');
      throw refused;
    });
    await assert.rejects(run, (error) => error === refused);
    assert.deepEqual(await s.ids(), []);
  },

  async 'takes and gives back texts, large integers, bytes and null'(s) {
    const now = 1_800_000_000_000;
    const content = Uint8Array.from([0, 255, 10]);
    const [row] = await s.unitOfWork.run(async (context) => {
      await s.insert(context, 'ä', now, content);
      await s.insert(context, 'none');
      const values = placeholders(s.unitOfWork.dialect)(
        `SELECT id, amount, content FROM ${table} WHERE id = ? AND amount = ?`,
      );
      return s.unitOfWork.query(context, values, ['ä', now]);
    });
    assert.equal(row.id, 'ä');
    assert.equal(Number(row.amount), now);
    assert.deepEqual(Uint8Array.from(row.content as Uint8Array), content);
    const [none] = await s.aside((context) =>
      s.unitOfWork.query(context, `SELECT content FROM ${table} WHERE id = 'none'`),
    );
    assert.equal(none.content, null);
  },

  async 'says how many rows a statement concerned'(s) {
    await s.unitOfWork.run(async (context) => {
      const execute = (text: string): Promise<number> => s.unitOfWork.execute(context, text);
      assert.equal(await s.insertIfAbsent(context, 'a'), 1);
      assert.equal(await s.insertIfAbsent(context, 'a'), 0, 'of a primary key that is taken');
      assert.equal(await s.insertIfAbsent(context, 'b'), 1);
      assert.equal(await execute(`UPDATE ${table} SET amount = 1`), 2);
      assert.equal(await execute(`DELETE FROM ${table} WHERE id = 'none'`), 0);
      assert.equal(await execute(`DELETE FROM ${table}`), 2);
    });
  },

  async 'opens a transaction by a statement, if it can'(s) {
    const { unitOfWork } = s;
    if (unitOfWork.runOpenedBy === undefined) return;
    const id = `it's "a" \\' $1`;
    const sql = placeholders(unitOfWork.dialect)(
      insertIfAbsent(unitOfWork.dialect, table, 'id', 'id, amount, content'),
    );
    const first = { sql, values: [id, -1, null] };
    const concerned = await unitOfWork.runOpenedBy(first, async (context, count) => {
      assert.equal(unitOfWork.current(), context);
      await s.insert(context, 'by the work');
      return count;
    });
    assert.equal(concerned, 1);
    assert.deepEqual((await s.ids()).sort(), ['by the work', id].sort());

    const taken = unitOfWork.runOpenedBy(first, async (context, count) => {
      assert.equal(count, 0, 'of a primary key that is taken');
      await s.insert(context, 'not to stay');
      throw refused;
    });
    await assert.rejects(taken, (error) => error === refused);
    const second = { sql, values: ['not to stay either', 0, new Uint8Array(3)] };
    const rejected = unitOfWork.runOpenedBy(second, () => Promise.reject(refused));
    await assert.rejects(rejected, (error) => error === refused);

    let isBegun = false;
    const wrong = unitOfWork.runOpenedBy({ sql: 'INSERT INTO rmq_no_such_table VALUES (1)', values: [] }, async () => {
      isBegun = true;
    });
    await assert.rejects(wrong, /rmq_no_such_table/);
    assert.ok(!isBegun, 'the work needs its first statement');
    assert.deepEqual((await s.ids()).length, 2);
    const nested = unitOfWork.run(() => unitOfWork.runOpenedBy?.(first, async () => undefined) ?? Promise.resolve());
    await assert.rejects(nested, (error) => hasCode(error, 'NESTED_UNIT_OF_WORK'));
  },

  async 'closes a transaction by statements, if it can'(s) {
    const { unitOfWork } = s;
    if (unitOfWork.runClosedBy === undefined) return;
    const sql = placeholders(unitOfWork.dialect)(`INSERT INTO ${table} (id, amount, content) VALUES (?, ?, ?)`);
    const insertionOf = (id: string, name?: string) => ({ sql, values: [id, -1, new Uint8Array([0, 255])], name });
    const value = await unitOfWork.runClosedBy(async (context) => {
      await s.insert(context, 'by the work');
      return { value: 'done', last: [insertionOf('named', 'rmq_contract_insert'), insertionOf('unnamed')] };
    });
    assert.equal(value, 'done');
    assert.deepEqual(await s.ids(), ['by the work', 'named', 'unnamed']);

    for (const taken of [insertionOf('named', 'rmq_contract_insert'), insertionOf('named')]) {
      const wrong = unitOfWork.runClosedBy(async (context) => {
        await s.insert(context, 'not to stay');
        return { value: 'done', last: [taken, insertionOf('not to stay either')] };
      });
      await assert.rejects(wrong);
    }
    const rejected = unitOfWork.runClosedBy(() => Promise.reject(refused));
    await assert.rejects(rejected, (error) => error === refused);
    assert.equal((await s.ids()).length, 3);
  },

  async 'knows whether it is inside a transaction'(s) {
    const { unitOfWork } = s;
    let later: Promise<unknown> | undefined;
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    assert.equal(unitOfWork.current(), undefined);
    await unitOfWork.run(async (context) => {
      assert.equal(unitOfWork.current(), context);
      await Promise.resolve();
      assert.equal(unitOfWork.current(), context);
      later = ended.then(() => unitOfWork.current());
    });
    assert.equal(unitOfWork.current(), undefined);
    end();
    assert.equal(await later, undefined, 'also for what was started inside and has outlived it');
  },

  async 'refuses a unit of work inside another, which goes on'(s) {
    await s.unitOfWork.run(async (context) => {
      await s.insert(context, 'a');
      const inner = s.unitOfWork.run((other) => s.insert(other, 'b'));
      await assert.rejects(inner, (error) => hasCode(error, 'NESTED_UNIT_OF_WORK'));
      await s.insert(context, 'c');
    });
    assert.deepEqual(await s.ids(), ['a', 'c']);
  },

  async 'runs side by side'(s) {
    const count = 20;
    const runs = Array.from({ length: count }, (_, i) =>
      s.unitOfWork.run(async (context) => {
        await s.insert(context, `row-${i}`);
        if (i % 4 === 0) throw refused;
      }),
    );
    const settled = await Promise.allSettled(runs);
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 15);
    assert.equal((await s.ids()).length, 15);
  },

  async 'keeps its own short transactions out of the one that is open'(s) {
    const run = s.unitOfWork.run(async (context) => {
      await s.insert(context, 'inside');
      // On a single connection it can't have its turn before the other has ended.
      await s
        .aside((own) => s.insert(own, 'aside'), 100)
        .catch((error: unknown) => {
          assert.ok(hasCode(error, 'LOCK_TIMEOUT'), String(error));
        });
      throw refused;
    });
    await assert.rejects(run, (error) => error === refused);
    const ids = await s.ids();
    assert.ok(!ids.includes('inside'), 'the roll-back concerns all of the open one');
  },

  async 'gives up waiting for a lock in time'(s) {
    await s.unitOfWork.run(async (context) => {
      await s.insert(context, 'a');
      const waiting = s.aside((own) => s.insertIfAbsent(own, 'a'), 100);
      await assert.rejects(waiting, (error) => hasCode(error, 'LOCK_TIMEOUT'));
    });
    assert.deepEqual(await s.ids(), ['a']);
  },

  async 'commits all or nothing after an error that the work caught'(s) {
    const run = s.unitOfWork.run(async (context) => {
      await s.insert(context, 'a');
      await s.insert(context, 'a').catch(() => undefined);
      await s.insert(context, 'b').catch(() => undefined);
    });
    const isCommitted = await run.then(
      () => true,
      () => false,
    );
    assert.deepEqual(await s.ids(), isCommitted ? ['a', 'b'] : []);
  },

  async 'lets a commit and a no exclude each other'(s) {
    await ensureTable(s.unitOfWork, transactionRecordTable, { synchronize: true });
    const { splits } = await runFenceTrials({
      unitOfWork: s.unitOfWork,
      trials: fenceTrials,
      seed: 1,
      name: `contract-${Date.now()}`,
      ask: fencedAsk(s.unitOfWork),
    });
    assert.equal(splits, 0);
  },
};
