import { inspect } from 'node:util';
import type { LogFields, Logger } from '../ports/logger.js';
import { logLevels, type LogLevel } from './console-logger.js';

/** A JSON object a line on stderr, for programs that collect logs: time, level, message, then the fields. */
export class JsonLinesLogger implements Logger {
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

  private write(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (logLevels.indexOf(level) < this.threshold) return;
    const line = { time: new Date().toISOString(), level, message, ...fields };
    process.stderr.write(`${textOf(line)}\n`);
  }
}

function textOf(line: LogFields): string {
  try {
    return JSON.stringify(line, asJson);
  } catch {
    const { time, level, message, ...fields } = line; // something in it refers to itself
    return JSON.stringify({ time, level, message, fields: inspect(fields) });
  }
}

/** What JSON has no form for. */
function asJson(_name: string, value: unknown): unknown {
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    return { name, message, stack, cause };
  }
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  return typeof value === 'bigint' ? String(value) : value;
}
