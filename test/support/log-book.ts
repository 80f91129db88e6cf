import type { Logger, LogFields } from '../../lib/engine/ports/logger.js';

export interface LogLine {
  level: string;
  sentence: string;
  fields: LogFields;
}

/** A logger that keeps its lines. */
export class LogBook implements Logger {
  readonly lines: LogLine[] = [];
  debug = (sentence: string, fields: LogFields = {}): void =>
    void this.lines.push({ level: 'debug', sentence, fields });
  info = (sentence: string, fields: LogFields = {}): void => void this.lines.push({ level: 'info', sentence, fields });
  warn = (sentence: string, fields: LogFields = {}): void => void this.lines.push({ level: 'warn', sentence, fields });
  error = (sentence: string, fields: LogFields = {}): void =>
    void this.lines.push({ level: 'error', sentence, fields });

  find(sentence: string): LogLine | undefined {
    return this.lines.find((line) => line.sentence === sentence);
  }
}
