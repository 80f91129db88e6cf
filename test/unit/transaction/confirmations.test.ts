import type { EntityManager } from 'typeorm';
import { silentLogger } from '../../../lib/engine/ports/logger.js';
import { VirtualClock } from '../../../lib/testing/virtual-clock.js';
import { Aside } from '../../../lib/transaction/aside.js';
import { Confirmations } from '../../../lib/transaction/confirmations.js';
import { ensureTable, transactionRecordTable } from '../../../lib/transaction/library-tables.js';
import { TransactionRecords } from '../../../lib/transaction/transaction-record.js';
import type { SqlValue } from '../../../lib/transaction/unit-of-work.js';
import { TypeOrmUnitOfWork } from '../../../lib/typeorm.js';
import { sqliteDataSource } from '../../support/databases.js';

class Watched extends TypeOrmUnitOfWork {
  updates = 0;

  override execute(context: EntityManager, sql: string, values?: readonly SqlValue[]): Promise<number> {
    if (sql.startsWith('UPDATE')) this.updates++;
    return super.execute(context, sql, values);
  }
}

it('notes what was confirmed a moment ago by one statement, and without waiting once there is much of it', async () => {
  const clock = new VirtualClock();
  const unitOfWork = new Watched(sqliteDataSource(), { clock });
  await unitOfWork.open();
  await ensureTable(unitOfWork, transactionRecordTable, { synchronize: true });
  const aside = new Aside(unitOfWork, clock, 1_000);
  const confirmations = new Confirmations(new TransactionRecords(unitOfWork), aside, clock, silentLogger);
  const add = (count: number): void => {
    for (let i = 0; i < count; i++) confirmations.add(`tx-${i}`, 'run');
  };

  add(30);
  await clock.settle();
  expect(unitOfWork.updates).toBe(0);
  await clock.advance(100);
  expect(unitOfWork.updates).toBe(1);
  expect(confirmations.has('tx-0')).toBe(false);

  add(250);
  await clock.settle();
  expect(unitOfWork.updates).toBe(3); // 200 and the rest
  expect(confirmations.has('tx-249')).toBe(false);
  expect(clock.scheduledTasks).toBe(0);
  await unitOfWork.dataSource.destroy();
});
