import type { TransactionState } from '../producer/transaction-state.js';
import { splitKeys } from '../../message/message.js';
import { TraceMessageType, type EndTransactionRecord, type PubRecord, type TraceRecord } from './trace-record.js';

const FIELD_END = '\x01';
const RECORD_END = '\x02';

/** Names of Apache 5.3 LocalTransactionState. */
const stateNames: Record<TransactionState, string> = {
  COMMIT: 'COMMIT_MESSAGE',
  ROLLBACK: 'ROLLBACK_MESSAGE',
  UNKNOWN: 'UNKNOW',
};

/** One line of a trace message, and the keys that the trace message is found by. */
export interface EncodedTrace {
  readonly text: string;
  readonly keys: readonly string[];
}

/**
 * Fields separated by U+0001, each line ended by U+0002; of what consumers do, a line for each message.
 * Source: Apache 5.3 TraceDataEncoder.
 */
export function encodeTrace(record: TraceRecord): EncodedTrace[] {
  switch (record.type) {
    case 'Pub':
      return [
        one(record, [
          ...headOf(record),
          ...messageOf(record),
          record.storeHost,
          record.bodyLength,
          record.costMs,
          record.messageType,
          record.offsetMessageId,
          record.success,
        ]),
      ];
    case 'EndTransaction':
      return [
        one(record, [
          ...headOf(record),
          ...messageOf(record),
          record.storeHost,
          TraceMessageType.transactionCommit,
          record.transactionId,
          stateNames[record.state],
          record.fromTransactionCheck,
        ]),
      ];
    case 'Recall':
      return [one(record, [...headOf(record), record.topic, record.messageId, record.success])];
    case 'SubBefore':
      return record.messages.map((message) =>
        one(message, [...headOf(record), record.requestId, message.messageId, message.retryTimes, message.keys]),
      );
    case 'SubAfter':
      return record.messages.map((message) =>
        one(message, [
          record.type,
          record.requestId,
          message.messageId,
          record.costMs,
          record.success,
          message.keys,
          record.contextCode,
          record.timestamp,
          record.group,
        ]),
      );
  }
}

type Field = string | number | boolean | undefined;

function headOf({ type, timestamp, regionId, group }: TraceRecord): Field[] {
  return [type, timestamp, regionId, group];
}

function messageOf({ topic, messageId, tag, keys }: PubRecord | EndTransactionRecord): Field[] {
  return [topic, messageId, tag, keys];
}

/** What is missing reads `null`, as Java writes it. */
function one({ messageId, keys }: { messageId: string; keys?: string }, fields: readonly Field[]): EncodedTrace {
  return {
    text: fields.map((field) => String(field ?? null)).join(FIELD_END) + RECORD_END,
    keys: [messageId, ...splitKeys(keys)],
  };
}
