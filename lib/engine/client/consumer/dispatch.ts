import type { Clock } from '../../ports/clock.js';
import type { DirectConsumeResult } from '../../protocol/bodies/consumer-running-info.js';
import type { ReceivedMessage } from '../../message/message.js';
import type { CachedMessage, ProcessQueue } from './process-queue.js';
import type { ConsumeContext } from './push-consumer-options.js';

/** Brings pulled messages to the listener and settles them by its outcome. */
export interface Dispatch {
  /** These were pulled, in this order. */
  accept(queue: ProcessQueue, entries: readonly CachedMessage[]): void;
  /** No listener is called from now on. */
  halt(): void;
  /** Resolves when no listener call is under way; only after halt(). */
  whenIdle(): Promise<void>;
  /** Tells listeners that their outcome no longer counts: those with messages of one queue, or all. */
  cancel(reason: string, queue?: ProcessQueue): void;
  /** Messages in listener calls that are under way. */
  inFlight(): readonly ReceivedMessage[];
  /** How many listener calls there may be at a time from now on. */
  setConcurrency(concurrency: number): void;
  /** One listener call past all queues; its outcome settles nothing. */
  consumeDirectly(context: ConsumeContext, message: ReceivedMessage): Promise<DirectConsumeResult>;
}

/** Source: Apache 5.3 ConsumeMessageConcurrentlyService#consumeMessageDirectly. */
export async function consumeOnce(
  order: boolean,
  clock: Clock,
  consume: () => Promise<{ status: string }>,
): Promise<DirectConsumeResult> {
  const begin = clock.monotonic();
  const result = (consumeResult: DirectConsumeResult['consumeResult'], remark: string): DirectConsumeResult => ({
    order,
    autoCommit: true,
    consumeResult,
    remark,
    spentTimeMills: Math.round(clock.monotonic() - begin),
  });
  try {
    const { status } = await consume();
    return result(status === 'SUCCESS' ? 'CR_SUCCESS' : 'CR_LATER', status);
  } catch (error) {
    return result('CR_THROW_EXCEPTION', error instanceof Error ? error.message : String(error));
  }
}
