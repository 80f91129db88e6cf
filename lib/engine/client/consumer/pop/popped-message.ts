import { ConfigurationError } from '../../../common/errors.js';
import { formatPopHandle, retryFlagOf } from '../../../message/pop-handle.js';
import type { MessageRecord, ReceivedMessage } from '../../../message/message.js';
import { PropertyName } from '../../../message/property-names.js';
import type { HeaderOf } from '../../../protocol/field-table.js';
import type { popMessageResponse } from '../../../protocol/requests/pop-message.js';
import { StoredMessage } from '../../received-message.js';

export type PopAnswer = HeaderOf<typeof popMessageResponse>;

/** A message that is nobody else's until its invisible time is over. */
export class PoppedMessage extends StoredMessage {
  /**
   * @param handle what acknowledges it; another once its invisible time was changed
   * @param invisibleUntil on this client's monotonic clock
   */
  constructor(
    record: MessageRecord,
    brokerName: string,
    topic: string,
    public handle: string,
    public invisibleUntil: number,
  ) {
    super(record, brokerName, topic);
  }
}

/** @throws ConfigurationError when the message was not popped */
export function asPopped(message: ReceivedMessage): PoppedMessage {
  if (message instanceof PoppedMessage) return message;
  throw new ConfigurationError('message', 'was not popped; give back the object that pop() returned');
}

/**
 * The handles of an answer's messages. One that was popped in vain before brings its own; of the others
 * the answer says where in their queues the pop began.
 * Source: Apache 5.3 MQClientAPIImpl#processPopResponse, ExtraInfoUtil.
 */
export function handleOf(record: MessageRecord, answer: PopAnswer, brokerName: string): string {
  const own = record.properties.get(PropertyName.popCheckPoint);
  if (own !== undefined) return own;
  const { queueId, queueOffset } = record;
  const retry = retryFlagOf(record.topic);
  const { popTime, invisibleTime, reviveQid: reviveQueueId } = answer;
  const startOffset = startOffsetOf(answer.startOffsetInfo ?? '', retry, queueId) ?? queueOffset;
  return formatPopHandle({
    startOffset,
    popTime,
    invisibleTime,
    reviveQueueId,
    retry,
    brokerName,
    queueId,
    queueOffset,
  });
}

/** `retry queueId startOffset`, separated by semicolons. */
function startOffsetOf(info: string, retry: string, queueId: number): number | undefined {
  const begin = `${retry} ${queueId} `;
  const part = info.split(';').find((one) => one.startsWith(begin));
  const offset = Number(part?.slice(begin.length));
  return Number.isSafeInteger(offset) ? offset : undefined;
}

/**
 * How often messages that are popped in order were popped before: of single ones `retry qo<queueId>%<offset> count`,
 * of the others of a queue `retry queueId count`; separated by semicolons.
 * Source: Apache 5.3 ExtraInfoUtil#parseOrderCountInfo.
 */
export function orderCounts(info = ''): (record: MessageRecord) => number | undefined {
  const counts = new Map<string, number>();
  for (const part of info.split(';')) {
    const [retry, place, count] = part.split(' ');
    if (count !== undefined) counts.set(`${retry} ${place}`, Number(count));
  }
  return ({ topic, queueId, queueOffset }) => {
    const retry = retryFlagOf(topic);
    return counts.get(`${retry} qo${queueId}%${queueOffset}`) ?? counts.get(`${retry} ${queueId}`);
  };
}
