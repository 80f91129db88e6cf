import type { DurationBucket } from '../ports/duration-bucket.js';

/** How a store fares, for reports. */
export interface StoreFigures {
  /** False while writes are refused: disk full, failed, stopping. */
  readonly isWriteable: boolean;
  /** Why it has stopped, if its disk failed. */
  readonly failure?: Error;
  readonly minPhysicalOffset: number;
  readonly maxPhysicalOffset: number;
  readonly flushedPhysicalOffset: number;
  /** How long the oldest byte that is written has waited for the disk; 0 when all is on it. */
  readonly unflushedMs: number;
  /** How long flushes have taken since the start. */
  readonly flushes: readonly DurationBucket[];
  readonly readCache: CacheFigures;
}

/** What was read from the log's files and is kept in memory. */
export interface CacheFigures {
  readonly bytes: number;
  readonly maxBytes: number;
  /** Reads that found their bytes here. */
  readonly hits: number;
  readonly misses: number;
}
