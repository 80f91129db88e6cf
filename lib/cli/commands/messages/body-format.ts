import { InvalidArgumentError } from 'commander';
import { optional } from '../../option-table.js';
import type { BodyFormat } from './message-text.js';

export const bodyFormatOption = optional('-f, --bodyFormat <format>', 'text, hex, base64 or none', bodyFormat, 'text');

function bodyFormat(text: string): BodyFormat {
  if (text === 'text' || text === 'hex' || text === 'base64' || text === 'none') return text;
  throw new InvalidArgumentError('text, hex, base64 or none.');
}
