import { parseFastjson, type FastjsonValue } from '../../common/fastjson.js';
import { integerOf, objectOf } from '../../common/json-fields.js';

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

/** @throws ProtocolError */
export function readDataVersion(value: FastjsonValue | undefined): DataVersion {
  const version = objectOf(value, 'dataVersion');
  return {
    counter: integerOf(version.counter, 'dataVersion.counter', 0),
    stateVersion: integerOf(version.stateVersion, 'dataVersion.stateVersion', 0),
    timestamp: integerOf(version.timestamp, 'dataVersion.timestamp', 0),
  };
}

/** Body of QUERY_DATA_VERSION. @throws ProtocolError */
export function decodeDataVersion(body: Buffer | undefined): DataVersion {
  return readDataVersion(parseFastjson(body?.toString() ?? '{}'));
}
