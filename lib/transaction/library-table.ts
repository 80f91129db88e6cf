import type { SqlDialect } from './unit-of-work.js';

/** A table of the library's own. */
export interface LibraryTable {
  readonly name: string;
  /** Statements that create it, harmless where it exists. Times are milliseconds since the epoch. */
  readonly ddl: Readonly<Record<SqlDialect, readonly string[]>>;
}
