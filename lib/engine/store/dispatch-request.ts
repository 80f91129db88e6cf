import { readInt64 } from '../common/byte-reader.js';
import { RecordPosition } from '../message/message-codec.js';
import { delayLevelOf } from '../message/message.js';
import { decodeProperties, type Properties } from '../message/properties-codec.js';
import { PropertyName } from '../message/property-names.js';
import { SystemFlag, transactionType } from '../message/system-flag.js';
import { tagsCode } from '../message/tags.js';
import { SystemTopic } from '../message/topic-names.js';
import type { Arrival } from './message-store.js';
import type { RecordLayout } from './record-check.js';

/** What consume queues, index and listeners learn of a record. */
export interface DispatchRequest extends Arrival {
  readonly sysFlag: number;
}

/** From the bytes of a checked record at `position`. */
export function dispatchRequestOf(
  bytes: Buffer,
  position: number,
  layout: RecordLayout,
  delayLevelsMs: readonly number[],
): DispatchRequest {
  const topicAt = position + layout.topicAt;
  const propertiesAt = position + layout.propertiesAt;
  const topic = bytes.toString('utf8', topicAt, topicAt + layout.topicLength);
  const properties = decodeProperties(bytes.toString('utf8', propertiesAt, propertiesAt + layout.propertiesLength));
  const storeTimestamp = readInt64(bytes, position + layout.storeTimestampAt);
  return {
    topic,
    queueId: bytes.readInt32BE(position + RecordPosition.queueId),
    queueOffset: readInt64(bytes, position + RecordPosition.queueOffset),
    physicalOffset: readInt64(bytes, position + RecordPosition.physicalOffset),
    size: layout.totalSize,
    tagsCode:
      deliverTimeOf(topic, properties, storeTimestamp, delayLevelsMs) ?? tagsCode(properties.get(PropertyName.tags)),
    storeTimestamp,
    properties,
    sysFlag: bytes.readInt32BE(position + RecordPosition.sysFlag),
  };
}

/**
 * In SCHEDULE_TOPIC_XXXX an entry's tagsCode is the time to deliver at; undefined elsewhere.
 * Source: Apache 5.3 CommitLog#checkMessageAndReturnSize.
 */
export function deliverTimeOf(
  topic: string,
  properties: Properties,
  storeTimestamp: number,
  delayLevelsMs: readonly number[],
): number | undefined {
  if (topic !== SystemTopic.schedule) return undefined;
  const level = Math.min(delayLevelOf(properties), delayLevelsMs.length);
  return level > 0 ? storeTimestamp + delayLevelsMs[level - 1] : undefined;
}

/** Half and rolled back messages have no place in a queue. Source: Apache 5.3 CommitLogDispatcherBuildConsumeQueue. */
export function hasQueueEntry(sysFlag: number): boolean {
  const type = transactionType(sysFlag);
  return type === SystemFlag.transactionNone || type === SystemFlag.transactionCommit;
}
