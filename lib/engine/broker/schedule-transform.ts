import { delayLevelOf } from '../message/message.js';
import { PropertyName } from '../message/property-names.js';
import { transactionType, SystemFlag } from '../message/system-flag.js';
import { SystemTopic } from '../message/topic-names.js';
import type { MessageToStore } from '../store/message-store.js';

/** Levels 1, 2, … wait in the queues 0, 1, … */
export function queueIdOfDelayLevel(level: number): number {
  return level - 1;
}

/** Half messages wait for their producer, not for a time. */
export function mayBeDelayed({ sysFlag }: MessageToStore): boolean {
  const type = transactionType(sysFlag);
  return type === SystemFlag.transactionNone || type === SystemFlag.transactionCommit;
}

/**
 * Parks a message with a delay level in the schedule topic; others pass unchanged.
 * Source: Apache 5.3 HookUtils#transformDelayLevelMessage.
 */
export function parkDelayed(message: MessageToStore, delays: readonly number[], now: number): MessageToStore {
  const asked = delayLevelOf(message.properties);
  if (asked === 0) return message;
  const level = Math.min(asked, delays.length);
  const properties = new Map(message.properties)
    .set(PropertyName.delayLevel, String(level))
    .set(PropertyName.realTopic, message.topic)
    .set(PropertyName.realQueueId, String(message.queueId));
  const topic = SystemTopic.schedule;
  return { ...message, topic, queueId: queueIdOfDelayLevel(level), properties, tagsCode: now + delays[level - 1] };
}
