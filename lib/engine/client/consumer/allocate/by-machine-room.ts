import type { AllocateStrategy } from './allocate-strategy.js';

/**
 * Shares out the queues of brokers named `room@name` whose room is among `rooms`; others belong to
 * nobody. Source: Apache 5.3 AllocateMessageQueueByMachineRoom.
 */
export function byMachineRoom(rooms: ReadonlySet<string>): AllocateStrategy {
  return {
    name: 'MACHINE_ROOM',
    allocate(clientId, queues, clientIds) {
      const index = clientIds.indexOf(clientId);
      if (index < 0) return [];
      const inRooms = queues.filter(({ brokerName }) => {
        const parts = brokerName.split('@');
        return parts.length === 2 && rooms.has(parts[0]);
      });
      const share = Math.floor(inRooms.length / clientIds.length);
      const own = inRooms.slice(share * index, share * (index + 1));
      const rest = inRooms.length % clientIds.length;
      return index < rest ? [...own, inRooms[share * clientIds.length + index]] : own;
    },
  };
}
