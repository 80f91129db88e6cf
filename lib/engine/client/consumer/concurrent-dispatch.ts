import type { Cancellable } from '../../ports/clock.js';
import type { DirectConsumeResult } from '../../protocol/bodies/consumer-running-info.js';
import type { ReceivedMessage } from '../../message/message.js';
import { BatchGatherer } from './batch-gatherer.js';
import { consumeOnce } from './dispatch.js';
import type { CachedMessage, ProcessQueue } from './process-queue.js';
import type { ListenerCall } from './listener-call.js';
import { checkOutcome, ListenerDispatch, type Batch, type ListenerDispatchOptions } from './listener-dispatch.js';
import type { ConcurrentListener, ConsumeContext, ConcurrentOutcome } from './push-consumer-options.js';
import { DEAD_LETTER_LEVEL, type SendBack } from './send-back.js';

export interface ConcurrentDispatchOptions extends ListenerDispatchOptions {
  readonly consume: ConcurrentListener;
  readonly consumeMessageBatchWaitMs: number;
  /** Undefined when broadcasting: what fails is dropped. */
  readonly sendBack?: Pick<SendBack, 'send'>;
  /** Told of what was consumed, besides its queue. */
  readonly onConsumed?: (entries: readonly CachedMessage[]) => void;
  /** Whether a message that waited for its turn is another consumer's by now. */
  readonly isExpired?: (entry: CachedMessage) => boolean;
}

/** Before messages that could be given back to no broker are tried here again. Source: Apache 5.3 ConsumeMessageConcurrentlyService#submitConsumeRequestLater. */
const LOCAL_RETRY_MS = 5000;
/** Delay level of messages whose listener does not come back. */
const TIMEOUT_LEVEL = 3;

const statuses = ['SUCCESS', 'LATER', 'REJECT'] as const;
const later: ConcurrentOutcome = { status: 'LATER' };

/**
 * Calls the listener for many messages at a time, in any order. A message is settled when it was
 * consumed or is stored again for a later attempt; the queue's progress is the lowest that is not.
 * Source: Apache 5.3 ConsumeMessageConcurrentlyService.
 */
export class ConcurrentDispatch extends ListenerDispatch<Batch> {
  private readonly gatherer: BatchGatherer;
  private readonly localRetries = new Set<Cancellable>();

  constructor(private readonly options: ConcurrentDispatchOptions) {
    super(options);
    this.gatherer = new BatchGatherer({
      size: options.consumeMessageBatchMaxSize,
      waitMs: options.consumeMessageBatchWaitMs,
      clock: options.clock,
      onBatch: (queue, batch) => {
        this.ready.push({ queue, entries: batch });
        this.pump();
      },
    });
  }

  accept(queue: ProcessQueue, entries: readonly CachedMessage[]): void {
    if (this.halted) return;
    this.gatherer.add(queue, entries);
  }

  override halt(): void {
    super.halt();
    this.gatherer.clear();
    for (const retry of this.localRetries) retry.cancel();
    this.localRetries.clear();
  }

  consumeDirectly(context: ConsumeContext, message: ReceivedMessage): Promise<DirectConsumeResult> {
    return consumeOnce(false, this.options.clock, () => this.options.consume([message], context));
  }

  protected batchOf(batch: Batch): Batch | undefined {
    return this.isGone(batch) ? undefined : batch;
  }

  /** Not async, which would cost a message as much as all the rest. */
  protected consume(call: ListenerCall): Promise<void> {
    return this.ask(call).then(
      (outcome) => this.conclude(call, outcome),
      (error: unknown) => this.settle(call, this.failed(call, error)),
    );
  }

  private ask(call: ListenerCall): Promise<ConcurrentOutcome> {
    const messages = call.entries.map(({ message }) => message);
    try {
      return Promise.resolve(this.options.consume(messages, call));
    } catch (error) {
      return Promise.resolve(this.failed(call, error));
    }
  }

  private conclude(call: ListenerCall, outcome: ConcurrentOutcome): Promise<void> | undefined {
    try {
      checkOutcome(outcome, statuses);
    } catch (error) {
      return this.settle(call, this.failed(call, error));
    }
    return this.settle(call, outcome);
  }

  /** What a listener that throws says. */
  private failed({ messageIds }: ListenerCall, error: unknown): ConcurrentOutcome {
    const { logger, group } = this.options;
    logger.warn('listener failed', { group, messageIds, error });
    return later;
  }

  private settle(call: ListenerCall, outcome: ConcurrentOutcome): Promise<void> | undefined {
    const { owned, entries } = call;
    const consumed = consumedOf(entries, outcome);
    this.count(call, consumed.length);
    if (consumed.length > 0) {
      this.options.onConsumed?.(consumed);
      owned.settle(consumed);
    }
    if (consumed.length < entries.length && !owned.isDropped)
      return this.settleFailed(call, outcome).then(() => this.end(call));
    this.end(call);
    return undefined;
  }

  /**
   * One listener that does not come back must hold up neither its queue's progress nor the others:
   * its messages are given back, and its place is free. Source: Apache 5.3 ProcessQueue#cleanExpiredMsg.
   */
  protected override async giveUp(call: ListenerCall): Promise<void> {
    const { owned, entries } = call;
    const unsettled = owned.isDropped ? [] : entries.filter(({ isSettled }) => !isSettled); // else its new owner has them
    const left = await Promise.all(unsettled.map((entry) => this.giveBack(owned, entry, TIMEOUT_LEVEL)));
    if (left.some((entry) => entry !== undefined)) return; // at the next look
    call.cancel('the listener took longer than consumeTimeoutMs; its messages come again');
    this.end(call);
  }

  /** Whether somebody else gets these messages. */
  private isGone({ queue, entries }: Batch): boolean {
    if (queue.isDropped) return true;
    if (!this.options.isExpired || !entries.some(this.options.isExpired)) return false;
    queue.settle(entries); // whoever gets them next settles them for good
    return true;
  }

  private async settleFailed({ owned, entries }: ListenerCall, outcome: ConcurrentOutcome): Promise<void> {
    const unsettled = entries.filter(({ isSettled }) => !isSettled); // others have been given back while the listener was slow
    if (unsettled.length === 0) return;
    const level = outcome.status === 'REJECT' ? DEAD_LETTER_LEVEL : (outcome.delayLevel ?? 0);
    const left = await Promise.all(unsettled.map((entry) => this.giveBack(owned, entry, level)));
    const again = left.filter((entry) => entry !== undefined);
    if (again.length > 0) this.retryHere(owned, again);
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
}

function consumedOf(entries: readonly CachedMessage[], outcome: ConcurrentOutcome): readonly CachedMessage[] {
  if (outcome.status !== 'SUCCESS') return [];
  const { ackIndex = entries.length - 1 } = outcome;
  return ackIndex + 1 < entries.length ? entries.slice(0, ackIndex + 1) : entries;
}
