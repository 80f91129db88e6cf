import { originOf, type ReceivedMessage } from '../../engine/index.js';
import type { Cell } from '../output/table.js';
import { timeText } from '../output/time.js';

export const deadLetterTitles = ['Died', 'Origin', 'Message id', 'Tag', 'Keys'];

export function deadLetterRow(message: ReceivedMessage): Cell[] {
  return [timeText(message.storeTimestamp), originOf(message), message.messageId, message.tag, message.keys.join(' ')];
}

/** `1 dead letter`, `7 dead letters`. */
export function deadLetters(count: number): string {
  return `${count} dead letter${count === 1 ? '' : 's'}`;
}
