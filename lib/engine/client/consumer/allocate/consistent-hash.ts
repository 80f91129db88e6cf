import { createHash } from 'node:crypto';
import type { MessageQueue } from '../../../message/message-queue.js';
import type { AllocateStrategy } from './allocate-strategy.js';

/**
 * A ring on which each client stands `virtualNodes` times; a queue belongs to the next one. Few
 * queues move when a client comes or goes. Source: Apache 5.3 AllocateMessageQueueConsistentHash.
 */
export function consistentHash(virtualNodes = 10): AllocateStrategy {
  return {
    name: 'CONSISTENT_HASH',
    allocate(clientId, queues, clientIds) {
      if (!clientIds.includes(clientId)) return [];
      const ring = buildRing(clientIds, virtualNodes);
      return queues.filter((queue) => ownerOf(ring, hashOf(javaText(queue))) === clientId);
    },
  };
}

interface Node {
  readonly position: number;
  readonly clientId: string;
}

/** Sorted; of nodes at one position the last added stays, as in a Java map. */
function buildRing(clientIds: readonly string[], virtualNodes: number): readonly Node[] {
  const byPosition = new Map<number, string>();
  for (const clientId of clientIds) {
    for (let replica = 0; replica < virtualNodes; replica++) byPosition.set(hashOf(`${clientId}-${replica}`), clientId);
  }
  return [...byPosition]
    .map(([position, clientId]) => ({ position, clientId }))
    .sort((a, b) => a.position - b.position);
}

function ownerOf(ring: readonly Node[], position: number): string | undefined {
  return (ring.find((node) => node.position >= position) ?? ring.at(0))?.clientId;
}

/** The first four bytes of MD5. */
function hashOf(key: string): number {
  return createHash('md5').update(key, 'utf8').digest().readUInt32BE(0);
}

/** Java's MessageQueue#toString: part of the format, since every client has to hash the same text. */
function javaText({ topic, brokerName, queueId }: MessageQueue): string {
  return `MessageQueue [topic=${topic}, brokerName=${brokerName}, queueId=${queueId}]`;
}
