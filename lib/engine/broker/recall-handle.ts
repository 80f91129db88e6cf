import { PropertyName } from '../message/property-names.js';
import { encodeRecallHandle } from '../message/recall-handle.js';
import { isRetryTopic } from '../message/topic-names.js';
import type { MessageToStore } from '../store/message-store.js';

/**
 * The handle of a parked message; undefined when it cannot be recalled.
 * Source: Apache 5.3 SendMessageProcessor#attachRecallHandle.
 */
export function recallHandleOf({ properties }: MessageToStore, brokerName: string): string | undefined {
  const slot = properties.get(PropertyName.timerOutMs);
  const topic = properties.get(PropertyName.realTopic);
  const uniqKey = properties.get(PropertyName.uniqKey);
  if (slot === undefined || topic === undefined || uniqKey === undefined || isRetryTopic(topic)) return undefined;
  return encodeRecallHandle({ topic, brokerName, timestamp: Number(slot) + 1, uniqKey });
}
