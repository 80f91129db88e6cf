/** Tells whether a table has changed. Source: Apache 5.3 DataVersion. */
export interface DataVersion {
  stateVersion: number;
  /** Milliseconds of the last change. */
  timestamp: number;
  counter: number;
}

export function nextVersion({ stateVersion, counter }: DataVersion, now: number): DataVersion {
  return { stateVersion, timestamp: now, counter: counter + 1 };
}

export function isSameVersion(a: DataVersion, b: DataVersion): boolean {
  return a.stateVersion === b.stateVersion && a.timestamp === b.timestamp && a.counter === b.counter;
}
