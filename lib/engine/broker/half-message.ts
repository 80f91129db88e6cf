import type { MessageRecord } from '../message/message.js';
import { PropertyName } from '../message/property-names.js';
import { SystemFlag, withTransactionType } from '../message/system-flag.js';
import { SystemTopic } from '../message/topic-names.js';
import type { MessageToStore } from '../store/message-store.js';

/*
 * A half message is a message that waits in RMQ_SYS_TRANS_HALF_TOPIC until its producer has decided.
 * Its real topic and queue are kept as properties, which stay in the bytes when it is committed.
 * Source: Apache 5.3 TransactionalMessageBridge, EndTransactionProcessor.
 */

export function toHalf(message: MessageToStore): MessageToStore {
  const properties = new Map(message.properties)
    .set(PropertyName.realTopic, message.topic)
    .set(PropertyName.realQueueId, String(message.queueId));
  const uniqKey = properties.get(PropertyName.uniqKey);
  if (uniqKey !== undefined) properties.set(PropertyName.transactionId, uniqKey);
  const sysFlag = withTransactionType(message.sysFlag, SystemFlag.transactionNone);
  return { ...message, topic: SystemTopic.half, queueId: 0, sysFlag, properties };
}

/** The message as consumers get it; undefined when the record is no half message. */
export function toCommitted(half: MessageRecord): MessageToStore | undefined {
  const real = realQueueOf(half);
  if (half.topic !== SystemTopic.half || real === undefined) return undefined;
  return {
    ...copyOf(half),
    ...real,
    sysFlag: withTransactionType(half.sysFlag, SystemFlag.transactionCommit),
    preparedTransactionOffset: half.physicalOffset,
  };
}

/** The half message again, for another round of waiting. */
export function toCheckedAgain(half: MessageRecord, checkTimes: number): MessageToStore {
  const properties = new Map(half.properties).set(PropertyName.transactionCheckTimes, String(checkTimes));
  return { ...copyOf(half), reconsumeTimes: 0, properties };
}

/** The half message again while it may not be checked yet; it remembers where it stood first. */
export function toImmune(half: MessageRecord): MessageToStore {
  const properties = new Map(half.properties);
  if (!properties.has(PropertyName.transactionPreparedQueueOffset)) {
    properties.set(PropertyName.transactionPreparedQueueOffset, String(half.queueOffset));
  }
  return { ...copyOf(half), reconsumeTimes: 0, properties };
}

/** Where a half message ends that nobody decides about. */
export function toDiscarded(half: MessageRecord): MessageToStore {
  return { ...copyOf(half), topic: SystemTopic.checkMaxTime, queueId: 0 };
}

export function realQueueOf({ properties }: MessageRecord): { topic: string; queueId: number } | undefined {
  const topic = properties.get(PropertyName.realTopic);
  const queueId = Number(properties.get(PropertyName.realQueueId));
  return topic === undefined || !Number.isInteger(queueId) || queueId < 0 ? undefined : { topic, queueId };
}

/**
 * What a stored record is stored again from. Progress follows the copy (an offset, an operation, an
 * acknowledgement), so it must be as safe as that, whatever the first sender's WAIT was.
 */
export function copyOf(record: MessageRecord): MessageToStore {
  const { topic, queueId, flag, sysFlag, bornTimestamp, bornHost, reconsumeTimes, body, properties } = record;
  return {
    topic,
    queueId,
    flag,
    sysFlag,
    bornTimestamp,
    bornHost,
    reconsumeTimes,
    preparedTransactionOffset: 0,
    body,
    properties,
    waitsForFlush: true,
  };
}
