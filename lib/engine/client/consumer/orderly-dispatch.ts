import { Fifo } from '../../common/fifo.js';
import type { Cancellable, Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { DirectConsumeResult } from '../../protocol/bodies/consumer-running-info.js';
import type { ReceivedMessage } from '../../message/message.js';
import { CallPace, type RateLimit } from './call-pace.js';
import { consumeOnce, type Dispatch } from './dispatch.js';
import type { CachedMessage, ProcessQueue } from './process-queue.js';
import { ListenerCall } from './listener-call.js';
import { ListenerCalls } from './listener-calls.js';
import type { ConsumeContext, OrderlyListener, OrderlyOutcome, SlowListener } from './push-consumer-options.js';
import { DEAD_LETTER_LEVEL, type SendBack } from './send-back.js';

export interface OrderlyDispatchOptions {
  readonly group: string;
  readonly consume: OrderlyListener;
  /** Queues consumed at a time. */
  readonly concurrency: number;
  readonly consumeMessageBatchMaxSize: number;
  readonly rateLimit?: RateLimit;
  /** A call that takes longer is named; it goes on, since what is behind it may not overtake. */
  readonly consumeTimeoutMs: number;
  readonly onSlowListener: (slow: SlowListener) => void;
  readonly suspendCurrentQueueTimeMs: number;
  /** Infinity: a message is tried until it succeeds. */
  readonly maxReconsumeTimes: number;
  /** Undefined when broadcasting: what is rejected is dropped. */
  readonly sendBack?: SendBack;
  /** Whether nobody else may consume the queue at this moment. */
  readonly isLocked: (queue: ProcessQueue) => boolean;
  /** Told when a queue that is to be consumed is not locked; it is not touched any more. */
  readonly onLockLost: (queue: ProcessQueue) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Source: Apache 5.3 ConsumeMessageOrderlyService#submitConsumeRequestLater. */
const MIN_SUSPEND_MS = 10;
const MAX_SUSPEND_MS = 30_000;
const statuses: ReadonlySet<unknown> = new Set<OrderlyOutcome['status']>(['SUCCESS', 'SUSPEND', 'REJECT']);
/** A message that is tried again and again is mentioned this often. */
const WARN_EVERY = 16;

/**
 * Calls the listener for one batch of a queue at a time, in the order of offsets; the next begins
 * when the one before is settled. Queues take turns. Source: Apache 5.3 ConsumeMessageOrderlyService.
 */
export class OrderlyDispatch implements Dispatch {
  private readonly ready = new Fifo<ProcessQueue>();
  /** Queues that are ready, in a listener call, or suspended. */
  private readonly busy = new Set<ProcessQueue>();
  private readonly pace: CallPace;
  private readonly calls: ListenerCalls;
  private readonly suspended = new Set<Cancellable>();
  private concurrency: number;
  private halted = false;

  constructor(private readonly options: OrderlyDispatchOptions) {
    this.concurrency = options.concurrency;
    this.pace = new CallPace(options.rateLimit, options.clock, () => this.pump());
    this.calls = new ListenerCalls(options);
  }

  accept(queue: ProcessQueue): void {
    if (this.halted || this.busy.has(queue)) return;
    this.busy.add(queue);
    this.ready.push(queue);
    this.pump();
  }

  halt(): void {
    this.halted = true;
    this.pace.halt();
    this.ready.clear();
    for (const timer of this.suspended) timer.cancel();
    this.suspended.clear();
  }

  whenIdle(): Promise<void> {
    return this.calls.whenNone();
  }

  inFlight(): readonly ReceivedMessage[] {
    return this.calls.messages;
  }

  setConcurrency(concurrency: number): void {
    this.concurrency = concurrency;
    this.pump();
  }

  consumeDirectly(context: ConsumeContext, message: ReceivedMessage): Promise<DirectConsumeResult> {
    return consumeOnce(true, this.options.clock, () => this.options.consume([message], context));
  }

  private pump(): void {
    while (!this.halted && this.calls.size < this.concurrency) {
      const queue = this.ready.first;
      if (!queue) return;
      const entries = queue.isDropped ? [] : queue.first(this.options.consumeMessageBatchMaxSize);
      const isLocked = entries.length === 0 || this.options.isLocked(queue);
      if (entries.length > 0 && isLocked && !this.pace.mayBegin(entries.length)) return;
      this.ready.shift();
      if (entries.length === 0) {
        this.busy.delete(queue);
      } else if (!isLocked) {
        this.busy.delete(queue);
        this.options.onLockLost(queue);
      } else {
        const call = new ListenerCall(queue, entries, this.options.clock.monotonic());
        this.calls.begin(call);
        void this.run(call);
      }
    }
  }

  private async run(call: ListenerCall): Promise<void> {
    const outcome = await this.call(call);
    const suspendMs = await this.settle(call.owned, call.entries, outcome);
    this.calls.end(call);
    if (!this.halted) this.goOn(call.owned, suspendMs);
    this.pump();
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
  private async call(call: ListenerCall): Promise<OrderlyOutcome> {
    const { consume, logger, group } = this.options;
    const messages = call.entries.map(({ message }) => message);
    try {
      const outcome = await consume(messages, call);
      if (statuses.has(outcome.status)) return outcome;
      throw new TypeError(`a listener may answer SUCCESS, SUSPEND or REJECT, not ${JSON.stringify(outcome)}`);
    } catch (error) {
      const [{ reconsumeTimes, messageId }] = messages;
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
