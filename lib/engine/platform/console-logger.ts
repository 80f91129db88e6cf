import { inspect } from 'node:util';
import type { LogFields, Logger } from '../ports/logger.js';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** One line per sentence: time, level, sentence, fields. Warnings and errors go to stderr. */
export class ConsoleLogger implements Logger {
  private readonly threshold: number;

  /** @param level the least important level that is written */
  constructor(level: LogLevel = 'info') {
    this.threshold = logLevels.indexOf(level);
  }

  debug(sentence: string, fields?: LogFields): void {
    this.write('debug', sentence, fields);
  }

  info(sentence: string, fields?: LogFields): void {
    this.write('info', sentence, fields);
  }

  warn(sentence: string, fields?: LogFields): void {
    this.write('warn', sentence, fields);
  }

  error(sentence: string, fields?: LogFields): void {
    this.write('error', sentence, fields);
  }

  private write(level: LogLevel, sentence: string, fields: LogFields = {}): void {
    const importance = logLevels.indexOf(level);
    if (importance < this.threshold) return;
    const stream = importance >= logLevels.indexOf('warn') ? process.stderr : process.stdout;
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
