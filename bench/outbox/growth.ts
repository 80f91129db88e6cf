import type { DataSource } from 'typeorm';
import type { Engine } from '../../lib/engine/index.js';
import { TypeOrmUnitOfWork } from '../../lib/typeorm.js';
import { addSettledRows } from '../../test/support/settled-rows.js';
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

/**
 * The relay's speed beside rows that are of no concern to it, as many parked, each with its key, as sent,
 * next to a database without them: in turn, so that both meet the same machine.
 */
export async function growthOf(
  name: string,
  engine: Engine,
  { grown, empty }: { grown: DataSource; empty: DataSource },
  most: number,
): Promise<Result[]> {
  const body = Buffer.alloc(1024, 'x');
  const [grownOne, emptyOne] = [new TypeOrmUnitOfWork(grown), new TypeOrmUnitOfWork(empty)];
  const relay = async (unitOfWork: TypeOrmUnitOfWork, keys: number): Promise<number> => {
    await fillTable(engine, unitOfWork, relayedRows, body, keys);
    return timeRelay(engine, unitOfWork, relayedRows);
  };
  for (const unitOfWork of [grownOne, emptyOne]) await relay(unitOfWork, 0); // warm
  const results: Result[] = [];
  let size = 0;
  for (const next of stepsTo(most)) {
    await addSettled(grownOne, size, next);
    size = next;
    for (const keys of [0, 1_000]) {
      const ours: number[] = [];
      const peer: number[] = [];
      for (let round = 0; round < rounds; round++) {
        ours.push(await relay(grownOne, keys));
        peer.push(await relay(emptyOne, keys));
      }
      const scenario = `${name}: ${size.toLocaleString('en')} parked, as many sent rows; ${keys === 0 ? 'no' : keys} keys`;
      const result = compare(scenario, 'rows/s', ours, { name: 'without them', samples: peer });
      results.push(withAim(result, 'within 20 %', (_, ratio) => ratio >= 0.8));
    }
  }
  await using outbox = await startOutbox(engine, grownOne, { relay: false });
  const startedAt = performance.now();
  const purged = await outbox.purgeSent(Number.MAX_SAFE_INTEGER);
  const seconds = (performance.now() - startedAt) / 1000;
  const rate = Math.round(purged / seconds);
  console.log(`${name}: ${purged.toLocaleString('en')} sent rows purged in ${seconds.toFixed(1)} s: ${rate} rows/s`);
  return results;
}

function stepsTo(most: number): number[] {
  const steps: number[] = [];
  for (let size = most; size >= 1_000; size = Math.floor(size / 10)) steps.unshift(size);
  return steps;
}

/** In transactions that no server finds too long, and as if it had grown slowly: with statistics. */
async function addSettled(unitOfWork: TypeOrmUnitOfWork, from: number, to: number): Promise<void> {
  const perTransaction = 100_000;
  for (let at = from; at < to; at += perTransaction)
    await unitOfWork.run((context) =>
      addSettledRows(unitOfWork, context, { from: at, to: Math.min(at + perTransaction, to) }),
    );
  if (unitOfWork.dialect === 'postgres') await unitOfWork.dataSource.query('VACUUM ANALYZE rmq_outbox');
}
