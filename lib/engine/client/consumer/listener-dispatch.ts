import { Fifo } from '../../common/fifo.js';
import type { ReceivedMessage } from '../../message/message.js';
import type { DirectConsumeResult } from '../../protocol/bodies/consumer-running-info.js';
import { CallPace, type RateLimit } from './call-pace.js';
import type { ConsumeStatistics } from './consume-statistics.js';
import type { Dispatch } from './dispatch.js';
import { ListenerCall } from './listener-call.js';
import { ListenerCalls, type ListenerCallsOptions } from './listener-calls.js';
import type { CachedMessage, ProcessQueue } from './process-queue.js';
import type { ConsumeContext } from './push-consumer-options.js';

export interface ListenerDispatchOptions extends Omit<ListenerCallsOptions, 'onTimeout'> {
  /** Listener calls at a time. */
  readonly concurrency: number;
  /** Messages of one call. */
  readonly consumeMessageBatchMaxSize: number;
  readonly rateLimit?: RateLimit;
  readonly statistics: ConsumeStatistics;
}

/** Messages of one queue that go into one listener call. */
export interface Batch {
  readonly queue: ProcessQueue;
  readonly entries: readonly CachedMessage[];
}

/** What concurrent and orderly consumption share: calls begin in turn, as many at a time and as fast as is allowed. */
export abstract class ListenerDispatch<Waiting> implements Dispatch {
  protected readonly ready = new Fifo<Waiting>();
  protected halted = false;
  private readonly pace: CallPace;
  private readonly calls: ListenerCalls;
  private concurrency: number;

  protected constructor(private readonly base: ListenerDispatchOptions) {
    this.concurrency = base.concurrency;
    this.pace = new CallPace(base.rateLimit, base.clock, () => this.pump());
    this.calls = new ListenerCalls({ ...base, onTimeout: (call) => this.giveUp(call) });
  }

  abstract accept(queue: ProcessQueue, entries: readonly CachedMessage[]): void;
  abstract consumeDirectly(context: ConsumeContext, message: ReceivedMessage): Promise<DirectConsumeResult>;

  halt(): void {
    this.halted = true;
    this.pace.halt();
    this.ready.clear();
  }

  whenIdle(): Promise<void> {
    return this.calls.whenNone();
  }

  cancel(reason: string, queue?: ProcessQueue): void {
    this.calls.cancel(reason, queue);
  }

  inFlight(): readonly ReceivedMessage[] {
    return this.calls.messages;
  }

  setConcurrency(concurrency: number): void {
    this.concurrency = concurrency;
    this.pump();
  }

  /** What the listener is to be called with when it is this one's turn; undefined: it has none any more. */
  protected abstract batchOf(waiting: Waiting): Batch | undefined;

  /** Calls the listener, settles its outcome, and ends the call. Never rejects. */
  protected abstract consume(call: ListenerCall): Promise<void>;

  /** The call has taken consumeTimeoutMs; it may be ended here. */
  protected async giveUp(_call: ListenerCall): Promise<void> {}

  protected pump(): void {
    while (!this.halted && this.calls.size < this.concurrency) {
      const waiting = this.ready.first;
      if (waiting === undefined) return;
      const batch = this.batchOf(waiting);
      if (batch !== undefined && !this.pace.mayBegin(batch.entries.length)) return;
      this.ready.shift();
      if (batch !== undefined) this.begin(batch);
    }
  }

  /** @param consumed how many of the call's messages the listener, which has just answered, has consumed */
  protected count({ queue, entries, startedAt }: ListenerCall, consumed: number): void {
    this.base.statistics.called(queue.topic, startedAt, consumed, entries.length - consumed);
  }

  /** Frees the call's place. */
  protected end(call: ListenerCall): void {
    this.calls.end(call);
    this.pump();
  }

  private begin({ queue, entries }: Batch): void {
    const call = new ListenerCall(queue, entries, this.base.clock.monotonic());
    this.calls.begin(call);
    void this.consume(call);
  }
}

/** @throws TypeError when a listener's outcome is none of `statuses` */
export function checkOutcome(outcome: { status: unknown }, statuses: readonly string[]): void {
  if (statuses.includes(outcome.status as string)) return;
  throw new TypeError(`a listener may answer ${statuses.join(', ')}, not ${JSON.stringify(outcome)}`);
}
