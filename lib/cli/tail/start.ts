import { InvalidArgumentError } from 'commander';
import { moment } from '../option-table.js';

/** Where reading begins: a time is milliseconds since the epoch. */
export type Start = 'first' | 'last' | number;

export function startOf(text: string): Start {
  if (text === 'first' || text === 'last') return text;
  try {
    return moment(text);
  } catch {
    throw new InvalidArgumentError('first, last, milliseconds or yyyy-MM-dd#HH:mm:ss:SSS are needed.');
  }
}
