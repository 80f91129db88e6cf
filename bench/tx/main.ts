// What a transaction costs with its record, beside the same transaction bare. The broker is left
// out: its answers come at once, so that the database is all that is measured.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource, EntityManager } from 'typeorm';
import { NodeClock, silentLogger } from '../../lib/engine/index.js';
import { TransactionCoordinator, type HalfMessageProducer } from '../../lib/transaction/index.js';
import { TypeOrmUnitOfWork } from '../../lib/typeorm.js';
import { sqliteDataSource } from '../../test/support/databases.js';
import { PostgresServer, postgresRequirement } from '../../test/support/postgres.js';
import { compare, readBenchOptions, report, type Result } from '../support/report.js';
import { throughput } from '../support/throughput.js';

const inFlight = 16;
const rounds = 5;
const options = readBenchOptions();
const roundMs = options.quick ? 1_000 : 5_000;

/** Answers at once. */
const instantProducer: HalfMessageProducer = {
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  sendHalf: ({ topic }) => {
    const queue = { topic, brokerName: 'none', queueId: 0 };
    const ids = { messageId: '7F0000010001000000000000000000', transactionId: '7F0000010001000000000000000000' };
    const handle = {
      topic,
      brokerName: 'none',
      producerGroup: 'bench',
      tranStateTableOffset: 1,
      commitLogOffset: 1,
      ...ids,
    };
    return Promise.resolve({
      handle,
      result: { status: 'SEND_OK', messageId: ids.messageId, offsetMessageId: '', queue, queueOffset: 1 },
    });
  },
  end: () => Promise.resolve(),
  isVisible: () => Promise.resolve(false),
};

const perSecond = throughput({ inFlight, ms: roundMs });

async function measure(name: string, dataSource: DataSource, placeholder: string): Promise<Result> {
  const unitOfWork = new TypeOrmUnitOfWork(dataSource);
  await unitOfWork.open();
  await dataSource.query('CREATE TABLE orders (id integer, customer varchar(20))');
  const coordinator = new TransactionCoordinator<EntityManager>({
    engine: { createTransactionProducer: () => instantProducer },
    unitOfWork,
    producerGroup: 'bench',
    clock: new NodeClock(),
    logger: silentLogger,
    synchronize: true,
  });
  await coordinator.start();
  const message = { topic: 'order-paid', body: Buffer.alloc(128) };
  const insert = `INSERT INTO orders (id, customer) VALUES (${placeholder})`;
  const work = (i: number) => (manager: EntityManager) => manager.query(insert, [i, 'ada']);

  const bare: number[] = [];
  const withRecord: number[] = [];
  for (let round = 0; round < rounds; round++) {
    bare.push(await perSecond((i) => unitOfWork.run(work(i))));
    withRecord.push(await perSecond((i) => coordinator.run(message, work(i))));
  }
  await coordinator.stop();
  await dataSource.destroy();
  return compare(`${name}: one insert, ${inFlight} at a time`, 'transactions/s', withRecord, {
    name: 'bare transaction',
    samples: bare,
  });
}

const directory = mkdtempSync(join(tmpdir(), 'rmq-bench-tx-'));
const results: Result[] = [];
try {
  results.push(
    await measure('SQLite (WAL, synchronous = FULL)', sqliteDataSource(join(directory, 'bench.db')), '?, ?'),
  );
} finally {
  rmSync(directory, { recursive: true });
}
if (postgresRequirement.met) {
  const server = await PostgresServer.start();
  try {
    results.push(await measure('PostgreSQL', await server.dataSource(inFlight).initialize(), '$1, $2'));
  } finally {
    await server.stop();
  }
} else {
  console.log(`PostgreSQL left out: ${postgresRequirement.reason}`);
}
report(results, options);
