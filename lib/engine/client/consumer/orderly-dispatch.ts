import type { Cancellable } from '../../ports/clock.js';
import type { DirectConsumeResult } from '../../protocol/bodies/consumer-running-info.js';
import type { ReceivedMessage } from '../../message/message.js';
import { consumeOnce } from './dispatch.js';
import type { CachedMessage, ProcessQueue } from './process-queue.js';
import type { ListenerCall } from './listener-call.js';
import { checkOutcome, ListenerDispatch, type Batch, type ListenerDispatchOptions } from './listener-dispatch.js';
import type { ConsumeContext, OrderlyListener, OrderlyOutcome } from './push-consumer-options.js';
import { DEAD_LETTER_LEVEL, type SendBack } from './send-back.js';

/** Queues are consumed `concurrency` at a time; a call that takes too long goes on, since what is behind it may not overtake. */
export interface OrderlyDispatchOptions extends ListenerDispatchOptions {
  readonly consume: OrderlyListener;
  readonly suspendCurrentQueueTimeMs: number;
  /** Infinity: a message is tried until it succeeds. */
  readonly maxReconsumeTimes: number;
  /** Undefined when broadcasting: what is rejected is dropped. */
  readonly sendBack?: SendBack;
  /** Whether nobody else may consume the queue at this moment. */
  readonly isLocked: (queue: ProcessQueue) => boolean;
  /** Told when a queue that is to be consumed is not locked; it is not touched any more. */
  readonly onLockLost: (queue: ProcessQueue) => void;
}

/** Source: Apache 5.3 ConsumeMessageOrderlyService#submitConsumeRequestLater. */
const MIN_SUSPEND_MS = 10;
const MAX_SUSPEND_MS = 30_000;
const statuses = ['SUCCESS', 'SUSPEND', 'REJECT'] as const;
/** A message that is tried again and again is mentioned this often. */
const WARN_EVERY = 16;

/**
 * Calls the listener for one batch of a queue at a time, in the order of offsets; the next begins
 * when the one before is settled. Queues take turns. Source: Apache 5.3 ConsumeMessageOrderlyService.
 */
export class OrderlyDispatch extends ListenerDispatch<ProcessQueue> {
  /** Queues that are ready, in a listener call, or suspended. */
  private readonly busy = new Set<ProcessQueue>();
  private readonly suspended = new Set<Cancellable>();

  constructor(private readonly options: OrderlyDispatchOptions) {
    super(options);
  }

  accept(queue: ProcessQueue): void {
    if (this.halted || this.busy.has(queue)) return;
    this.busy.add(queue);
    this.ready.push(queue);
    this.pump();
  }

  override halt(): void {
    super.halt();
    for (const timer of this.suspended) timer.cancel();
    this.suspended.clear();
  }

  consumeDirectly(context: ConsumeContext, message: ReceivedMessage): Promise<DirectConsumeResult> {
    return consumeOnce(true, this.options.clock, () => this.options.consume([message], context));
  }

  protected batchOf(queue: ProcessQueue): Batch | undefined {
    const { consumeMessageBatchMaxSize, isLocked, onLockLost } = this.options;
    const entries = queue.isDropped ? [] : queue.first(consumeMessageBatchMaxSize);
    if (entries.length > 0 && isLocked(queue)) return { queue, entries };
    this.busy.delete(queue);
    if (entries.length > 0) onLockLost(queue);
    return undefined;
  }

  protected async consume(call: ListenerCall): Promise<void> {
    const { owned, entries } = call;
    const outcome = await this.outcomeOf(call);
    this.count(call, outcome.status === 'SUCCESS' ? entries.length : 0);
    const suspendMs = await this.settle(owned, entries, outcome);
    if (!this.halted) this.goOn(owned, suspendMs);
    this.end(call);
  }

  private goOn(queue: ProcessQueue, suspendMs: number): void {
    if (suspendMs === 0) {
      this.ready.push(queue);
      return;
    }
    const timer = this.options.clock.schedule(suspendMs, () => {
      this.suspended.delete(timer);
      this.ready.push(queue);
      this.pump();
    });
    this.suspended.add(timer);
  }

  /** Never rejects: a listener that throws says SUSPEND. */
  private async outcomeOf(call: ListenerCall): Promise<OrderlyOutcome> {
    const { consume, logger, group } = this.options;
    const messages = call.entries.map(({ message }) => message);
    try {
      const outcome = await consume(messages, call);
      checkOutcome(outcome, statuses);
      return outcome;
    } catch (error) {
      const [{ messageId, reconsumeTimes }] = messages;
      const fields = { group, messageId, reconsumeTimes, error };
      if (reconsumeTimes % WARN_EVERY === 0) logger.warn('listener failed; its queue is suspended', fields);
      else logger.debug('listener failed; its queue is suspended', fields);
      return { status: 'SUSPEND' };
    }
  }

  /** @returns how long the queue is to pause: 0 when it goes on */
  private async settle(
    queue: ProcessQueue,
    entries: readonly CachedMessage[],
    outcome: OrderlyOutcome,
  ): Promise<number> {
    if (outcome.status === 'SUCCESS') {
      queue.settle(entries);
      return 0;
    }
    const rejected =
      outcome.status === 'REJECT'
        ? entries
        : entries.filter(({ message }) => message.reconsumeTimes >= this.options.maxReconsumeTimes);
    for (const entry of rejected) {
      if (await this.reject(queue, entry)) queue.settle([entry]);
    }
    const left = entries.filter(({ isSettled }) => !isSettled);
    if (left.length === 0) return 0;
    for (const { message } of left) message.reconsumeTimes++;
    const suspendMs = outcome.status === 'SUSPEND' ? outcome.suspendMs : undefined;
    return clamp(suspendMs ?? this.options.suspendCurrentQueueTimeMs);
  }

  /** @returns whether the message needs no more here */
  private async reject(queue: ProcessQueue, { message }: CachedMessage): Promise<boolean> {
    const { sendBack, isLocked, logger, group } = this.options;
    const { messageId } = message;
    if (!isLocked(queue)) return false; // another consumer decides now
    if (!sendBack) {
      logger.warn('message rejected; broadcasting has no dead letters', { group, messageId });
      return true;
    }
    try {
      await sendBack.send(message, DEAD_LETTER_LEVEL);
      logger.warn('message sent to the dead letters', { group, messageId, reconsumeTimes: message.reconsumeTimes });
      return true;
    } catch (error) {
      logger.error('message could not be sent to the dead letters; its queue is suspended', {
        group,
        messageId,
        error,
      });
      return false;
    }
  }
}

function clamp(suspendMs: number): number {
  return Math.min(MAX_SUSPEND_MS, Math.max(MIN_SUSPEND_MS, suspendMs));
}
