import type { QueueOffset } from '../../../engine/index.js';
import type { Output } from '../../output/output.js';

/** Where a group goes on. */
export function showReset(output: Output, offsets: readonly QueueOffset[]): void {
  const rows = offsets.map(({ queue, offset }) => [queue.brokerName, queue.queueId, offset]);
  output.table(offsets, ['Broker', 'Queue', 'Goes on at'], rows);
}
