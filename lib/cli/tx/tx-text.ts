import type { UndecidedTransaction } from '../../engine/index.js';
import { messageAsJson } from '../commands/messages/message-text.js';
import type { Cell } from '../output/table.js';

export const transactionTitles = ['State', 'Age', 'Checks', 'Producer group', 'Topic', 'Message id'];

export function transactionRow(transaction: UndecidedTransaction, now: number): Cell[] {
  const { state, bornTimestamp, checkTimes, producerGroup, topic, messageId } = transaction;
  return [state, ageText(now - bornTimestamp), checkTimes, producerGroup, topic, messageId];
}

export function transactionAsJson(transaction: UndecidedTransaction): object {
  const { state, topic, producerGroup, messageId, bornTimestamp, checkTimes, message } = transaction;
  return { state, topic, producerGroup, messageId, bornTimestamp, checkTimes, message: messageAsJson(message) };
}

/** `7 s`, `3 min`, `5 h`, `2 d`. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
