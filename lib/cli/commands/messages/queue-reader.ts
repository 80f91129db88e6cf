import type { AdminClient, MessageQueue, ReceivedMessage } from '../../../engine/index.js';

/** A stretch of a queue, by offsets or by store times; what is left out reaches to the end. */
export interface Stretch {
  readonly beginOffset?: number;
  readonly begin?: number;
  readonly end?: number;
  /** At most so many messages. */
  readonly count?: number;
  readonly expression?: string;
}

/** A message, and how far into the stretch its queue is read. */
export interface ReadMessage {
  readonly message: ReceivedMessage;
  readonly done: number;
  readonly total: number;
}

/** Reads what is there when it begins; what comes later is left. */
export async function* readQueue(
  admin: AdminClient,
  queue: MessageQueue,
  { beginOffset, begin, end, count = Infinity, expression }: Stretch,
): AsyncGenerator<ReadMessage> {
  const min = await admin.offsets.min(queue);
  const from = Math.max(min, beginOffset ?? (begin === undefined ? min : await admin.offsets.search(queue, begin)));
  const to = end === undefined ? await admin.offsets.max(queue) : await admin.offsets.search(queue, end + 1);
  let given = 0;
  for (let offset = from; offset < to && given < count;) {
    const page = await admin.messages.read(queue, offset, { expression });
    for (const message of page.messages) {
      if (message.queueOffset >= to || given++ >= count) return;
      yield { message, done: message.queueOffset - from + 1, total: to - from };
    }
    if (page.nextOffset <= offset) return; // nothing more can be read
    offset = page.nextOffset;
  }
}
