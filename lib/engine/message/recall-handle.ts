/** What a producer recalls a waiting message by: base64url of `v1 topic brokerName time uniqKey`. Source: Apache 5.3 RecallMessageHandle. */
export interface RecallHandle {
  topic: string;
  brokerName: string;
  /** A moment after its slot has begun. */
  timestamp: number;
  uniqKey: string;
}

export function encodeRecallHandle({ topic, brokerName, timestamp, uniqKey }: RecallHandle): string {
  return Buffer.from(['v1', topic, brokerName, timestamp, uniqKey].join(' ')).toString('base64url');
}

/** Undefined when it is no handle. */
export function parseRecallHandle(handle: string): RecallHandle | undefined {
  const [version, topic, brokerName, time, uniqKey] = Buffer.from(handle, 'base64url').toString().split(' ');
  const timestamp = Number(time);
  if (version !== 'v1' || uniqKey === undefined || !Number.isSafeInteger(timestamp)) return undefined;
  return { topic, brokerName, timestamp, uniqKey };
}
