import type { DataSource } from 'typeorm';
import type { Engine } from '../../lib/engine/index.js';
import { TypeOrmUnitOfWork } from '../../lib/typeorm.js';
import { compare, withAim, type Result } from '../support/report.js';
import { startOutbox, timeRelay } from './relaying.js';

const relayedRows = 5_000;
const rounds = 3;

/** Adds rows that wait. @param keys sharding keys they are spread over; 0: none */
export async function fillTable(
  engine: Engine,
  unitOfWork: TypeOrmUnitOfWork,
  rows: number,
  body: Buffer,
  keys: number,
): Promise<void> {
  await using outbox = await startOutbox(engine, unitOfWork, { relay: false });
  const perTransaction = 1_000;
  for (let from = 0; from < rows; from += perTransaction)
    await outbox.run((_, out) => {
      for (let i = from; i < Math.min(from + perTransaction, rows); i++)
        out.add({ topic: 'orders', body, shardingKey: keys === 0 ? undefined : `key-${i % keys}` });
      return Promise.resolve();
    });
}

/** The relay's speed beside rows that are of no concern to it: as many parked, each with its key, as sent. */
export async function growthOf(engine: Engine, dataSource: DataSource, most: number): Promise<Result[]> {
  const unitOfWork = new TypeOrmUnitOfWork(dataSource);
  const body = Buffer.alloc(1024, 'x');
  const measure = async (keys: number): Promise<number[]> => {
    const samples: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await fillTable(engine, unitOfWork, relayedRows, body, keys);
      samples.push(await timeRelay(engine, unitOfWork, relayedRows));
    }
    return samples;
  };
  await measure(0); // warm
  const results: Result[] = [];
  const first = new Map<number, number[]>();
  let size = 0;
  for (const next of [0, ...stepsTo(most)]) {
    await addSettled(dataSource, size, next);
    size = next;
    for (const keys of [0, 1_000]) {
      const samples = await measure(keys);
      if (size === 0) first.set(keys, samples);
      const result = compare(
        `${size.toLocaleString('en')} parked and as many sent rows, ${keys === 0 ? 'no' : keys} sharding keys`,
        'rows/s',
        samples,
        { name: 'empty table', samples: first.get(keys) ?? samples },
      );
      results.push(withAim(result, 'within 20 %', (_, ratio) => ratio >= 0.8));
    }
  }
  await using outbox = await startOutbox(engine, unitOfWork, { relay: false });
  const startedAt = performance.now();
  const purged = await outbox.purgeSent(Number.MAX_SAFE_INTEGER);
  const rate = (purged / (performance.now() - startedAt)) * 1000;
  console.log(`${purged.toLocaleString('en')} sent rows purged, 1,000 in a transaction: ${Math.round(rate)} rows/s`);
  return results;
}

function stepsTo(most: number): number[] {
  const steps: number[] = [];
  for (let size = most; size >= 1_000; size = Math.floor(size / 10)) steps.unshift(size);
  return steps;
}

async function addSettled(dataSource: DataSource, from: number, to: number): Promise<void> {
  if (to <= from) return;
  const insert = (state: number, key: string, sentAt: string): string =>
    `INSERT INTO rmq_outbox
       (msg_uid, state, lane, sharding_key, topic, body, size, attempts, available_at, created_at, sent_at)
     SELECT 'settled-${state}-' || i, ${state}, i % 16, ${key}, 'orders', '\\x78', 1, 12, i, i, ${sentAt}
     FROM generate_series(${from}, ${to - 1}) AS i`;
  await dataSource.query(insert(2, "'parked-' || i", 'NULL'));
  await dataSource.query(insert(4, 'NULL', 'i'));
}
