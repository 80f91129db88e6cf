import type { ReceivedMessage } from '../../../engine/index.js';
import { printable } from '../../output/printable.js';
import { renderFields } from '../../output/table.js';
import { timeText } from '../../output/time.js';

/** Everything of a message, its body in base64. */
export function messageAsJson(message: ReceivedMessage): object {
  return {
    topic: message.topic,
    brokerName: message.brokerName,
    queueId: message.queueId,
    queueOffset: message.queueOffset,
    physicalOffset: message.physicalOffset,
    messageId: message.messageId,
    offsetMessageId: message.offsetMessageId,
    tag: message.tag,
    keys: message.keys,
    bornTimestamp: message.bornTimestamp,
    bornHost: message.bornHost,
    storeTimestamp: message.storeTimestamp,
    storeHost: message.storeHost,
    sysFlag: message.sysFlag,
    flag: message.flag,
    reconsumeTimes: message.reconsumeTimes,
    preparedTransactionOffset: message.preparedTransactionOffset,
    properties: sortedProperties(message),
    body: message.body.toString('base64'),
  };
}

/** A field a line, and the body. */
export function messageAsText(message: ReceivedMessage, format: BodyFormat = 'text'): string {
  const fields = renderFields([
    ['Topic', message.topic],
    ['Queue', `${message.brokerName} ${message.queueId}, offset ${message.queueOffset}`],
    ['Message id', message.messageId],
    ['Offset id', `${message.offsetMessageId}, byte ${message.physicalOffset}`],
    ['Tag', message.tag],
    ['Keys', message.keys.join(' ')],
    ['Born', `${timeText(message.bornTimestamp) ?? '-'} at ${message.bornHost}`],
    ['Stored', `${timeText(message.storeTimestamp) ?? '-'} at ${message.storeHost}`],
    ['Flags', `system ${message.sysFlag}, application ${message.flag}`],
    ['Reconsumed', message.reconsumeTimes],
    ['Properties', JSON.stringify(sortedProperties(message))],
    ['Body', `${message.body.length} bytes`],
  ]);
  return `${fields}\n${bodyText(message, format)}`;
}

/** Place, id, tag, keys and the body in one line. */
export function messageAsLine(message: ReceivedMessage, { withBody = true }: { withBody?: boolean } = {}): string {
  const { brokerName, queueId, queueOffset, storeTimestamp, messageId, tag = '-', keys } = message;
  const place = `${brokerName}/${queueId}@${queueOffset}`;
  const parts = [place, timeText(storeTimestamp) ?? '-', messageId, tag, keys.join(',') || '-'];
  return printable([...parts, ...(withBody ? [message.body.toString('utf8')] : [])].join(' '));
}

/** Brokers keep them in any order. */
function sortedProperties({ properties }: ReceivedMessage): Record<string, string> {
  return Object.fromEntries([...properties].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export type BodyFormat = 'text' | 'hex' | 'base64' | 'none';

function bodyText({ body }: ReceivedMessage, format: BodyFormat): string {
  if (format === 'none') return '';
  return format === 'text' ? body.toString('utf8').split('\n').map(printable).join('\n') : body.toString(format);
}
