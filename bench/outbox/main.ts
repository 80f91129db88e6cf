// What the outbox costs the transaction, how many rows a relay sends, and how much later they are there.
// `--growth ROWS`: the relay's speed with so many parked and so many sent rows in the table, by steps of ten;
// `--only NAME`: on one database.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { startEmbeddedEngine, type Engine } from '../../lib/engine/index.js';
import { TypeOrmUnitOfWork } from '../../lib/typeorm.js';
import { compare, readBenchOptions, report, withAim, type Result } from '../support/report.js';
import { throughput } from '../support/throughput.js';
import { databases, type BenchDatabase } from './databases.js';
import { delays } from './delays.js';
import { fillTable, growthOf } from './growth.js';
import { startOutbox, timeRelay } from './relaying.js';

const inFlight = 16;
const body = Buffer.alloc(1024, 'x');
const options = readBenchOptions();
const rounds = options.quick ? 3 : 5;
const roundMs = options.quick ? 700 : 4_000;
const rowsPerRound = options.quick ? 5_000 : 20_000;

const perSecond = throughput({ inFlight, ms: roundMs });

/** The same business transaction, bare and with a row in the outbox. */
async function costs(name: string, engine: Engine, dataSource: DataSource): Promise<Result[]> {
  const unitOfWork = new TypeOrmUnitOfWork(dataSource);
  await using outbox = await startOutbox(engine, unitOfWork, { relay: false });
  await dataSource.query('CREATE TABLE orders (id integer, customer varchar(20))');
  const insert = `INSERT INTO orders (id, customer) VALUES (${unitOfWork.dialect === 'postgres' ? '$1, $2' : '?, ?'})`;
  const bare: number[] = [];
  const plain: number[] = [];
  const keyed: number[] = [];
  for (let round = 0; round < rounds; round++) {
    bare.push(await perSecond((i) => unitOfWork.run((manager) => manager.query(insert, [i, 'ada']))));
    const withMessage = (shardingKey: (i: number) => string | undefined) =>
      perSecond((i) =>
        outbox.run(async (manager, out) => {
          await manager.query(insert, [i, 'ada']);
          out.add({ topic: 'orders', body, shardingKey: shardingKey(i) });
        }),
      );
    plain.push(await withMessage(() => undefined));
    keyed.push(await withMessage((i) => `order-${i}`));
    await dataSource.query('DELETE FROM rmq_outbox');
  }
  const beside = { name: 'bare transaction', samples: bare };
  const aim = (result: Result): Result => withAim(result, '≥ 0.6 ×', (_, ratio) => ratio >= 0.6);
  return [
    aim(compare(`${name}: one insert and a message of 1 KiB, ${inFlight} at a time`, 'transactions/s', plain, beside)),
    compare(`${name}: the same with a sharding key`, 'transactions/s', keyed, beside),
  ];
}

/** Rows that are in the table when the relay starts, beside sends of the same messages. */
async function relayed(name: string, engine: Engine, dataSource: DataSource): Promise<Result[]> {
  const unitOfWork = new TypeOrmUnitOfWork(dataSource);
  const rates: Record<'free' | 'keyed', number[]> = { free: [], keyed: [] };
  for (let round = 0; round < rounds; round++) {
    for (const kind of ['free', 'keyed'] as const) {
      await fillTable(engine, unitOfWork, rowsPerRound, body, kind === 'keyed' ? 1_000 : 0);
      rates[kind].push(await timeRelay(engine, unitOfWork, rowsPerRound));
    }
  }
  const sends = await directSends(engine);
  const beside = { name: 'sends without a table, 256 at a time', samples: sends };
  const aim = (result: Result): Result => withAim(result, '≥ 5,000/s', (median) => median >= 5_000);
  return [
    aim(compare(`${name}: rows of 1 KiB relayed`, 'rows/s', rates.free, beside)),
    aim(compare(`${name}: the same with 1,000 sharding keys`, 'rows/s', rates.keyed, beside)),
  ];
}

async function directSends(engine: Engine): Promise<number[]> {
  await using producer = engine.createProducer({ group: 'direct', autoBatch: true });
  await producer.start();
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    for (let sent = 0; sent < rowsPerRound; sent += 256)
      await Promise.all(Array.from({ length: 256 }, () => producer.send({ topic: 'orders', body })));
    samples.push((rowsPerRound / (performance.now() - startedAt)) * 1000);
  }
  return samples;
}

const growthAt = process.argv.indexOf('--growth');
const directory = mkdtempSync(join(tmpdir(), 'rmq-bench-outbox-'));
const engine = await startEmbeddedEngine({ storeDir: join(directory, 'store') });
const results: Result[] = [];
try {
  for (const { name, requirement, start } of databases) {
    if (!requirement.met) {
      console.log(`${name} left out: ${requirement.reason}`);
      continue;
    }
    const database = await start();
    try {
      if (growthAt >= 0) results.push(...(await growth(name, database)));
      else results.push(...(await measure(name, database)));
    } finally {
      await database.stop();
    }
  }
} finally {
  await engine.stop();
  rmSync(directory, { recursive: true });
}
report(results, options);

async function measure(name: string, database: BenchDatabase): Promise<Result[]> {
  const dataSource = await database.open('bench');
  const measured = [
    ...(await costs(name, engine, dataSource)),
    ...(await relayed(name, engine, dataSource)),
    ...(await delays(name, engine, dataSource, options.quick)),
  ];
  await dataSource.destroy();
  return measured;
}

async function growth(name: string, database: BenchDatabase): Promise<Result[]> {
  const [grown, empty] = [await database.open('grown'), await database.open('empty')];
  const measured = await growthOf(name, engine, { grown, empty }, Number(process.argv[growthAt + 1]));
  await grown.destroy();
  await empty.destroy();
  return measured;
}
