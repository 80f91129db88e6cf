import { Logger as NestLog } from '@nestjs/common';
import { inspect } from 'node:util';
import { logLevels, type LogFields, type Logger, type LogLevel } from '../engine/index.js';

/** The engine's sentences in Nest's log. The field `error` of an error brings its stack along. */
export class NestLogger implements Logger {
  private readonly log: NestLog;
  private readonly threshold: number;

  /**
   * @param level the least important level that is handed on; Nest's own levels apply as well
   * @param structured given: objects with these fields are handed on instead of lines, for loggers that write JSON
   */
  constructor(
    context = 'RocketMQ',
    level: LogLevel = 'info',
    private readonly structured?: LogFields,
  ) {
    this.log = new NestLog(context);
    this.threshold = logLevels.indexOf(level);
  }

  debug(sentence: string, fields?: LogFields): void {
    if (this.threshold <= 0) this.log.debug(this.say(sentence, fields));
  }

  info(sentence: string, fields?: LogFields): void {
    if (this.threshold <= 1) this.log.log(this.say(sentence, fields));
  }

  warn(sentence: string, fields?: LogFields): void {
    if (this.threshold <= 2) this.log.warn(this.say(sentence, fields));
  }

  error(sentence: string, fields?: LogFields): void {
    const stack = fields?.error instanceof Error ? fields.error.stack : undefined;
    this.log.error(this.say(sentence, fields), stack);
  }

  private say(sentence: string, fields?: LogFields): unknown {
    if (this.structured === undefined) return line(sentence, fields);
    const { error, ...others } = fields ?? {};
    const reason = error instanceof Error ? error.message : error;
    return { message: sentence, ...this.structured, ...others, ...(error === undefined ? {} : { error: reason }) };
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
