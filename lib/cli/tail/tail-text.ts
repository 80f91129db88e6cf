import type { ReceivedMessage } from '../../engine/index.js';
import type { Output } from '../output/output.js';
import { printable } from '../output/printable.js';
import { timeText } from '../output/time.js';

/** Time, place, tag, keys and body in one line; on a terminal the body stands out. */
export function tailLine(message: ReceivedMessage, output: Pick<Output, 'style'>): string {
  const { storeTimestamp, brokerName, queueId, queueOffset, tag, keys, body } = message;
  const parts = [timeText(storeTimestamp) ?? '-', `${brokerName}/${queueId}@${queueOffset}`];
  if (tag !== undefined) parts.push(`tag=${tag}`);
  if (keys.length > 0) parts.push(`keys=${keys.join(',')}`);
  return `${output.style('dim', printable(parts.join(' ')))} ${printable(body.toString('utf8'))}`;
}
