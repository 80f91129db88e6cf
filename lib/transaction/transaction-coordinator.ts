import { randomUUID } from 'node:crypto';
import { ClosedError, RocketMqError, Service, sleep, type Message } from '../engine/index.js';
import { Aside } from './aside.js';
import { Confirmations } from './confirmations.js';
import { HalfMessageEnder } from './half-message-ender.js';
import { InFlightTransactions } from './in-flight-transactions.js';
import { ensureTable, transactionRecordTable } from './library-tables.js';
import { encodePayload } from './message-payload.js';
import { Sweeper } from './sweeper.js';
import { RecordChecker, transactionIdProperty } from './transaction-checker.js';
import {
  HalfMessageNotReplicatedError,
  TransactionFencedError,
  TransactionOutcomeUnknownError,
} from './transaction-errors.js';
import {
  defaultTransactionTuning,
  type HalfMessageProducer,
  type TransactionCoordinatorOptions,
  type TransactionResult,
} from './transaction-options.js';
import { TransactionRecords, type RecordCount, type UnconfirmedCount } from './transaction-record.js';
import { publishStep } from './transaction-steps.js';

const firstOutcomeRetryMs = 50;

/** How far the local transaction came before it settled; only this tells a roll-back from an unknown result. */
interface LocalTransaction<Result> {
  reached: 'nothing' | 'working' | 'failed' | 'done';
  value?: Result;
  /** What the record keeps of the message. */
  payload?: Uint8Array;
}

/**
 * Ties a message to a local database transaction: consumers get it if and only if that commits.
 *
 * Half message, then one transaction of record and work, then the end of the half message. Whatever
 * is lost on the way, the record decides: asked by the broker's checks, and swept from the table.
 */
export class TransactionCoordinator<Context> extends Service {
  private readonly options: typeof defaultTransactionTuning & TransactionCoordinatorOptions<Context>;
  private readonly producer: HalfMessageProducer;
  private readonly records: TransactionRecords<Context>;
  private readonly aside: Aside<Context>;
  private readonly confirmations: Confirmations<Context>;
  private readonly ender: HalfMessageEnder<Context>;
  private readonly checker: RecordChecker<Context>;
  private readonly sweeper: Sweeper<Context>;
  private readonly inFlight = new InFlightTransactions();
  private readonly running = new Set<Promise<unknown>>();
  private readonly newId: () => string;

  constructor(given: TransactionCoordinatorOptions<Context>) {
    super();
    const options = { ...defaultTransactionTuning, ...given };
    const { clock, logger, producerGroup, unitOfWork } = options;
    const { inFlight } = this;
    this.options = options;
    this.newId = options.newId ?? randomUUID;
    this.records = new TransactionRecords(unitOfWork);
    this.aside = new Aside(unitOfWork, clock, options.lockTimeoutMs);
    this.confirmations = new Confirmations(this.records, this.aside, clock, logger);
    this.producer = options.engine.createTransactionProducer({
      // Each attempt is a half message of its own, see sendHalf().
      retryTimesWhenSendFailed: 0,
      ...options.producer,
      group: producerGroup,
      checkConcurrency: options.checkConcurrency,
      checker: (message, handle) => this.checker.check(message, handle),
    });
    const parts = { ...options, inFlight, records: this.records, aside: this.aside, confirmations: this.confirmations };
    this.ender = new HalfMessageEnder(this.producer, inFlight, this.confirmations, logger);
    this.checker = new RecordChecker({ ...parts, ender: this.ender });
    this.sweeper = new Sweeper({ ...parts, ender: this.ender });
  }

  /**
   * Stores `message` invisibly, runs `work` in a transaction of the unit of work, and makes the
   * message visible if and only if that was committed. `work` is not begun before the broker holds
   * the message; an error it throws rolls everything back and is thrown on.
   * @throws TransactionFencedError, HalfMessageNotReplicatedError, NestedUnitOfWorkError: nothing was changed
   * @throws TransactionOutcomeUnknownError the database vanished during its COMMIT
   */
  async run<Result>(message: Message, work: (context: Context) => Promise<Result>): Promise<TransactionResult<Result>> {
    if (!this.isRunning)
      throw new ClosedError('TransactionCoordinator does not run; start() it before, or stop sending');
    const running = this.runFenced(message, work);
    this.running.add(running);
    try {
      return await running;
    } finally {
      this.running.delete(running);
    }
  }

  /** What the table holds: of all producer groups whose records are there. */
  recordCounts(): Promise<RecordCount[]> {
    return this.aside.run((context) => this.records.counts(context));
  }

  /** How many of them wait for the broker. */
  unconfirmed(): Promise<UnconfirmedCount> {
    return this.aside.run((context) => this.records.unconfirmed(context));
  }

  protected async onStart(): Promise<void> {
    const { synchronize, unitOfWork } = this.options;
    await unitOfWork.open();
    await ensureTable(unitOfWork, transactionRecordTable, { synchronize });
    await this.producer.start();
    this.sweeper.start();
  }

  protected async onStop(): Promise<void> {
    await this.drain();
    await this.sweeper.stop();
    await this.confirmations.flush();
    await this.producer.stop();
  }

  /** A check that came before the record was written has fenced the transaction off: once more, as a new one. */
  private async runFenced<Result>(
    message: Message,
    work: (context: Context) => Promise<Result>,
  ): Promise<TransactionResult<Result>> {
    for (let attempt = 1; ; attempt++) {
      const { transactionId, messageId, half } = await this.sendHalf(message);
      try {
        const payload = this.options.keepPayload ? encodePayload(half) : undefined;
        const local: LocalTransaction<Result> = { reached: 'nothing', payload };
        const isCommitted = await this.runLocal(transactionId, local, work);
        if (isCommitted) {
          const isConfirmed = await this.commit(transactionId);
          return { value: local.value as Result, messageId, transactionId, isConfirmed };
        }
        if (attempt === 2) throw new TransactionFencedError(transactionId);
      } finally {
        this.inFlight.close(transactionId);
      }
    }
  }

  /** Each attempt has an id of its own: one whose answer got lost is rolled back when the broker asks. */
  private async sendHalf(message: Message): Promise<{ transactionId: string; messageId: string; half: Message }> {
    for (let attempt = 1; ; attempt++) {
      const transactionId = this.newId();
      this.inFlight.open(transactionId);
      try {
        publishStep('half-sending', transactionId, 'run');
        const half = { ...message, properties: { ...message.properties, [transactionIdProperty]: transactionId } };
        const { result, handle } = await this.producer.sendHalf(half);
        this.inFlight.offer(transactionId, handle);
        if (result.status !== 'SEND_OK' && !this.options.acceptUnreplicatedHalf) {
          await this.ender.rollBack(transactionId);
          throw new HalfMessageNotReplicatedError(result.status);
        }
        publishStep('half-sent', transactionId, 'run');
        return { transactionId, messageId: result.messageId, half };
      } catch (error) {
        this.inFlight.close(transactionId);
        const mayRetry = error instanceof RocketMqError && error.retriable && !this.isStopping;
        if (!mayRetry || attempt >= this.options.halfAttempts) throw error;
        this.options.logger.debug('half message not answered, sent as a new one', { topic: message.topic, error });
      }
    }
  }

  /** @returns true: committed; false: fenced. @throws rolled back (the reason), or unknown */
  private async runLocal<Result>(
    transactionId: string,
    local: LocalTransaction<Result>,
    work: (context: Context) => Promise<Result>,
  ): Promise<boolean> {
    try {
      await this.recordAndWork(transactionId, local, work);
    } catch (error) {
      // A rejection after the work was done says nothing about COMMIT: the record does.
      const isCommitted =
        (local.reached === 'done' || local.reached === 'working') && (await this.wasCommitted(transactionId, error));
      if (!isCommitted) {
        publishStep('rolled-back', transactionId, 'run');
        await this.ender.rollBack(transactionId);
        if (error instanceof TransactionFencedError && error.transactionId === transactionId) return false;
        throw error;
      }
      this.options.logger.warn('the transaction reported an error after it was committed', { transactionId, error });
    }
    publishStep('committed', transactionId, 'run');
    return true;
  }

  private async recordAndWork<Result>(
    transactionId: string,
    local: LocalTransaction<Result>,
    work: (context: Context) => Promise<Result>,
  ): Promise<void> {
    const { clock, producerGroup, sweepAfterMs } = this.options;
    const handle = this.inFlight.newest(transactionId);
    if (handle === undefined) throw new Error(`transaction ${transactionId} has no half message`);
    const createdAt = clock.now();
    const nextAttemptAt = createdAt + sweepAfterMs;
    const record = { transactionId, producerGroup, handle, createdAt, nextAttemptAt, payload: local.payload };
    await this.records.run(record, async (context) => {
      publishStep('record-written', transactionId, 'run');
      local.reached = 'working';
      try {
        local.value = await work(context);
      } catch (error) {
        local.reached = 'failed';
        throw error;
      }
      local.reached = 'done';
      publishStep('work-done', transactionId, 'run');
    });
  }

  /** @throws TransactionOutcomeUnknownError the database could not be asked for outcomeTimeoutMs */
  private async wasCommitted(transactionId: string, cause: unknown): Promise<boolean> {
    const { clock, outcomeTimeoutMs, producerGroup } = this.options;
    const deadline = clock.monotonic() + outcomeTimeoutMs;
    for (let pauseMs = firstOutcomeRetryMs; ; pauseMs *= 2) {
      try {
        const verdict = await this.aside.run((context) =>
          this.records.decide(context, transactionId, producerGroup, clock.now()),
        );
        return verdict === 'COMMITTED';
      } catch {
        // Still locked, or out of reach: `cause` is what the caller should know of, not this.
        if (clock.monotonic() + pauseMs > deadline) throw new TransactionOutcomeUnknownError(transactionId, { cause });
        await sleep(clock, pauseMs);
      }
    }
  }

  /** @returns false: the broker could not confirm it; the sweeper goes on */
  private async commit(transactionId: string): Promise<boolean> {
    try {
      await this.ender.commit(transactionId, 'run');
      return true;
    } catch (error) {
      this.options.logger.warn('committed, but the broker has not confirmed it; the sweeper repeats it', {
        transactionId,
        error,
      });
      return false;
    }
  }

  private async drain(): Promise<void> {
    if (this.running.size === 0) return;
    const { clock, drainTimeoutMs, logger } = this.options;
    const patience = new AbortController();
    await Promise.race([
      Promise.allSettled(this.running),
      sleep(clock, drainTimeoutMs, patience.signal).catch(() => undefined), // aborted: all have ended
    ]);
    patience.abort();
    if (this.running.size > 0)
      logger.warn('stopped with transactions under way; checks decide them', { count: this.running.size });
  }
}
