import { ConfigurationError } from '../../../common/errors.js';
import { compareText, type MessageQueue } from '../../../message/message-queue.js';
import type { AllocateStrategy } from './allocate-strategy.js';

/** Says in which room something stands; an empty answer is an error. */
export interface MachineRoomResolver {
  ofQueue(queue: MessageQueue): string;
  ofClient(clientId: string): string;
}

/**
 * Queues go to clients in their own room; those of rooms without clients go to all clients.
 * `inner` shares them out. Source: Apache 5.3 AllocateMachineRoomNearby.
 */
export function machineRoomNearby(inner: AllocateStrategy, resolver: MachineRoomResolver): AllocateStrategy {
  return {
    name: `MACHINE_ROOM_NEARBY-${inner.name}`,
    allocate(clientId, queues, clientIds) {
      if (!clientIds.includes(clientId)) return [];
      const queuesByRoom = groupByRoom(queues, (queue) => resolver.ofQueue(queue));
      const clientsByRoom = groupByRoom(clientIds, (client) => resolver.ofClient(client));
      const ownRoom = resolver.ofClient(clientId);
      const own = queuesByRoom.get(ownRoom) ?? [];
      const result = [...inner.allocate(clientId, own, clientsByRoom.get(ownRoom) ?? [])];
      for (const room of [...queuesByRoom.keys()].sort(compareText)) {
        if (clientsByRoom.has(room)) continue;
        result.push(...inner.allocate(clientId, queuesByRoom.get(room) ?? [], clientIds));
      }
      return result;
    },
  };
}

function groupByRoom<T>(items: readonly T[], roomOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const room = roomOf(item);
    if (room === '') {
      throw new ConfigurationError('allocateStrategy', `no machine room is known for ${JSON.stringify(item)}`);
    }
    const group = groups.get(room);
    if (group) group.push(item);
    else groups.set(room, [item]);
  }
  return groups;
}
