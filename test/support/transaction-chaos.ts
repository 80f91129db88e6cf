import type { EntityManager } from 'typeorm';
import { RequestTimeoutError } from '../../lib/engine/common/errors.js';
import type { HalfMessage, TransactionProducerOptions } from '../../lib/engine/client/producer/producer-options.js';
import type { Message } from '../../lib/engine/message/message.js';
import type { Clock } from '../../lib/engine/ports/clock.js';
import { silentLogger } from '../../lib/engine/ports/logger.js';
import type { Random } from '../../lib/engine/ports/random.js';
import { TransactionCoordinator } from '../../lib/transaction/transaction-coordinator.js';
import type { HalfMessageProducer, TransactionTuning } from '../../lib/transaction/transaction-options.js';
import type { TypeOrmUnitOfWork } from '../../lib/transaction/typeorm.unit-of-work.js';
import type { Patience, UnitOfWork } from '../../lib/transaction/unit-of-work.js';
import type { ModelBroker } from './model-broker.js';

/** One in so many calls; 0: never. */
export interface ChaosRates {
  /** The process dies before, or after, a call has taken effect. */
  kill: number;
  /** A request to the broker, or its answer, gets lost. */
  lose: number;
  /** The database does not answer, before or after COMMIT. */
  cut: number;
}

/** What a dead process's calls come to. */
export const never = new Promise<never>(() => undefined);

/**
 * A process with a coordinator, over a broker and a database that outlive it. When it dies, nothing
 * that it had begun goes on: open transactions are rolled back, and its calls never come back.
 */
export class ChaosInstance {
  readonly coordinator: TransactionCoordinator<EntityManager>;
  isDead = false;
  private die: () => void = () => undefined;
  private readonly death = new Promise<never>((_, reject) => {
    this.die = () => reject(new Error('killed'));
  });
  private producer?: HalfMessageProducer;

  constructor(
    private readonly broker: ModelBroker,
    private readonly database: TypeOrmUnitOfWork,
    private readonly random: Random,
    private readonly rates: ChaosRates,
    clock: Clock,
    tuning: Partial<TransactionTuning>,
  ) {
    this.death.catch(() => undefined); // awaited by open transactions only
    this.coordinator = new TransactionCoordinator({
      engine: { createTransactionProducer: (options) => this.unreliable(options) },
      unitOfWork: this.unitOfWork(),
      producerGroup: 'orders',
      clock,
      logger: silentLogger,
      synchronize: true,
      ...tuning,
    });
  }

  kill(): void {
    this.isDead = true;
    setImmediate(() => this.die()); // a statement on its way ends before the transaction is rolled back
    void this.producer?.stop(); // the broker asks another one
  }

  private unreliable(options: TransactionProducerOptions): HalfMessageProducer {
    const real = this.broker.createTransactionProducer(options);
    this.producer = real;
    return {
      start: () => real.start(),
      stop: () => real.stop(),
      sendHalf: (message: Message): Promise<HalfMessage> => this.call(() => real.sendHalf(message)),
      end: (handle, state) => this.call(() => real.end(handle, state)),
      isVisible: (handle) => this.call(() => real.isVisible(handle)),
    };
  }

  private async call<Result>(request: () => Promise<Result>): Promise<Result> {
    this.maybeKill();
    if (this.isDead) return never;
    if (this.happens(this.rates.lose)) throw new RequestTimeoutError('request lost', 3000);
    const result = await request();
    this.maybeKill();
    if (this.isDead) return never;
    if (this.happens(this.rates.lose)) throw new RequestTimeoutError('answer lost', 3000);
    return result;
  }

  private unitOfWork(): UnitOfWork<EntityManager> {
    const { database } = this;
    return {
      dialect: database.dialect,
      description: database.description,
      open: () => database.open(),
      run: (work) => this.transaction(work, (inner) => database.run(inner)),
      runAside: (work, patience: Patience) => this.transaction(work, (inner) => database.runAside(inner, patience)),
      current: () => database.current(),
      execute: (manager, sql, values) => (this.isDead ? never : database.execute(manager, sql, values)),
      query: (manager, sql, values) => (this.isDead ? never : database.query(manager, sql, values)),
    };
  }

  private async transaction<Result>(
    work: (manager: EntityManager) => Promise<Result>,
    run: (inner: (manager: EntityManager) => Promise<Result>) => Promise<Result>,
  ): Promise<Result> {
    this.maybeKill();
    if (this.isDead) return never;
    if (this.happens(this.rates.cut)) throw new Error('connection refused');
    try {
      const result = await run(async (manager) => {
        const value = await Promise.race([work(manager), this.death]);
        this.maybeKill();
        if (this.isDead || this.happens(this.rates.cut)) throw new Error('connection lost before COMMIT');
        return value;
      });
      this.maybeKill();
      if (!this.isDead && this.happens(this.rates.cut)) throw new Error('connection lost after COMMIT');
      return this.isDead ? await never : result;
    } catch (error) {
      if (this.isDead) return never;
      throw error;
    }
  }

  private maybeKill(): void {
    if (!this.isDead && this.happens(this.rates.kill)) this.kill();
  }

  private happens(oneIn: number): boolean {
    return oneIn > 0 && this.random.nextInt(oneIn) === 0;
  }
}
