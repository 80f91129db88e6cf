import { originOf, type ReceivedMessage } from '../../engine/index.js';
import type { Cell } from '../output/table.js';
import { timeText } from '../output/time.js';

const BODY_PREVIEW = 24;

export const deadLetterTitles = ['Died', 'Origin', 'Message id', 'Tag', 'Keys', 'Body'];

export function deadLetterRow(message: ReceivedMessage): Cell[] {
  const body = message.body.toString('utf8');
  return [
    timeText(message.storeTimestamp),
    originOf(message),
    message.messageId,
    message.tag,
    message.keys.join(' '),
    body.length > BODY_PREVIEW ? `${body.slice(0, BODY_PREVIEW)}…` : body,
  ];
}

/** `1 dead letter`, `7 dead letters`. */
export function deadLetters(count: number): string {
  return `${count} dead letter${count === 1 ? '' : 's'}`;
}
