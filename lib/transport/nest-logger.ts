import { Logger as NestLog } from '@nestjs/common';
import { inspect } from 'node:util';
import { logLevels, type LogFields, type Logger, type LogLevel } from '../engine/index.js';

/** The engine's sentences in Nest's log. The field `error` of an error brings its stack along. */
export class NestLogger implements Logger {
  private readonly log: NestLog;
  private readonly threshold: number;

  /** @param level the least important level that is handed on; Nest's own levels apply as well */
  constructor(context = 'RocketMQ', level: LogLevel = 'info') {
    this.log = new NestLog(context);
    this.threshold = logLevels.indexOf(level);
  }

  debug(sentence: string, fields?: LogFields): void {
    if (this.threshold <= 0) this.log.debug(line(sentence, fields));
  }

  info(sentence: string, fields?: LogFields): void {
    if (this.threshold <= 1) this.log.log(line(sentence, fields));
  }

  warn(sentence: string, fields?: LogFields): void {
    if (this.threshold <= 2) this.log.warn(line(sentence, fields));
  }

  error(sentence: string, fields?: LogFields): void {
    const stack = fields?.error instanceof Error ? fields.error.stack : undefined;
    this.log.error(line(sentence, fields), stack);
  }
}

function line(sentence: string, fields: LogFields = {}): string {
  const parts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${format(value)}`);
  return parts.length === 0 ? sentence : `${sentence} (${parts.join(', ')})`;
}

function format(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return value.message;
  return inspect(value, { breakLength: Infinity, depth: 3 });
}
