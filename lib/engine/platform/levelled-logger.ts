import type { LogFields, Logger } from '../ports/logger.js';

/** From the least important to the most. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
/** How important a sentence of the log is. */
export type LogLevel = (typeof logLevels)[number];

/** Leaves out what is less important than its level. */
export abstract class LevelledLogger implements Logger {
  private readonly threshold: number;

  /** @param level the least important level that is written */
  constructor(level: LogLevel = 'info') {
    this.threshold = logLevels.indexOf(level);
  }

  debug(sentence: string, fields: LogFields = {}): void {
    if (this.threshold <= logLevels.indexOf('debug')) this.write('debug', sentence, fields);
  }

  info(sentence: string, fields: LogFields = {}): void {
    if (this.threshold <= logLevels.indexOf('info')) this.write('info', sentence, fields);
  }

  warn(sentence: string, fields: LogFields = {}): void {
    if (this.threshold <= logLevels.indexOf('warn')) this.write('warn', sentence, fields);
  }

  error(sentence: string, fields: LogFields = {}): void {
    this.write('error', sentence, fields);
  }

  protected abstract write(level: LogLevel, sentence: string, fields: LogFields): void;
}
