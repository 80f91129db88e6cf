import { ProtocolError } from '../../common/errors.js';
import { parseFastjson, writeFastjson, type FastjsonObject, type FastjsonValue } from '../../common/fastjson.js';
import type { MessageQueue } from '../../message/message-queue.js';

/** A place in a message queue. */
export interface QueueOffset {
  readonly queue: MessageQueue;
  readonly offset: number;
}

/**
 * Queues with an offset each, as Java's Map of MessageQueue writes them: `{"offsetTable":{{…}:12}}`.
 * @param name the table's: offsetTable (220), messageQueueTable (221)
 */
export function encodeQueueOffsets(name: string, offsets: readonly QueueOffset[]): Buffer {
  const table = new Map(offsets.map(({ queue, offset }) => [queueKey(queue), offset]));
  return Buffer.from(writeFastjson({ [name]: table }));
}

/** Reads that, or the list of `{topic, brokerName, queueId, offset}` that C++ clients are sent. @throws ProtocolError */
export function decodeQueueOffsets(name: string, body: Buffer): QueueOffset[] {
  const table = asObject(parseFastjson(body.toString('utf8')))[name] ?? {};
  if (Array.isArray(table)) return table.map((item) => toQueueOffset(asObject(item), asObject(item).offset));
  return Object.entries(asObject(table)).map(([key, offset]) => toQueueOffset(asObject(parseFastjson(key)), offset));
}

/** A queue as a key of a Java map; fields in the order of their names, as fastjson writes them. */
export function queueKey({ topic, brokerName, queueId }: MessageQueue): MessageQueue {
  return { brokerName, queueId, topic };
}

/** Reads a table whose keys are queues, as Java's Map of MessageQueue writes it. @throws ProtocolError */
export function readQueueTable<T>(
  value: FastjsonValue | undefined,
  read: (item: FastjsonObject) => T,
): ({ queue: MessageQueue } & T)[] {
  return Object.entries(asObject(value ?? {})).map(([key, item]) => {
    const { queue } = toQueueOffset(asObject(parseFastjson(key)), 0);
    return { queue, ...read(asObject(item)) };
  });
}

function toQueueOffset({ topic, brokerName, queueId }: FastjsonObject, offset: FastjsonValue): QueueOffset {
  if (
    typeof topic !== 'string' ||
    typeof brokerName !== 'string' ||
    typeof queueId !== 'number' ||
    typeof offset !== 'number'
  ) {
    throw new ProtocolError('an offset table names a queue without topic, brokerName, queueId or offset');
  }
  return { queue: { topic, brokerName, queueId }, offset };
}

function asObject(value: FastjsonValue): FastjsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new ProtocolError('an offset table is no object');
}
