import { InvalidMessageError, sleep, type Clock, type Logger } from '../../engine/index.js';
import type { Aside } from '../aside.js';
import { unkeyedLane } from './lanes.js';
import type { OutboxLanes } from './outbox-lanes.js';
import type { OutboxTuning } from './outbox-options.js';
import type { OutboxRow } from './outbox-row.js';
import type { OutboxRows, RowFailure } from './outbox-rows.js';
import { isOutage, type OutboxSender, type Sendings } from './outbox-sender.js';

export interface RelayParts<Context> {
  aside: Aside<Context>;
  lanes: OutboxLanes<Context>;
  rows: OutboxRows<Context>;
  sender: OutboxSender;
  tuning: OutboxTuning;
  clock: Clock;
  logger: Logger;
  /** The longest that one send may take. */
  sendTimeoutMs: number;
}

/** Batches of one lane before others get their turn. */
const batchesPerTurn = 8;
/** After a row was added by a transaction whose end nobody tells of: how often it is looked for, and how long. */
const eagerPollMs = 10;
const eagerForMs = 250;
const outagePauseMs = 100;
const maxOutagePauseMs = 5_000;

/** What this process has done since it started. */
export interface RelayCounts {
  sent: number;
  /** Attempts that failed. */
  failed: number;
  parked: number;
}

/**
 * Sends what the outbox holds. A lane, and so a key, is drained by one relay at a time: by lease, in
 * the order of ids. Rows without a key are claimed one by one, by whoever is there. Sent rows are
 * deleted after the broker has confirmed them, so a relay that dies in between leaves duplicates
 * with the same message id, and nothing else.
 */
export class OutboxRelay<Context> {
  readonly counts: RelayCounts = { sent: 0, failed: 0, parked: 0 };
  private working?: Promise<void>;
  private isStopping = false;
  private isKicked = false;
  private eagerUntil = -Infinity;
  /** Rounds in a row in which the cluster could not be reached, and nothing was sent. */
  private outages = 0;
  private hasMetOutage = false;
  private wake: () => void = () => undefined;

  constructor(private readonly parts: RelayParts<Context>) {}

  start(): void {
    this.working ??= this.work();
  }

  /** Resolves when what is under way is sent and noted. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.wake();
    await this.working;
  }

  /** Rows were committed. */
  kick(): void {
    this.isKicked = true;
    if (this.outages === 0) this.wake();
  }

  /** Rows will be committed soon, or not at all. */
  expect(): void {
    this.eagerUntil = this.parts.clock.monotonic() + eagerForMs;
    this.kick();
  }

  private async work(): Promise<void> {
    const { logger, tuning } = this.parts;
    while (!this.isStopping) {
      this.isKicked = false;
      let hasWorked = false;
      try {
        hasWorked = await this.round();
      } catch (error) {
        logger.warn('outbox: the table could not be worked on, it is tried again', { error });
      }
      if (this.outages > 0) await this.pause(Math.min(outagePauseMs * 2 ** (this.outages - 1), maxOutagePauseMs));
      else if (!hasWorked && !this.isKicked) await this.pause(this.isEager() ? eagerPollMs : tuning.pollIntervalMs);
    }
  }

  private isEager(): boolean {
    return this.parts.clock.monotonic() < this.eagerUntil;
  }

  private async pause(ms: number): Promise<void> {
    if (this.isStopping) return;
    const waking = new AbortController();
    this.wake = () => waking.abort();
    await sleep(this.parts.clock, ms, waking.signal).catch(() => undefined); // woken
    this.wake = () => undefined;
  }

  /** All lanes that have work, each for one turn. @returns whether anything was done */
  private async round(): Promise<boolean> {
    const { aside, clock, lanes, tuning } = this.parts;
    const sentBefore = this.counts.sent;
    this.hasMetOutage = false;
    const queue = await aside.run((context) => lanes.withWork(context, clock.now()));
    let hasWorked = false;
    const worker = async (): Promise<void> => {
      for (let lane = queue.shift(); lane !== undefined && !this.isStopping; lane = queue.shift()) {
        if (await (lane === unkeyedLane ? this.drainUnkeyed() : this.drainLane(lane))) hasWorked = true;
      }
    };
    const workers = await Promise.allSettled(Array.from({ length: tuning.concurrency }, worker));
    if (this.counts.sent > sentBefore) this.outages = 0;
    else if (this.hasMetOutage) this.outages++;
    for (const result of workers) if (result.status === 'rejected') throw result.reason;
    return hasWorked;
  }

  private async drainLane(lane: number): Promise<boolean> {
    const { aside, clock, lanes, rows, sender, tuning } = this.parts;
    const { leaseMs } = tuning;
    let leasedAt = clock.monotonic();
    let batch = await aside.run(async (context) => {
      if (!(await lanes.take(context, lane, clock.now(), leaseMs))) return undefined;
      return this.nextOfLane(context, lane, false);
    });
    if (batch === undefined) return false;
    for (let turn = 1; batch !== undefined; turn++) {
      const lastSend = leasedAt + leaseMs - this.parts.sendTimeoutMs;
      const sendings = await sender.send(batch.rows, () => clock.monotonic() < lastSend);
      const isLast = this.isStopping || turn >= batchesPerTurn || sendings.failed.length > 0;
      leasedAt = clock.monotonic();
      batch = await aside.run(async (context) => {
        const isHeld = await lanes.renew(context, lane, clock.now(), leaseMs);
        // What is sent is sent, whoever leases the lane by now, and holds nothing up any more.
        await this.noteSent(context, sendings.sent);
        await rows.release(context, keysOf(sendings.sent.filter(({ isAgain }) => isAgain)));
        if (!isHeld) return undefined;
        await this.noteFailed(context, sendings);
        return this.nextOfLane(context, lane, isLast);
      });
      this.count(sendings);
    }
    return true;
  }

  /** Gives the lease back when nothing more is to be sent now. */
  private async nextOfLane(
    context: Context,
    lane: number,
    isLast: boolean,
  ): Promise<{ rows: OutboxRow[] } | undefined> {
    const { clock, lanes, rows, tuning } = this.parts;
    const limits = { rows: tuning.batchSize, bytes: tuning.batchBytes };
    if (!isLast) {
      const batch = await rows.nextOfLane(context, lane, clock.now(), limits);
      if (batch.rows.length > 0 || batch.hasMore) return batch;
    }
    await lanes.release(context, lane, clock.now());
    return undefined;
  }

  private async drainUnkeyed(): Promise<boolean> {
    const { aside, clock, lanes, rows, sender, tuning } = this.parts;
    const limits = { rows: tuning.batchSize, bytes: tuning.batchBytes };
    const claim = async (context: Context): Promise<OutboxRow[]> => {
      await lanes.beginWriting(context);
      return rows.claimUnkeyed(context, clock.now(), tuning.leaseMs, limits);
    };
    let batch = await aside.run(claim);
    const hasWorked = batch.length > 0;
    for (let turn = 1; batch.length > 0; turn++) {
      const sendings = await sender.send(batch, () => true);
      const isLast = this.isStopping || turn >= batchesPerTurn || sendings.failed.length > 0;
      batch = await aside.run(async (context) => {
        await lanes.beginWriting(context);
        await this.noteSent(context, sendings.sent);
        await this.noteFailed(context, sendings);
        return isLast ? [] : claim(context);
      });
      this.count(sendings);
    }
    return hasWorked;
  }

  private async noteSent(context: Context, sent: readonly OutboxRow[]): Promise<void> {
    const { clock, rows, tuning } = this.parts;
    const ids = sent.map(({ message }) => message.messageId);
    await rows.sent(context, ids, clock.now(), tuning.keepSentMs > 0);
  }

  private async noteFailed(context: Context, { failed }: Sendings): Promise<void> {
    const { clock, rows } = this.parts;
    for (const { row, error } of failed) await rows.failed(context, this.verdictOn(row, error), clock.now());
  }

  private verdictOn({ message, attempts: before }: OutboxRow, error: unknown): RowFailure {
    const { clock, tuning } = this.parts;
    const attempts = isOutage(error) ? before : before + 1;
    const failure = { messageId: message.messageId, attempts, error: textOf(error) };
    if (attempts >= tuning.maxAttempts || error instanceof InvalidMessageError) return failure;
    const pauseMs = Math.min(tuning.retryMs * 2 ** Math.min(before, 30), tuning.retryMaxMs);
    return { ...failure, availableAt: clock.now() + pauseMs };
  }

  private count({ sent, failed }: Sendings): void {
    const { logger } = this.parts;
    this.counts.sent += sent.length;
    this.counts.failed += failed.length;
    this.hasMetOutage ||= failed.some(({ error }) => isOutage(error));
    for (const { row, error } of failed) {
      const { attempts, availableAt } = this.verdictOn(row, error);
      const { topic, messageId, shardingKey } = row.message;
      const fields = { topic, messageId, shardingKey, attempts, error };
      if (availableAt !== undefined) logger.warn('outbox: not sent, it is tried again', fields);
      else {
        this.counts.parked++;
        logger.error('outbox: given up and parked, until it is resumed or purged', fields);
      }
    }
  }
}

function keysOf(rows: readonly OutboxRow[]): string[] {
  return [...new Set(rows.flatMap(({ message }) => message.shardingKey ?? []))];
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
