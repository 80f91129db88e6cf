import { BrokerResponseError, PeriodicTask, type Clock, type Logger } from '../engine/index.js';
import type { Aside } from './aside.js';
import type { Confirmations } from './confirmations.js';
import type { HalfMessageEnder } from './half-message-ender.js';
import type { InFlightTransactions } from './in-flight-transactions.js';
import { decodePayload } from './message-payload.js';
import type { TransactionRecords, UnconfirmedRecord } from './transaction-record.js';

const rowsPerRound = 100;
const rowsPerPurge = 1_000;
const purgeIntervalMs = 3_600_000;
/** Source: Apache 5.3 EndTransactionProcessor. */
const halfIsGone = /^Find prepared transaction message failed/;
const maxRetryMs = 300_000;

export interface SweeperParts<Context> {
  producerGroup: string;
  records: TransactionRecords<Context>;
  aside: Aside<Context>;
  inFlight: InFlightTransactions;
  confirmations: Confirmations<Context>;
  ender: HalfMessageEnder<Context>;
  clock: Clock;
  logger: Logger;
  sweepIntervalMs: number;
  sweepAfterMs: number;
  recordRetentionMs: number;
}

/**
 * Ends what was committed but never confirmed, from the handles in the records, until the broker
 * confirms: its checks alone run out, for example while no producer of the group is alive.
 */
export class Sweeper<Context> {
  private readonly task: PeriodicTask;
  private purgedAt?: number;
  private stopping = false;

  constructor(private readonly parts: SweeperParts<Context>) {
    this.task = new PeriodicTask({
      clock: parts.clock,
      intervalMs: parts.sweepIntervalMs,
      initialDelayMs: 0,
      run: () => this.sweep(),
      onError: (error) => parts.logger.warn('sweep failed, it is tried again', { error }),
    });
  }

  start(): void {
    this.task.start();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.task.stop();
  }

  private async sweep(): Promise<void> {
    const { aside, clock, confirmations, producerGroup, records } = this.parts;
    await confirmations.flush();
    let rows: UnconfirmedRecord[];
    do {
      rows = await aside.run((context) => records.due(context, producerGroup, clock.now(), rowsPerRound));
      for (const row of rows) {
        if (this.stopping) return;
        await this.finish(row);
      }
    } while (rows.length === rowsPerRound);
    await this.purge();
  }

  private async finish(row: UnconfirmedRecord): Promise<void> {
    const { aside, clock, confirmations, ender, inFlight, logger, records, sweepAfterMs } = this.parts;
    const { transactionId, handle } = row;
    const age = clock.now() - row.createdAt;
    const nextAttemptAt = clock.now() + Math.min(Math.max(age, sweepAfterMs), maxRetryMs);
    // Claimed also when this process is busy with it, so that the round comes to its end.
    if (!(await aside.run((context) => records.claim(context, row, nextAttemptAt)))) return;
    if (inFlight.has(transactionId) || confirmations.has(transactionId)) return;

    inFlight.open(transactionId, handle);
    try {
      await ender
        .commitUnlessVisible(transactionId, 'sweeper')
        .catch((error: unknown) => this.sendAgain(transactionId, error));
      logger.info('sweeper: the transaction had committed, its message is delivered', { transactionId });
    } catch (error) {
      logger.warn('committed transaction not confirmed by the broker yet', {
        transactionId,
        topic: handle.topic,
        ageMs: age,
        error,
      });
    } finally {
      inFlight.close(transactionId);
    }
  }

  /** @throws the given error: the half message may still be there, or its message was not kept */
  private async sendAgain(transactionId: string, error: unknown): Promise<void> {
    const { aside, ender, logger, records } = this.parts;
    if (!(error instanceof BrokerResponseError) || !halfIsGone.test(error.remark)) throw error;
    const payload = await aside.run((context) => records.payloadOf(context, transactionId));
    if (payload === undefined) throw error;
    await ender.sendAgain(transactionId, decodePayload(payload));
    logger.warn('the broker had lost a half message, its message was sent again', { transactionId });
  }

  private async purge(): Promise<void> {
    const { aside, clock, records, recordRetentionMs } = this.parts;
    if (this.purgedAt !== undefined && clock.monotonic() - this.purgedAt < purgeIntervalMs) return;
    this.purgedAt = clock.monotonic();
    let deleted: number;
    do {
      deleted = await aside.run((context) => records.purge(context, clock.now() - recordRetentionMs, rowsPerPurge));
    } while (deleted === rowsPerPurge && !this.stopping);
  }
}
