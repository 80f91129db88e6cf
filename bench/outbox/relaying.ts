import type { EntityManager } from 'typeorm';
import type { Engine } from '../../lib/engine/index.js';
import { OutboxService, type OutboxTuning } from '../../lib/transaction/index.js';
import type { TypeOrmUnitOfWork } from '../../lib/typeorm.js';

let producers = 0;

export async function startOutbox(
  engine: Engine,
  unitOfWork: TypeOrmUnitOfWork,
  tuning: Partial<OutboxTuning> = {},
): Promise<OutboxService<EntityManager>> {
  const producer = { group: `outbox-${producers++}` };
  const outbox = new OutboxService<EntityManager>({ engine, unitOfWork, producer, synchronize: true, ...tuning });
  await outbox.start();
  return outbox;
}

/** @param rows that wait in the table @returns rows/s until all are sent and noted */
export async function timeRelay(engine: Engine, unitOfWork: TypeOrmUnitOfWork, rows: number): Promise<number> {
  const startedAt = performance.now();
  await using relay = await startOutbox(engine, unitOfWork);
  while (relay.counts.sent < rows) await new Promise((resolve) => setTimeout(resolve, 2));
  return (rows / (performance.now() - startedAt)) * 1000;
}
