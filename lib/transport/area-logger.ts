import { logLevels, type LogFields, type Logger, type LogLevel } from '../engine/index.js';
import { DEFAULT_CONNECTION } from '../decorators/metadata.js';
import { NestLogger } from './nest-logger.js';

/** engine: broker, store and clients. listeners: handlers and consumer groups. transactions: coordinator. telemetry: metrics. */
export const logAreas = ['engine', 'listeners', 'transactions', 'telemetry'] as const;
export type LogArea = (typeof logAreas)[number];

export interface LoggingSettings {
  /** Where sentences go instead of Nest's log; it is handed all that the levels let through. */
  logger?: Logger;
  /** For areas that are to say more or less than `logLevel`. */
  levels?: Partial<Record<LogArea, LogLevel>>;
  /**
   * Nest's logger is handed objects, `{ message, area, …fields }`, for loggers that write JSON. Default
   * false: lines of text.
   */
  structured?: boolean;
}

/** What an area of a connection has to say. Bodies of messages are never among it. */
export function areaLogger(
  area: LogArea,
  connection: string,
  { logging = {}, logLevel = 'info' }: { logging?: LoggingSettings; logLevel?: LogLevel },
): Logger {
  const level = logging.levels?.[area] ?? logLevel;
  if (logging.logger !== undefined) return new FilteredLogger(logging.logger, level, { area, connection });
  const context = connection === DEFAULT_CONNECTION ? 'RocketMQ' : `RocketMQ:${connection}`;
  return new NestLogger(context, level, logging.structured ? { area } : undefined);
}

/** Leaves out what is below a level, and says whose sentences these are. */
class FilteredLogger implements Logger {
  private readonly threshold: number;

  constructor(
    private readonly logger: Logger,
    level: LogLevel,
    private readonly own: LogFields,
  ) {
    this.threshold = logLevels.indexOf(level);
  }

  debug(sentence: string, fields?: LogFields): void {
    if (this.threshold <= 0) this.logger.debug(sentence, { ...this.own, ...fields });
  }

  info(sentence: string, fields?: LogFields): void {
    if (this.threshold <= 1) this.logger.info(sentence, { ...this.own, ...fields });
  }

  warn(sentence: string, fields?: LogFields): void {
    if (this.threshold <= 2) this.logger.warn(sentence, { ...this.own, ...fields });
  }

  error(sentence: string, fields?: LogFields): void {
    this.logger.error(sentence, { ...this.own, ...fields });
  }
}
