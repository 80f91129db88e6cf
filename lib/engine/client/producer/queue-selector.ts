import { ConfigurationError } from '../../common/errors.js';
import { javaHash } from '../../common/java-hash.js';
import type { Message } from '../../message/message.js';
import type { MessageQueue } from '../../message/message-queue.js';
import type { Random } from '../../ports/random.js';
import type { FaultTolerance } from './fault-tolerance.js';
import type { SendOptions } from './producer-options.js';

/** Queues in turn, each topic from a random start. Source: Apache 5.3 TopicPublishInfo, MQFaultStrategy#selectOneMessageQueue. */
export class RoundRobin {
  private readonly next = new Map<string, number>();

  constructor(
    private readonly random: Random,
    /** Set when slow brokers are to be avoided. */
    private readonly faults?: FaultTolerance,
  ) {}

  /**
   * The topic's next queue.
   * @param queues not empty
   * @param lastBrokerName where the attempt before failed: avoided if there is another
   */
  select(topic: string, queues: readonly MessageQueue[], lastBrokerName?: string): MessageQueue {
    const start = this.next.get(topic) ?? this.random.nextInt(queues.length);
    const isOther = (name: string): boolean => name !== lastBrokerName;
    const { faults } = this;
    let chosen = faults
      ? (find(queues, start, (name) => isOther(name) && faults.isAvailable(name)) ??
        find(queues, start, (name) => isOther(name) && faults.isReachable(name)))
      : find(queues, start, isOther);
    chosen ??= start;
    this.next.set(topic, (chosen + 1) % queues.length);
    return queues[chosen % queues.length];
  }
}

/** The queue that options ask for; undefined when they leave it open. @throws ConfigurationError */
export function chooseQueue(
  queues: readonly MessageQueue[],
  message: Message,
  { queue, shardingKey, selectQueue }: SendOptions,
): MessageQueue | undefined {
  const key = shardingKey ?? message.shardingKey;
  if (queue !== undefined) return chosenQueue(queue, message.topic);
  if (selectQueue !== undefined) return chosenQueue(selectQueue(queues, message), message.topic);
  return key === undefined ? undefined : queues[shardOf(key, queues.length)];
}

/** Source: Apache 5.3 SelectMessageQueueByHash. */
export function shardOf(key: string, queueCount: number): number {
  return Math.abs(javaHash(key) % queueCount);
}

function chosenQueue(queue: MessageQueue | undefined, topic: string): MessageQueue {
  if (queue === undefined)
    throw new ConfigurationError('selectQueue', 'returned no queue; return one of those it was given');
  if (queue.topic === topic) return queue;
  throw new ConfigurationError(
    'queue',
    `belongs to topic ${queue.topic}, the message to ${topic}; choose one of its own`,
  );
}

function find(
  queues: readonly MessageQueue[],
  start: number,
  accepts: (brokerName: string) => boolean,
): number | undefined {
  for (let step = 0; step < queues.length; step++) {
    const index = (start + step) % queues.length;
    if (accepts(queues[index].brokerName)) return index;
  }
  return undefined;
}
