/** One line of a trace message: what a client says became of a message. */
export interface TraceEvent {
  readonly type: 'Pub' | 'SubBefore' | 'SubAfter' | 'EndTransaction' | 'Recall';
  readonly messageId: string;
  /** Undefined where the client's version doesn't say. */
  readonly group?: string;
  /** Milliseconds since the epoch; undefined where the client's version doesn't say. */
  readonly timestamp?: number;
  readonly costMs?: number;
  readonly success?: boolean;
}

const FIELD_END = '\x01';
const RECORD_END = '\x02';

/**
 * The lines of a trace message; those that are none of these are passed over.
 * Source: Apache 5.3 TraceDataEncoder#decoderFromTraceDataString.
 */
export function decodeTraces(text: string): TraceEvent[] {
  return text.split(RECORD_END).flatMap((line) => decodeLine(line.split(FIELD_END)) ?? []);
}

function decodeLine([type, ...fields]: readonly string[]): TraceEvent | undefined {
  switch (type) {
    case 'Pub': {
      const [timestamp, , group, , messageId, , , , , costMs] = fields;
      // Client 4.2 ends with success; later ones with an offset message id before it, then the client's host.
      const success = fields[fields.length > 12 ? 12 : 11] === 'true';
      return { type, messageId, group, timestamp: Number(timestamp), costMs: Number(costMs), success };
    }
    case 'SubBefore': {
      const [timestamp, , group, , messageId] = fields;
      return { type, messageId, group, timestamp: Number(timestamp) };
    }
    case 'SubAfter': {
      const [, messageId, costMs, success, , , timestamp, group] = fields as (string | undefined)[];
      return {
        type,
        messageId: messageId ?? '',
        ...(group === undefined ? {} : { group }),
        ...(timestamp === undefined ? {} : { timestamp: Number(timestamp) }),
        costMs: Number(costMs),
        success: success === 'true',
      };
    }
    case 'EndTransaction': {
      const [timestamp, , group, , messageId] = fields;
      return { type, messageId, group, timestamp: Number(timestamp) };
    }
    case 'Recall': {
      const [timestamp, , group, , messageId, success] = fields;
      return { type, messageId, group, timestamp: Number(timestamp), success: success === 'true' };
    }
    default:
      return undefined;
  }
}
