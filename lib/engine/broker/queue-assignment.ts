import { messageQueueKey, type MessageQueue } from '../message/message-queue.js';

/**
 * The queues that fall to a client. Both lists sorted as Java does.
 * Source: Apache 5.3 QueryAssignmentProcessor, AllocateMessageQueueAveragely, AllocateMessageQueueAveragelyByCircle.
 */
type Strategy = (index: number, queues: readonly MessageQueue[], clients: number) => readonly MessageQueue[];

/** By the names clients ask for; the others need a configuration that only clients have. */
const strategies: Readonly<Record<string, Strategy>> = {
  AVG: (index, queues, clients) => {
    const [share, rest] = [Math.floor(queues.length / clients), queues.length % clients];
    const start = index * share + Math.min(index, rest);
    return queues.slice(start, start + share + (index < rest ? 1 : 0));
  },
  AVG_BY_CIRCLE: (index, queues, clients) => queues.filter((_, position) => position % clients === index),
};

/** @returns undefined when the strategy is none the broker knows */
export function assignToPull(
  clientId: string,
  clientIds: readonly string[],
  queues: readonly MessageQueue[],
  strategyName: string,
): readonly MessageQueue[] | undefined {
  const strategy = Object.hasOwn(strategies, strategyName) ? strategies[strategyName] : undefined;
  if (strategy === undefined) return undefined;
  const index = clientIds.indexOf(clientId);
  return index < 0 ? [] : strategy(index, queues, clientIds.length);
}

/**
 * Clients that pop share queues.
 * @param shareCount clients behind a queue's own that pop it too; 0 and below, or nearly all: everybody pops everything
 */
export function assignToPop(
  clientId: string,
  clientIds: readonly string[],
  queues: readonly MessageQueue[],
  strategyName: string,
  shareCount: number,
): readonly MessageQueue[] | undefined {
  if (shareCount <= 0 || shareCount >= clientIds.length - 1) return everyBroker(queues);
  const index = clientIds.indexOf(clientId);
  if (index < 0 || queues.length === 0) return [];
  if (clientIds.length > queues.length) return [queues[index % queues.length]];
  const assigned: MessageQueue[] = [];
  for (let step = 0; step <= shareCount; step++) {
    const neighbour = clientIds[(index + step) % clientIds.length];
    const share = assignToPull(neighbour, clientIds, queues, strategyName);
    if (share === undefined) return undefined;
    assigned.push(...share);
  }
  return assigned;
}

/** Queue -1 of each broker stands for all of its queues. */
function everyBroker(queues: readonly MessageQueue[]): MessageQueue[] {
  const all = queues.map((queue) => ({ ...queue, queueId: -1 }));
  return [...new Map(all.map((queue) => [messageQueueKey(queue), queue])).values()];
}
