import type { TransactionState } from '../producer/transaction-state.js';

interface Traced {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly regionId: string;
  readonly group: string;
}

/** A message, or a batch, that was sent. */
export interface PubRecord extends Traced {
  readonly type: 'Pub';
  readonly topic: string;
  /** Of a batch: all, joined by commas. */
  readonly messageId: string;
  readonly tag?: string;
  readonly keys?: string;
  /** Of the broker it went to. */
  readonly storeHost: string;
  readonly bodyLength: number;
  readonly costMs: number;
  readonly messageType: TraceMessageType;
  readonly offsetMessageId: string;
  readonly success: boolean;
}

export interface ConsumedMessage {
  readonly messageId: string;
  readonly keys?: string;
  readonly retryTimes: number;
}

/** A listener is about to be called. */
export interface SubBeforeRecord extends Traced {
  readonly type: 'SubBefore';
  /** Ties it to its SubAfter. */
  readonly requestId: string;
  readonly topic: string;
  readonly messages: readonly ConsumedMessage[];
}

/** A listener has answered. */
export interface SubAfterRecord extends Traced {
  readonly type: 'SubAfter';
  readonly requestId: string;
  readonly topic: string;
  readonly messages: readonly ConsumedMessage[];
  /** For each message: the call's time divided by their number. */
  readonly costMs: number;
  readonly success: boolean;
  readonly contextCode: number;
}

export interface EndTransactionRecord extends Traced {
  readonly type: 'EndTransaction';
  readonly topic: string;
  readonly messageId: string;
  readonly tag?: string;
  readonly keys?: string;
  readonly storeHost: string;
  readonly transactionId: string;
  readonly state: TransactionState;
  readonly fromTransactionCheck: boolean;
}

/** A delayed message was to be taken back. */
export interface RecallRecord extends Traced {
  readonly type: 'Recall';
  readonly topic: string;
  readonly messageId: string;
  readonly success: boolean;
}

export type TraceRecord = PubRecord | SubBeforeRecord | SubAfterRecord | EndTransactionRecord | RecallRecord;

/** Ordinals of Apache 5.3 MessageType. */
export const TraceMessageType = { normal: 0, transactionHalf: 1, transactionCommit: 2, delay: 3, order: 4 } as const;
export type TraceMessageType = (typeof TraceMessageType)[keyof typeof TraceMessageType];

/** Ordinals of Apache 5.3 ConsumeReturnType. */
export const TraceContextCode = { success: 0, timeOut: 1, exception: 2, returnNull: 3, failed: 4 } as const;
