import { inspect } from 'node:util';
import type { LogFields } from '../ports/logger.js';
import { LevelledLogger, type LogLevel } from './levelled-logger.js';

/** A JSON object a line on stderr, for programs that collect logs: time, level, message, then the fields. */
export class JsonLinesLogger extends LevelledLogger {
  protected override write(level: LogLevel, message: string, fields: LogFields): void {
    process.stderr.write(`${textOf({ time: new Date().toISOString(), level, message, ...fields })}\n`);
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
