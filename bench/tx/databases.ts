import type { DataSource, EntityManager } from 'typeorm';
import { NodeClock, silentLogger } from '../../lib/engine/index.js';
import { TransactionCoordinator, type TransactionCoordinatorOptions } from '../../lib/transaction/index.js';
import { TypeOrmUnitOfWork } from '../../lib/typeorm.js';
import { compare, type Result } from '../support/report.js';
import { throughput } from '../support/throughput.js';
import { instantEngine } from './instant-engine.js';

/** Transactions under way, each on a connection of its own where there are several. */
export const inFlight = 16;

export interface Measured {
  database: string;
  dataSource: DataSource;
  placeholders: string;
  /** With its half messages at a real broker, too. */
  broker?: { name: string; engine: TransactionCoordinatorOptions<EntityManager>['engine'] };
  rounds: number;
  ms: number;
}

/**
 * One insert as a transaction: bare, with the record (half message and END answered at once, so that
 * the database is all that is measured), and in all. By turns, so that whatever else the machine does
 * meets all of them.
 */
export async function transactions(measured: Measured): Promise<Result[]> {
  const { database, dataSource, placeholders, broker, rounds, ms } = measured;
  const unitOfWork = new TypeOrmUnitOfWork(dataSource);
  await unitOfWork.open();
  await dataSource.query('CREATE TABLE orders (id integer, customer varchar(20))');
  const start = async (engine: TransactionCoordinatorOptions<EntityManager>['engine']) => {
    const coordinator = new TransactionCoordinator<EntityManager>({
      engine,
      unitOfWork,
      producerGroup: 'bench',
      clock: new NodeClock(),
      logger: silentLogger,
      synchronize: true,
    });
    await coordinator.start();
    return coordinator;
  };
  const withRecord = await start(instantEngine);
  const inAll = broker === undefined ? undefined : await start(broker.engine);
  const message = { topic: 'order-paid', body: Buffer.alloc(128) };
  const insert = `INSERT INTO orders (id, customer) VALUES (${placeholders})`;
  const work = (i: number) => (manager: EntityManager) => manager.query(insert, [i, 'ada']);

  const perSecond = throughput({ inFlight, ms });
  const samples = { bare: [] as number[], withRecord: [] as number[], inAll: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    samples.bare.push(await perSecond((i) => unitOfWork.run(work(i))));
    samples.withRecord.push(await perSecond((i) => withRecord.run(message, work(i))));
    if (inAll !== undefined) samples.inAll.push(await perSecond((i) => inAll.run(message, work(i))));
  }
  await withRecord.stop();
  await inAll?.stop();
  await dataSource.destroy();

  const bare = { name: 'bare transaction', samples: samples.bare };
  const results = [compare(`${database}: with its record`, 'transactions/s', samples.withRecord, bare, '≥ 0.8')];
  if (broker !== undefined)
    results.push(compare(`${database}: with its message at ${broker.name}`, 'transactions/s', samples.inAll, bare));
  return results;
}
