import { inspect } from 'node:util';
import type { LogFields } from '../ports/logger.js';
import { LevelledLogger, type LogLevel } from './levelled-logger.js';

/** One line per sentence: time, level, sentence, fields. Warnings and errors go to stderr. */
export class ConsoleLogger extends LevelledLogger {
  protected override write(level: LogLevel, sentence: string, fields: LogFields): void {
    const stream = level === 'warn' || level === 'error' ? process.stderr : process.stdout;
    stream.write(`${new Date().toISOString()} ${level.toUpperCase()} ${sentence}${formatFields(fields)}\n`);
  }
}

/** Control characters are escaped by inspect, so that a peer's text cannot forge a line. */
function formatFields(fields: LogFields): string {
  let text = '';
  for (const [name, value] of Object.entries(fields)) {
    text += ` ${name}=${inspect(value, { breakLength: Infinity, depth: 4 })}`;
  }
  return text;
}
