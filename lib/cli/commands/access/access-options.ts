import { InvalidArgumentError } from 'commander';
import { required } from '../../option-table.js';

/** From which broker to which. */
export const copied = {
  from: required('-f, --fromBroker <address>', 'the broker they are copied from'),
  to: required('-t, --toBroker <address>', 'the broker they are copied to'),
};

export const subject = required('-s, --subject <subject>', 'whose: User:anna');

/** `Pub, Sub` is two. */
export function commaList(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  const given = parts.filter((part) => part !== '');
  if (given.length === 0) throw new InvalidArgumentError('names separated by commas are needed.');
  return given;
}
