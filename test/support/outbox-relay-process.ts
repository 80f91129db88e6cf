// A relay of the outbox in a process of its own, until it is killed.
import Database from 'libsql';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { connectEngine, silentLogger } from '../../lib/engine/index.js';
import { OutboxService, type OutboxTuning } from '../../lib/transaction/index.js';
import { TypeOrmUnitOfWork } from '../../lib/typeorm.js';

/** First message to it. */
export interface RelayOrder {
  nameServers: string[];
  /** Without a driver, which is no data. */
  dataSource: DataSourceOptions;
  tuning: Partial<OutboxTuning>;
}

async function main({ nameServers, dataSource, tuning }: RelayOrder): Promise<void> {
  const driver = dataSource.type === 'better-sqlite3' ? { driver: Database } : {};
  const outbox = new OutboxService({
    engine: await connectEngine({ nameServers, logger: silentLogger }),
    unitOfWork: new TypeOrmUnitOfWork(new DataSource({ ...dataSource, ...driver })),
    producer: { group: 'relays', sendMsgTimeoutMs: 500 },
    ...tuning,
  });
  await outbox.start();
  process.send!('ready');
  process.once('disconnect', () => process.exit()); // nobody wants to know any more
}

if (process.send) process.once('message', (order: RelayOrder) => void main(order));
