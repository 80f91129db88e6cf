import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EntityManager } from 'typeorm';
import { NodeClock, silentLogger, startEmbeddedEngine, type Engine } from '../../../lib/engine/index.js';
import { transactionIdProperty } from '../../../lib/transaction/transaction-checker.js';
import { TransactionRecords } from '../../../lib/transaction/transaction-record.js';
import {
  TransactionCoordinator,
  transactionStepChannel,
  type TransactionStepEvent,
} from '../../../lib/transaction/index.js';
import type { Patience, SqlValue } from '../../../lib/transaction/unit-of-work.js';
import { TypeOrmUnitOfWork } from '../../../lib/typeorm.js';
import { PostgresServer, postgresRequirement } from '../../support/postgres.js';
import { describeWhen } from '../../support/requirements.js';
import { cycles } from '../../support/run-options.js';

const poolSize = 10;
const open = Array.from({ length: 12 }, (_, i) => `open-${i}`);
const forgotten = Array.from({ length: cycles(150) }, (_, i) => `forgotten-${i}`);
const message = { topic: 'order-paid', body: Buffer.from('{}') };
const brokerName = 'broker-a';

jest.setTimeout(60_000 + forgotten.length * 100);

/** Counts its own short transactions, and says when so many of them ask about what is open. */
class Watched extends TypeOrmUnitOfWork {
  most = 0;
  private running = 0;
  private waiting = 0;
  private onWaiting?: { count: number; resolve: () => void };

  whenWaiting(count: number): Promise<void> {
    return new Promise((resolve) => (this.onWaiting = { count, resolve }));
  }

  override execute(context: EntityManager, sql: string, values: readonly SqlValue[] = []): Promise<number> {
    if (open.includes(String(values[0])) && ++this.waiting === this.onWaiting?.count) this.onWaiting.resolve();
    return super.execute(context, sql, values);
  }

  override async runAside<Result>(work: (context: EntityManager) => Promise<Result>, patience: Patience) {
    this.most = Math.max(this.most, ++this.running);
    try {
      return await super.runAside(work, patience);
    } finally {
      this.running--;
    }
  }
}

/** Half messages that nobody will decide about, as a service leaves them that was killed. */
async function leaveHalves(engine: Engine, transactionIds: readonly string[]): Promise<void> {
  const producer = engine.createTransactionProducer({ group: 'orders', checker: () => Promise.resolve(undefined) });
  await producer.start();
  for (const id of transactionIds) await producer.sendHalf({ ...message, properties: { [transactionIdProperty]: id } });
  await producer.stop();
}

describeWhen(postgresRequirement, 'a storm of checks, some about transactions that another instance holds open', () => {
  it('is answered by a few at a time, and leaves the pool to those who send', async () => {
    const server = await PostgresServer.start();
    const directory = mkdtempSync(join(tmpdir(), 'rmq-storm-'));
    const broker = { brokerName, transactionTimeOut: 100, transactionCheckInterval: 1_000, transactionCheckMax: 1_000 };
    const engine = await startEmbeddedEngine({ storeDir: join(directory, 'store'), broker });
    const dataSource = server.dataSource(poolSize);
    const unitOfWork = new Watched(dataSource);
    const createCoordinator = () =>
      new TransactionCoordinator<EntityManager>({
        engine,
        unitOfWork,
        producerGroup: 'orders',
        clock: new NodeClock(),
        logger: silentLogger,
        synchronize: true,
        lockTimeoutMs: 30_000, // longer than the sends may take here
      });
    const asked = createCoordinator();
    let commit = (): void => undefined;
    const committing = new Promise<void>((resolve) => (commit = resolve));
    const elsewhere = await server.dataSource(open.length).initialize();
    const decided = new Set<string>();
    let onDecided = (): void => undefined;
    const onStep = (event: unknown): void => {
      const { step, transactionId, by } = event as TransactionStepEvent;
      if (by === 'run' || (step !== 'ended' && step !== 'rolled-back')) return;
      decided.add(transactionId);
      onDecided();
    };
    subscribe(transactionStepChannel, onStep);
    try {
      const maker = createCoordinator(); // of the table
      await maker.start();
      await maker.stop();
      await leaveHalves(engine, [...open, ...forgotten]);

      // The other instance: its transactions are under way when they are asked about here.
      const records = new TransactionRecords(new TypeOrmUnitOfWork(elsewhere));
      const handle = { topic: message.topic, brokerName, producerGroup: 'orders', messageId: 'M', transactionId: 'M' };
      const times = { createdAt: Date.now(), nextAttemptAt: Date.now() + 3_600_000 };
      const held: Promise<void>[] = [];
      for (const transactionId of open) {
        const place = { ...handle, tranStateTableOffset: 0, commitLogOffset: 0 };
        const record = { transactionId, producerGroup: 'orders', handle: place, ...times };
        await new Promise<void>((isInside) => {
          held.push(records.run(record, () => (isInside(), committing)));
        });
      }

      const storm = unitOfWork.whenWaiting(4);
      await asked.start();
      await storm; // all that are answered at a time wait for a lock now
      for (let round = 0; round < 5; round++) {
        const sends = Array.from({ length: poolSize }, () => asked.run(message, () => Promise.resolve()));
        expect(await Promise.all(sends)).toHaveLength(poolSize);
      }
      expect(decided.size).toBeLessThan(forgotten.length);

      const all = new Promise<void>((resolve) => {
        onDecided = () => decided.size === open.length + forgotten.length && resolve();
      });
      commit();
      await Promise.all(held);
      await all;
      expect(unitOfWork.most).toBeLessThanOrEqual(4 + 2); // and sweeper and confirmations
    } finally {
      commit();
      await asked.stop();
      unsubscribe(transactionStepChannel, onStep);
      await engine.stop();
      await elsewhere.destroy();
      if (dataSource.isInitialized) await dataSource.destroy();
      await server.stop();
      rmSync(directory, { recursive: true });
    }
  });
});
