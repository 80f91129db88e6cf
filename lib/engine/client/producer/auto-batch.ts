import type { Clock } from '../../ports/clock.js';
import { messageQueueKey, type MessageQueue } from '../../message/message-queue.js';
import { BATCH_MEMBER_OVERHEAD } from '../../message/batch-codec.js';
import type { BatchMember } from './batch.js';
import type { SendResult } from './send-result.js';

/** Messages that leave together: of one topic, with one wish for safety, for one queue or for any. */
export interface JoinedSend {
  readonly topic: string;
  /** Undefined: any. */
  readonly queue?: MessageQueue;
  readonly waitStoreOk: boolean;
  readonly members: readonly BatchMember[];
}

interface Pending extends JoinedSend {
  readonly members: BatchMember[];
  readonly settlers: { resolve: (result: SendResult) => void; reject: (error: unknown) => void }[];
  bytes: number;
}

/** A request grows no further than this; what comes then leaves with the next. */
const MAX_BYTES = 64 * 1024;

/**
 * Joins the sends of one turn of the event loop into one request each, so that many small messages
 * cost little more than one. Each still has its own result. Source: Apache 5.3 ProduceAccumulator.
 */
export class AutoBatch {
  private pending = new Map<string, Pending>();
  private isPlanned = false;

  constructor(
    private readonly clock: Clock,
    private readonly send: (joined: JoinedSend) => Promise<SendResult>,
  ) {}

  add(topic: string, queue: MessageQueue | undefined, waitStoreOk: boolean, member: BatchMember): Promise<SendResult> {
    const size = BATCH_MEMBER_OVERHEAD + member.body.length + member.properties.length;
    const key = `${queue ? messageQueueKey(queue) : topic} ${waitStoreOk}`;
    let joined = this.pending.get(key);
    if (joined && joined.bytes + size > MAX_BYTES) {
      this.pending.delete(key);
      void this.leave(joined);
      joined = undefined;
    }
    if (!joined) {
      joined = { topic, queue, waitStoreOk, members: [], settlers: [], bytes: 0 };
      this.pending.set(key, joined);
      this.plan();
    }
    joined.members.push(member);
    joined.bytes += size;
    const { settlers } = joined;
    return new Promise((resolve, reject) => settlers.push({ resolve, reject }));
  }

  /** At once, so that what is sent by itself does not overtake what was sent before. */
  flush(): void {
    if (this.pending.size === 0) return;
    const leaving = this.pending;
    this.pending = new Map();
    for (const joined of leaving.values()) void this.leave(joined);
  }

  private plan(): void {
    if (this.isPlanned) return;
    this.isPlanned = true;
    this.clock.schedule(0, () => {
      this.isPlanned = false;
      this.flush();
    });
  }

  /** Never rejects. */
  private async leave(joined: Pending): Promise<void> {
    const { members, settlers } = joined;
    try {
      const result = await this.send(joined);
      const offsetMessageIds = result.offsetMessageId.split(',');
      members.forEach(({ messageId }, index) => {
        settlers[index].resolve({
          status: result.status,
          messageId,
          offsetMessageId: offsetMessageIds[index] ?? result.offsetMessageId,
          queue: result.queue,
          queueOffset: result.queueOffset + index,
        });
      });
    } catch (error) {
      for (const { reject } of settlers) reject(error);
    }
  }
}
