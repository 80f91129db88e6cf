import { parseFastjson, writeFastjson } from '../../common/fastjson.js';
import { arrayOf, integerOf, objectOf, textOf } from '../../common/json-fields.js';
import type { HostAddress } from '../../message/host-address.js';
import type { MessageRecord } from '../../message/message.js';
import { PropertyName } from '../../message/property-names.js';
import type { MessageToStore } from '../../store/message-store.js';

/** What is stored about popped messages, so that those nobody acknowledges come again. */
export interface CheckPoint {
  topic: string;
  group: string;
  queueId: number;
  /** Queue offset of the first; the others are `diffs` behind it. */
  startOffset: number;
  diffs: number[];
  popTime: number;
  invisibleTime: number;
  brokerName: string;
}

/** What is stored about acknowledged ones. */
export interface Acknowledgement extends Omit<CheckPoint, 'diffs'> {
  offsets: number[];
}

/** Source: Apache 5.3 PopAckConstants. */
const Tag = { checkPoint: 'ck', ack: 'ack', batchAck: 'bAck' } as const;
/** A check point comes to the revive queue so long before its messages are visible again. */
const CHECK_POINT_LEAD_MS = 1000;

export interface ReviveTarget {
  /** The cluster's revive topic. */
  topic: string;
  queueId: number;
  bornHost: HostAddress;
  now: number;
}

export function visibleAgainAt({ popTime, invisibleTime }: Pick<CheckPoint, 'popTime' | 'invisibleTime'>): number {
  return popTime + invisibleTime;
}

/** A message that comes to the revive queue a second before its messages are visible again. */
export function encodeCheckPoint(point: CheckPoint, target: ReviveTarget): MessageToStore {
  const { topic, group, queueId, startOffset, diffs, popTime, invisibleTime, brokerName } = point;
  const body = { bm: 0, bn: brokerName, c: group, d: diffs, it: invisibleTime, n: diffs.length, pt: popTime };
  const key = [topic, queueId, startOffset, group, popTime, brokerName, Tag.checkPoint].join('@');
  const json = { ...body, q: queueId, ro: 0, so: startOffset, t: topic };
  return reviveMessage(json, Tag.checkPoint, key, visibleAgainAt(point) - CHECK_POINT_LEAD_MS, target);
}

/** A message that comes to the revive queue behind its check point. */
export function encodeAcknowledgement(ack: Acknowledgement, target: ReviveTarget): MessageToStore {
  const { topic, group, queueId, startOffset, offsets, popTime, brokerName } = ack;
  const isSingle = offsets.length === 1;
  const [tag, offset] = isSingle ? [Tag.ack, offsets[0]] : [Tag.batchAck, -1];
  const body = { ao: offset, bn: brokerName, c: group, pt: popTime, q: queueId, so: startOffset, t: topic };
  const key = [topic, queueId, offset, group, popTime, brokerName, Tag.ack].join('@');
  return reviveMessage(isSingle ? body : { ...body, aol: offsets }, tag, key, visibleAgainAt(ack), target);
}

export type ReviveRecord = { checkPoint: CheckPoint } | { ack: Omit<Acknowledgement, 'invisibleTime'> };

/** Undefined when the record is neither. @throws ProtocolError its JSON is not what was written */
export function decodeReviveRecord({ body, properties }: MessageRecord): ReviveRecord | undefined {
  const tag = properties.get(PropertyName.tags);
  if (tag !== Tag.checkPoint && tag !== Tag.ack && tag !== Tag.batchAck) return undefined;
  const json = objectOf(parseFastjson(body.toString()), 'the revive record');
  const common = {
    topic: textOf(json.t, 't'),
    group: textOf(json.c, 'c'),
    queueId: integerOf(json.q, 'q'),
    startOffset: integerOf(json.so, 'so'),
    popTime: integerOf(json.pt, 'pt'),
    brokerName: textOf(json.bn, 'bn', ''),
  };
  if (tag === Tag.checkPoint) {
    const diffs = arrayOf(json.d, 'd').map((diff) => integerOf(diff, 'diff'));
    return { checkPoint: { ...common, diffs, invisibleTime: integerOf(json.it, 'it') } };
  }
  const offsets =
    tag === Tag.ack
      ? [integerOf(json.ao, 'ao')]
      : arrayOf(json.aol, 'aol').map((offset) => integerOf(offset, 'offset'));
  return { ack: { ...common, offsets } };
}

/** The same for a check point and its acknowledgements. */
export function checkPointKey({
  topic,
  group,
  queueId,
  startOffset,
  popTime,
}: Pick<CheckPoint, 'topic' | 'group' | 'queueId' | 'startOffset' | 'popTime'>): string {
  return `${topic}@${group}@${queueId}@${startOffset}@${popTime}`;
}

function reviveMessage(
  json: object,
  tag: string,
  uniqKey: string,
  deliverAt: number,
  { topic, queueId, bornHost, now }: ReviveTarget,
): MessageToStore {
  return {
    topic,
    queueId,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: now,
    bornHost,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: Buffer.from(writeFastjson(json)),
    properties: new Map([
      [PropertyName.tags, tag],
      [PropertyName.timerDeliverMs, String(deliverAt)],
      [PropertyName.uniqKey, uniqKey],
    ]),
  };
}
