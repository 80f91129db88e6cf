import { PropertyName } from '../message/property-names.js';
import { isRetryTopic } from '../message/topic-names.js';
import type { MessageToStore } from '../store/message-store.js';

/** What a producer recalls a waiting message by: base64url of `v1 topic brokerName time uniqKey`. */
export interface RecallHandle {
  topic: string;
  brokerName: string;
  /** A moment after its slot has begun. */
  timestamp: number;
  uniqKey: string;
}

/**
 * The handle of a parked message; undefined when it cannot be recalled.
 * Source: Apache 5.3 SendMessageProcessor#attachRecallHandle, RecallMessageHandle.
 */
export function recallHandleOf({ properties }: MessageToStore, brokerName: string): string | undefined {
  const slot = properties.get(PropertyName.timerOutMs);
  const topic = properties.get(PropertyName.realTopic);
  if (slot === undefined || topic === undefined || isRetryTopic(topic)) return undefined;
  const text = ['v1', topic, brokerName, Number(slot) + 1, properties.get(PropertyName.uniqKey)].join(' ');
  return Buffer.from(text).toString('base64url');
}

/** Undefined when it is no handle. */
export function parseRecallHandle(handle: string): RecallHandle | undefined {
  const [version, topic, brokerName, time, uniqKey] = Buffer.from(handle, 'base64url').toString().split(' ');
  const timestamp = Number(time);
  if (version !== 'v1' || uniqKey === undefined || !Number.isSafeInteger(timestamp)) return undefined;
  return { topic, brokerName, timestamp, uniqKey };
}
