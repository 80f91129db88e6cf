import type { ReceivedMessage } from '../../message/message.js';
import type { MessageQueue } from '../../message/message-queue.js';
import type { MessageAdmin } from './message-admin.js';
import type { OffsetAdmin } from './offset-admin.js';
import { TOOLS_CONSUMER_GROUP } from './tools-group.js';

const READ_COUNT = 32;

/** A stretch of a queue in which messages wait for an operator. */
export interface LaidAsideQueue {
  readonly queue: MessageQueue;
  /** Of the first message that still waits. */
  readonly begin: number;
  /** Behind the last one. */
  readonly end: number;
}

/**
 * A topic into which brokers lay messages that nobody consumes: dead letters, undecided transactions. A log forgets
 * nothing that is in its middle, so how far an operator has seen to them is kept as a consumer's offset.
 */
export class LaidAside {
  constructor(
    private readonly messages: MessageAdmin,
    private readonly offsets: OffsetAdmin,
  ) {}

  /** @param all also what was seen to already, as far as it is still stored. @throws TopicNotFoundError */
  async queues(topic: string, all = false): Promise<LaidAsideQueue[]> {
    const progress = await this.offsets.progress(TOOLS_CONSUMER_GROUP, topic);
    return Promise.all(
      progress.map(async ({ queue, brokerOffset, consumerOffset = 0 }) => {
        const min = await this.offsets.min(queue);
        return { queue, begin: Math.min(brokerOffset, all ? min : Math.max(min, consumerOffset)), end: brokerOffset };
      }),
    );
  }

  /** What waits in a queue, oldest first. */
  async *read({ queue, begin, end }: LaidAsideQueue): AsyncGenerator<ReceivedMessage> {
    for (let offset = begin; offset < end;) {
      const { messages, nextOffset } = await this.messages.read(queue, offset, { maxCount: READ_COUNT });
      for (const message of messages) if (message.queueOffset < end) yield message;
      if (nextOffset <= offset) return; // a broker that tells no way on
      offset = nextOffset;
    }
  }

  /** All before `queueOffset` have been seen to. */
  settle(queue: MessageQueue, queueOffset: number): Promise<void> {
    return this.offsets.commit(TOOLS_CONSUMER_GROUP, queue, queueOffset);
  }
}
