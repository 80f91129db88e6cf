import type { MessageQueue } from '../../message/message-queue.js';
import type { Properties } from '../../message/properties-codec.js';
import type { SendStatus } from '../producer/send-result.js';
import type { TransactionState } from '../producer/transaction-state.js';

/** Kinds of messages that hooks and traces tell apart. */
export type SentMessageType = 'NORMAL' | 'TRANSACTION_HALF' | 'DELAY';

/** One attempt to send a message or a batch. Source: Apache 5.3 SendMessageContext. */
export interface SendAttempt {
  readonly producerGroup: string;
  readonly topic: string;
  readonly queue: MessageQueue;
  /** `host:port`. */
  readonly brokerAddress: string;
  readonly isOneway: boolean;
  /** Of a batch: all ids, joined by commas. */
  readonly messageId: string;
  readonly messageType: SentMessageType;
  /** As it travels, so perhaps compressed. */
  readonly body: Buffer;
  /** RocketMQ's and the application's own; of a batch: those of the batch as a whole. */
  readonly properties: Properties;
}

/** How an attempt ended. */
export type SendOutcome =
  | { readonly status?: undefined; readonly error: unknown }
  | {
      readonly status: SendStatus;
      readonly offsetMessageId: string;
      /** The broker's `regionId`. */
      readonly regionId: string;
      /** Whether the broker wants messages to be traced. */
      readonly traceOn: boolean;
    };

/** A transaction whose end the broker was told. Source: Apache 5.3 EndTransactionContext. */
export interface EndedTransaction {
  readonly producerGroup: string;
  readonly topic: string;
  readonly brokerAddress: string;
  readonly messageId: string;
  readonly transactionId: string;
  readonly state: TransactionState;
  readonly fromTransactionCheck: boolean;
  /** Known when the broker asked, which brings the message along. */
  readonly tag?: string;
  readonly keys?: string;
}

/** A delayed message that was to be taken back. Source: Apache 5.3 DefaultRecallMessageTraceHook. */
export interface RecalledMessage {
  readonly producerGroup: string;
  readonly topic: string;
  readonly messageId: string;
  readonly success: boolean;
}

/**
 * Watches a producer. Except checkForbidden, what a hook throws is logged and harms nobody.
 * Source: Apache 5.3 SendMessageHook, CheckForbiddenHook, EndTransactionHook.
 */
export interface ProducerHook {
  /** Throwing refuses the attempt, and with it the send: nothing has left, and it is not tried elsewhere. */
  checkForbidden?(attempt: SendAttempt): void;
  beforeSend?(attempt: SendAttempt): void;
  /** Of a oneway send: when it has left, without an outcome. */
  afterSend?(attempt: SendAttempt, outcome: SendOutcome | undefined): void;
  afterEndTransaction?(ended: EndedTransaction): void;
  afterRecall?(recalled: RecalledMessage): void;
}
