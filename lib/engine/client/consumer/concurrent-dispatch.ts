import { Fifo } from '../../common/fifo.js';
import { PeriodicTask } from '../../common/periodic-task.js';
import type { Cancellable, Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { DirectConsumeResult } from '../../protocol/bodies/consumer-running-info.js';
import type { ReceivedMessage } from '../../message/message.js';
import { consumeOnce, type Dispatch } from './dispatch.js';
import type { CachedMessage, ProcessQueue } from './process-queue.js';
import type { ConcurrentListener, ConsumeContext, ConcurrentOutcome } from './push-consumer-options.js';
import { DEAD_LETTER_LEVEL, type SendBack } from './send-back.js';

export interface ConcurrentDispatchOptions {
  readonly group: string;
  readonly consume: ConcurrentListener;
  readonly concurrency: number;
  readonly consumeMessageBatchMaxSize: number;
  readonly consumeTimeoutMs: number;
  /** Undefined when broadcasting: what fails is dropped. */
  readonly sendBack?: SendBack;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Batch {
  readonly queue: ProcessQueue;
  readonly entries: readonly CachedMessage[];
  startedAt: number;
}

/** Before messages that could be given back to no broker are tried here again. Source: Apache 5.3 ConsumeMessageConcurrentlyService#submitConsumeRequestLater. */
const LOCAL_RETRY_MS = 5000;
const SWEEP_INTERVAL_MS = 30_000;
/** Delay level of messages whose listener does not come back. */
const TIMEOUT_LEVEL = 3;

const statuses: ReadonlySet<unknown> = new Set<ConcurrentOutcome['status']>(['SUCCESS', 'LATER', 'REJECT']);
const later: ConcurrentOutcome = { status: 'LATER' };

/**
 * Calls the listener for many messages at a time, in any order. A message is settled when it was
 * consumed or is stored again for a later attempt; the queue's progress is the lowest that is not.
 * Source: Apache 5.3 ConsumeMessageConcurrentlyService.
 */
export class ConcurrentDispatch implements Dispatch {
  private readonly ready = new Fifo<Batch>();
  private readonly running = new Set<Batch>();
  private readonly localRetries = new Set<Cancellable>();
  private readonly sweep: PeriodicTask;
  private halted = false;
  private whenDone?: () => void;

  constructor(private readonly options: ConcurrentDispatchOptions) {
    const { clock, logger, group } = options;
    this.sweep = new PeriodicTask({
      clock,
      intervalMs: Math.min(SWEEP_INTERVAL_MS, options.consumeTimeoutMs),
      run: () => this.sweepSlowCalls(),
      onError: (error) => logger.error('slow listener calls were not looked at', { group, error }),
    });
  }

  accept(queue: ProcessQueue, entries: readonly CachedMessage[]): void {
    if (this.halted) return;
    this.sweep.start();
    const size = this.options.consumeMessageBatchMaxSize;
    for (let start = 0; start < entries.length; start += size) {
      this.ready.push({ queue, entries: entries.slice(start, start + size), startedAt: 0 });
    }
    this.pump();
  }

  halt(): void {
    this.halted = true;
    this.ready.clear();
    for (const retry of this.localRetries) retry.cancel();
    this.localRetries.clear();
  }

  async whenIdle(): Promise<void> {
    if (this.running.size > 0) await new Promise<void>((resolve) => (this.whenDone = resolve));
    await this.sweep.stop();
  }

  inFlight(): readonly ReceivedMessage[] {
    return [...this.running].flatMap(({ entries }) => entries.map(({ message }) => message));
  }

  consumeDirectly(context: ConsumeContext, message: ReceivedMessage): Promise<DirectConsumeResult> {
    return consumeOnce(false, this.options.clock, () => this.options.consume([message], context));
  }

  private pump(): void {
    while (!this.halted && this.running.size < this.options.concurrency) {
      const batch = this.ready.shift();
      if (!batch) return;
      if (batch.queue.isDropped) continue; // its new owner gets these messages
      batch.startedAt = this.options.clock.monotonic();
      this.running.add(batch);
      void this.run(batch);
    }
  }

  private async run(batch: Batch): Promise<void> {
    const { queue, entries } = batch;
    queue.beginCall(this.options.clock.now());
    const outcome = await this.call(batch);
    queue.endCall();
    if (outcome.status === 'SUCCESS') queue.settle(entries);
    else if (!queue.isDropped) await this.settleFailed(batch, outcome);
    this.running.delete(batch);
    if (this.running.size === 0) this.whenDone?.();
    this.pump();
  }

  /** Never rejects: a listener that throws says LATER. */
  private async call({ queue, entries }: Batch): Promise<ConcurrentOutcome> {
    const { consume, logger, group } = this.options;
    const messages = entries.map(({ message }) => message);
    try {
      const outcome = await consume(messages, queue.context);
      if (statuses.has(outcome.status)) return outcome;
      throw new TypeError(`a listener may answer SUCCESS, LATER or REJECT, not ${JSON.stringify(outcome)}`);
    } catch (error) {
      logger.warn('listener failed', { group, messageIds: messages.map(({ messageId }) => messageId), error });
      return later;
    }
  }

  private async settleFailed(
    { queue, entries }: Batch,
    outcome: Exclude<ConcurrentOutcome, { status: 'SUCCESS' }>,
  ): Promise<void> {
    const level = outcome.status === 'REJECT' ? DEAD_LETTER_LEVEL : (outcome.delayLevel ?? 0);
    const unsettled = entries.filter(({ isSettled }) => !isSettled); // others have been given back while the listener was slow
    const left = await Promise.all(unsettled.map((entry) => this.giveBack(queue, entry, level)));
    const again = left.filter((entry) => entry !== undefined);
    if (again.length > 0) this.retryHere(queue, again);
  }

  /** @returns the entry when no broker took it */
  private async giveBack(queue: ProcessQueue, entry: CachedMessage, level: number): Promise<CachedMessage | undefined> {
    const { sendBack, logger, group } = this.options;
    const { message } = entry;
    try {
      if (sendBack) await sendBack.send(message, level);
      else
        logger.warn('message not consumed; broadcasting does not repeat it', { group, messageId: message.messageId });
      queue.settle([entry]);
      return undefined;
    } catch (error) {
      logger.error('message could not be given back; trying again here', {
        group,
        messageId: message.messageId,
        error,
      });
      return entry;
    }
  }

  private retryHere(queue: ProcessQueue, entries: readonly CachedMessage[]): void {
    if (this.halted) return; // unsettled, so whoever owns the queue next gets them
    for (const { message } of entries) message.reconsumeTimes++;
    const retry = this.options.clock.schedule(LOCAL_RETRY_MS, () => {
      this.localRetries.delete(retry);
      this.accept(queue, entries);
    });
    this.localRetries.add(retry);
  }

  /** One listener that does not come back must not hold up its queue's progress for ever. */
  private async sweepSlowCalls(): Promise<void> {
    const { clock, logger, group, consumeTimeoutMs } = this.options;
    const now = clock.monotonic();
    for (const { queue, entries, startedAt } of [...this.running]) {
      const runningMs = now - startedAt;
      if (runningMs < Math.min(SWEEP_INTERVAL_MS, consumeTimeoutMs)) continue;
      const unsettled = entries.filter(({ isSettled }) => !isSettled);
      if (unsettled.length === 0) continue;
      const messageIds = unsettled.map(({ message }) => message.messageId);
      logger.warn('listener takes long', { group, queue: queue.queue, messageIds, runningMs });
      if (runningMs < consumeTimeoutMs || queue.isDropped) continue;
      await Promise.all(unsettled.map((entry) => this.giveBack(queue, entry, TIMEOUT_LEVEL)));
    }
  }
}
