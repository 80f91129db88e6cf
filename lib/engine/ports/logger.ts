/** What belongs to a sentence of the log, by name. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where the engine writes: a fixed sentence plus fields.
 * Info: changes of state. Debug: per request. Warn: needs attention. Error: something was not done.
 */
export interface Logger {
  debug(sentence: string, fields?: LogFields): void;
  info(sentence: string, fields?: LogFields): void;
  warn(sentence: string, fields?: LogFields): void;
  error(sentence: string, fields?: LogFields): void;
}

/** Says nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
